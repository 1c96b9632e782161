/** Where cards have been posted, so that every copy can be brought up to date. */
import {
  type CardCopy,
  listCardCopies as listRows,
  saveCardCopy as saveRow,
} from '../store/operations/cards.ts';
import type { AccessContext } from './context.ts';
import type { CardSubject } from './ports.ts';

export type { CardCopy } from '../store/operations/cards.ts';

export async function listCardCopies(
  context: AccessContext,
  input: { subject: CardSubject; id: string },
): Promise<readonly CardCopy[]> {
  return listRows(context.store.read(), { subject: input.subject, subjectId: input.id });
}

/**
 * Remembers a copy, or that it was found to be current. Called after every synchronisation, changed or
 * not, so that the sweep can tell which cards are behind.
 */
export async function saveCardCopy(
  context: AccessContext,
  input: Omit<CardCopy, 'subjectId'> & {
    readonly id: string;
    /** When the state that the copy shows was read. */
    readonly currentAt: Date;
  },
): Promise<void> {
  const { id, ...rest } = input;
  await saveRow(context.store.read(), { ...rest, subjectId: id });
}
