import { AppError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import { listEvents as listEventRows } from '../store/operations/events.ts';
import { findGrant, listGrants as listGrantRows } from '../store/operations/grants.ts';
import { listRequests as listRequestRows, type RequestFilter } from '../store/operations/requests.ts';
import { findSession, findSessions } from '../store/operations/sessions.ts';
import type { AccessContext } from './context.ts';
import { grantViews, readRequestView, requestViews, sessionViews } from './read-views.ts';
import { mayOversee, refusalUnlessOverseer, signInHint } from './rights.ts';
import { searchSessions } from './search/search-sessions.ts';
import type { GrantView, RequestView, SessionView } from './views.ts';

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 500;

/** @throws AppError `not_found` */
export async function readRequest(context: AccessContext, input: { id: string }): Promise<RequestView> {
  return readRequestView(context.store.read(), input.id);
}

/** Newest first. */
export async function listRequests(
  context: AccessContext,
  input: RequestFilter & { readonly limit?: number },
): Promise<RequestView[]> {
  const db = context.store.read();
  return requestViews(db, await listRequestRows(db, { ...input, limit: bounded(input.limit) }));
}

/** @throws AppError `not_found` */
export async function readGrant(context: AccessContext, input: { id: string }): Promise<GrantView> {
  const db = context.store.read();
  const row = await findGrant(db, input);
  const [view] = await grantViews(db, row === null ? [] : [row]);
  if (view === undefined) throw new AppError('not_found', `There is no grant ${input.id.slice(0, 40)}.`);
  return view;
}

/** Newest first. */
export async function listGrants(
  context: AccessContext,
  input: { holderId?: string; live?: boolean; limit?: number },
): Promise<GrantView[]> {
  const db = context.store.read();
  return grantViews(db, await listGrantRows(db, { ...input, limit: bounded(input.limit) }));
}

/**
 * @param input.viewer null for the system itself
 * @throws AppError `not_found`, also when the viewer may not see it: ids tell nothing
 */
export async function readSession(
  context: AccessContext,
  input: { id: string; viewer: Identity | null },
): Promise<SessionView> {
  const db = context.store.read();
  const row = await findSession(db, { id: input.id });
  const [view] = await sessionViews(db, row === null ? [] : [row]);
  const visible =
    view !== undefined &&
    (input.viewer === null ||
      view.holder.id === input.viewer.id ||
      (await mayOversee(context, db, { requestId: view.requestId, identity: input.viewer })));
  if (!visible)
    throw new AppError(
      'not_found',
      `There is no session ${input.id.slice(0, 40)} that you may see.${signInHint(context, input.viewer)}`,
    );
  return view;
}

/** These sessions, for the system itself. Ids that nobody has are left out. */
export async function readSessions(
  context: AccessContext,
  input: { ids: readonly string[] },
): Promise<SessionView[]> {
  const db = context.store.read();
  return sessionViews(db, await findSessions(db, input));
}

/** Those that the viewer may see, newest first. */
export async function listSessions(
  context: AccessContext,
  input: { viewer: Identity | null; search?: string; live?: boolean; requestId?: string; limit?: number },
): Promise<SessionView[]> {
  const { items } = await searchSessions(context, input);
  return items.map(({ session }) => session);
}

export interface AuditEventView {
  readonly id: number;
  readonly at: Date;
  readonly type: string;
  readonly actorId: string | null;
  readonly subject: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** Null until the chainer has given it its place. */
  readonly sequence: number | null;
  readonly sha256: string | null;
}

/**
 * The newest events, newest first.
 * @throws AppError `forbidden` unless the viewer is an overseer
 */
export async function listEvents(
  context: AccessContext,
  input: { viewer: Identity; subject?: string; limit?: number },
): Promise<AuditEventView[]> {
  const text = 'The audit log is for members of the groups in `oversight`.';
  const refusal = refusalUnlessOverseer(context, { identity: input.viewer, text });
  if (refusal !== null) throw refusal;
  const subject = input.subject === undefined ? {} : { subject: input.subject };
  const rows = await listEventRows(context.store.read(), { ...subject, limit: bounded(input.limit) });
  return rows.map((row) => ({
    id: row.id,
    at: row.at,
    type: row.type,
    actorId: row.actorId ?? null,
    subject: row.subject,
    data: row.data,
    sequence: row.sequence ?? null,
    sha256: row.sha256 ?? null,
  }));
}

function bounded(limit: number | undefined): number {
  return Math.min(Math.max(1, limit ?? LIMIT_DEFAULT), LIMIT_MAX);
}
