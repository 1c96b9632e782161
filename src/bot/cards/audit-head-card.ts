/** The daily message with the head of the audit log: never edited, so that it stays what it was. */
import type { DailyHead } from '../../access/audit-log.ts';
import type { Card } from '../card.ts';
import { texts } from '../texts/texts.ts';
import { formatInstant } from './wording.ts';

export function auditHeadCard({ sequence, sha256, at }: DailyHead): Card {
  const words = texts().auditHeads;
  const title = words.title(at.toISOString().slice(0, 10));
  const status = words.status({ instant: formatInstant(at), sequence: String(sequence) });
  const head = `${sequence}:${sha256}`;
  return {
    tone: 'neutral',
    title,
    status,
    fields: [
      { label: texts().labels.head, value: head, code: true },
      { label: texts().labels.checkWith, value: words.command(head), code: true },
    ],
    lists: [],
    actions: [],
    fallback: `${title}. ${status}`,
  };
}
