/** What a card on Teams is of, as its "What can I do?" and its refresh bring it back. */
import { CARD_SUBJECTS } from '../../access/ports.ts';
import type { CardTarget } from '../card-sources.ts';

export function targetText({ subject, id }: CardTarget): string {
  return `${subject}:${id}`;
}

/** @returns null for what none of our cards has */
export function readTarget(text: string): CardTarget | null {
  const at = text.indexOf(':');
  const subject = CARD_SUBJECTS.find((one) => one === text.slice(0, at));
  const id = text.slice(at + 1);
  return subject === undefined || at < 0 || id === '' ? null : { subject, id };
}
