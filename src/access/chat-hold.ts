/**
 * A held command as chat may show it. A channel has more readers than those who are asked, and keeps what it
 * was told: secrets that the resource's masks detect are redacted there. The hold itself stays exact.
 */
import { detectedNames, maskDetected } from '../policies/detectors/detection.ts';
import { selectorApplies } from '../policies/rules/select.ts';
import type { AccessContext } from './context.ts';
import type { ChatHoldView, HoldView } from './views.ts';

export function chatHold(context: AccessContext, hold: HoldView): ChatHoldView {
  const { resources, masks } = context.policy.current().document;
  const resource = resources.find((candidate) => candidate.name === hold.resource);
  // One that has left the configuration is masked by everything there is.
  const applying = masks.filter(
    (mask) => mask.on === undefined || resource === undefined || selectorApplies(mask.on, resource),
  );
  const names = detectedNames(applying);
  if (names.length === 0) return { ...hold, redactions: 0 };
  const text = maskDetected(hold.text, names);
  const parameters = hold.parameters.map((value) => (value === null ? null : maskDetected(value, names)));
  const found = parameters.reduce((sum, masked) => sum + (masked?.found ?? 0), text.found);
  return {
    ...hold,
    text: text.text,
    parameters: parameters.map((masked) => masked?.text ?? null),
    redactions: found,
  };
}
