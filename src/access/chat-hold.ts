/**
 * A held command as chat may show it. A channel has more readers than those who are asked, and keeps what it
 * was told: secrets that the resource's masks detect are redacted there. The hold itself stays exact.
 */
import { type CommandContext, isHostContext } from '../core/hold.ts';
import { maskDetected } from '../policies/detectors/detection.ts';
import type { AccessContext } from './context.ts';
import { detectorsOn } from './detectors-on.ts';
import type { ChatHoldView, HoldView } from './views.ts';

export function chatHold(access: AccessContext, hold: HoldView): ChatHoldView {
  const names = detectorsOn(access, hold.resource);
  if (names.length === 0) return { ...hold, redactions: 0 };
  const text = maskDetected(hold.text, names);
  const parameters = hold.parameters.map((value) => (value === null ? null : maskDetected(value, names)));
  const context = contextMasked(hold.context, names);
  const found = parameters.reduce((sum, masked) => sum + (masked?.found ?? 0), text.found + context.found);
  return {
    ...hold,
    text: text.text,
    parameters: parameters.map((masked) => masked?.text ?? null),
    context: context.context,
    redactions: found,
  };
}

/** What is typed as a directory or a variable can be a secret as well. */
function contextMasked(
  context: CommandContext,
  names: Parameters<typeof maskDetected>[1],
): { readonly context: CommandContext; readonly found: number } {
  if (!isHostContext(context)) return { context, found: 0 };
  const directory = maskDetected(context.directory, names);
  const values = context.environment.map(({ value }) => maskDetected(value, names));
  const environment = context.environment.map(({ name }, index) => ({
    name,
    value: values[index]?.text ?? '',
  }));
  const found = values.reduce((sum, masked) => sum + masked.found, directory.found);
  return { context: { ...context, directory: directory.text, environment }, found };
}
