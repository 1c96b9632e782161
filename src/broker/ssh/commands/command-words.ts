/** What a client reads about a command besides its output: one line each. */
import type { GrantView } from '../../../access/views.ts';
import { visibleText } from '../../../core/visible-text.ts';

export const READS_NOTHING =
  'What you send is not read: a command that waits for approval gets no input, because nobody could see it.';
export function readsNothingAs(roleName: string): string {
  return `What you send is not read: the role ${roleName} says stdin: nothing.`;
}
export const WAITS_BEHIND =
  'This command needs approval, and people are asked about one command of a session at a time: it waits for the one before it.';

/** The rule's message, which rule it was, and what to do. */
export function deniedLines(options: {
  readonly rule: string;
  readonly reason: string;
  readonly grant: GrantView;
  /** Set for somebody who has just read what the other lines say. */
  readonly isBrief: boolean;
}): string[] {
  const { rule, reason, grant, isBrief } = options;
  if (isBrief) return [`${oneLine(reason)} (rule: ${rule})`];
  return [
    oneLine(reason),
    `Rule: ${rule}. The command did not reach ${grant.resource}.`,
    `You have the role ${grant.role} until ${instant(grant.expiresAt)} (${grant.id}). If you need more, ask in chat: /access request ${grant.resource}`,
  ];
}

/** `2026-11-21 14:05 UTC` */
export function instant(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** Nothing of what was typed may move the cursor of whoever reads why it was refused. */
export function oneLine(text: string): string {
  return visibleText(text)
    .replace(/\s*\n\s*/g, ' ')
    .trim();
}
