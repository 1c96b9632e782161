/**
 * Documents that somebody asks for in chat. One that goes into a thread is read by everybody there, so a session's
 * masked transcript goes only where its card stands and where its resource allows it; otherwise each reader opens it
 * for themselves, and sees it if they may.
 */
import { after } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import { listCardCopies } from '../store/operations/cards.ts';
import {
  findChatDocument,
  insertChatDocument,
  listChatDocumentsToPost,
  setChatDocumentPosted,
} from '../store/operations/chat-documents.ts';
import { type AccessContext, newId } from './context.ts';
import { readSession } from './read-access.ts';
import { partyOf } from './read-views.ts';
import { askForJob, recordEvent } from './record.ts';
import type { PartyView, SessionView } from './views.ts';

export type SessionDocument = 'transcript' | 'recording';
export type IncidentDocument = 'timeline' | 'report';

interface Asking {
  readonly by: Identity;
  readonly platform: string;
  readonly channel: string;
  readonly idempotencyKey: string;
}

export interface ChatDocumentView {
  /** `u-…`. */
  readonly id: string;
  readonly kind: SessionDocument | IncidentDocument;
  /** A session's id, or the name of an incident. */
  readonly subjectId: string;
  readonly platform: string;
  readonly channel: string;
  readonly askedBy: PartyView;
  readonly posted: boolean;
}

/**
 * Asks for a session's transcript or recording in the channel that it is asked in.
 * @returns `posted` when it goes into the thread of the session's card there; `linked` when it does not, and each
 *   reader has to open it themselves
 * @throws AppError `not_found`, also when they may not see the session; `conflict` while it is live
 */
export async function askForSessionDocument(
  context: AccessContext,
  input: Asking & { readonly kind: SessionDocument; readonly sessionId: string },
): Promise<'posted' | 'linked'> {
  const { by, kind, sessionId, platform, channel } = input;
  const session = await readSession(context, { id: sessionId, viewer: by });
  const refusal = refusalOfLiveSession(session);
  if (refusal !== null) throw refusal;
  if (!mayUpload(context, session.resource)) return 'linked';
  if ((await threadOfSession(context, { sessionId, platform, channel })) === null) return 'linked';
  await insert(context, { ...input, kind, subjectId: sessionId });
  return 'posted';
}

/** Null for a session that has ended. */
export function refusalOfLiveSession({ endedAt }: Pick<SessionView, 'endedAt'>): AppError | null {
  if (endedAt !== null) return null;
  return new AppError('conflict', 'The session is live: its transcript is complete once it has ended.');
}

/** Asks for the timeline or the report of an incident in its channel. It says no more than the cards there. */
export async function askForIncidentDocument(
  context: AccessContext,
  input: Asking & { readonly kind: IncidentDocument; readonly incident: string },
): Promise<void> {
  await insert(context, { ...input, subjectId: input.incident });
}

/** True for a resource whose masked transcripts may be posted where people chat. */
export function mayUpload(context: Pick<AccessContext, 'policy'>, resource: string): boolean {
  const { resources } = context.policy.current().document;
  return resources.find(({ name }) => name === resource)?.evidence.uploads === true;
}

/** The message under which a session's documents go, or null where its card does not stand. */
export async function threadOfSession(
  context: AccessContext,
  of: { sessionId: string; platform: string; channel: string },
): Promise<string | null> {
  const copies = await listCardCopies(context.store.read(), {
    subject: 'session',
    subjectIds: [of.sessionId],
  });
  const here = copies.find(({ platform, channel }) => platform === of.platform && channel === of.channel);
  return here === undefined ? null : (here.threadRef ?? here.ref);
}

/** @throws AppError `not_found` */
export async function readChatDocument(
  context: AccessContext,
  input: { id: string },
): Promise<ChatDocumentView> {
  const row = await findChatDocument(context.store.read(), input);
  if (row === null) throw new AppError('not_found', `There is no document ${input.id.slice(0, 40)}.`);
  const { id, kind, subjectId, platform, channel, askedBy, postedAt } = row;
  return { id, kind, subjectId, platform, channel, askedBy: partyOf(askedBy), posted: postedAt != null };
}

export async function noteDocumentPosted(context: AccessContext, input: { id: string }): Promise<void> {
  await setChatDocumentPosted(context.store.read(), { id: input.id, at: context.clock.now() });
}

async function insert(
  context: AccessContext,
  input: Asking & { readonly kind: ChatDocumentView['kind']; readonly subjectId: string },
): Promise<void> {
  const { by, kind, subjectId, platform, channel, idempotencyKey } = input;
  const at = context.clock.now();
  const id = newId(context, 'u');
  await context.store.transaction(async (db) => {
    const document = {
      id,
      kind,
      subjectId,
      platform,
      channel,
      askedById: by.id,
      askedAt: at,
      idempotencyKey,
    };
    if (!(await insertChatDocument(db, document))) return;
    await recordEvent(db, {
      at,
      type: 'document.asked',
      actorId: by.id,
      subject: subjectId,
      data: { kind, platform, channel },
    });
    await askForJob(db, { job: 'post-document', payload: { documentId: id } }, { now: at });
  });
}

const SETTLED_AFTER_MS = 30_000;
/** Older than this, nobody waits for it any more. */
const WORTH_POSTING_MS = 24 * 3_600_000;
const LIMIT = 200;

/** What was asked for and not posted, for the sweep. */
export async function documentsToPost(context: AccessContext): Promise<{ documentId: string }[]> {
  const now = context.clock.now();
  const ids = await listChatDocumentsToPost(context.store.read(), {
    after: after(now, -WORTH_POSTING_MS),
    before: after(now, -SETTLED_AFTER_MS),
    limit: LIMIT,
  });
  return ids.map((documentId) => ({ documentId }));
}
