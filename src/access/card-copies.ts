/** Where cards have been posted, so that every copy can be brought up to date. */
import {
  type CardCopy,
  confirmCardCopies as confirmRows,
  findCardCopy as findRow,
  listCardCopies as listRows,
  listSessionsToShow as listSessionRows,
  saveCardCopies as saveRows,
} from '../store/operations/cards.ts';
import type { AccessContext } from './context.ts';
import type { CardSubject } from './ports.ts';

export type { CardCopy } from '../store/operations/cards.ts';

export async function listCardCopies(
  context: AccessContext,
  input: { subject: CardSubject; ids: readonly string[] },
): Promise<readonly CardCopy[]> {
  return listRows(context.store.read(), { subject: input.subject, subjectIds: input.ids });
}

/** The card that a message shows; null for a message that is no copy of one. @param message.refs any of its names */
export async function findCardCopy(
  context: Pick<AccessContext, 'store'>,
  message: { readonly platform: string; readonly channel: string; readonly refs: readonly string[] },
): Promise<CardCopy | null> {
  return findRow(context.store.read(), message);
}

/**
 * Remembers copies, or that they were found to be current. Called after every synchronisation, changed or
 * not, so that the sweep can tell which cards are behind.
 * @param copies `currentAt` is when the state that the copy shows was read
 */
export async function saveCardCopies(
  context: AccessContext,
  copies: readonly (CardCopy & { readonly currentAt: Date })[],
): Promise<void> {
  await saveRows(context.store.read(), copies);
}

/** Remembers that copies still show what is stored, unless somebody has changed them meanwhile. */
export async function confirmCardCopies(
  context: AccessContext,
  input: { copies: readonly CardCopy[]; currentAt: Date },
): Promise<void> {
  await confirmRows(context.store.read(), input);
}

/** Live sessions whose posted card was last known to be current before a moment, the longest ago first. */
export async function listSessionsToShow(
  context: AccessContext,
  input: { before: Date; limit: number },
): Promise<readonly string[]> {
  return listSessionRows(context.store.read(), input);
}
