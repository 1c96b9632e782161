/** The one way into a session: under the grant's row lock, whatever the protocol. */
import { ZERO_COUNTS } from '../core/session.ts';
import type { PolicyDocument } from '../policies/document/schema.ts';
import { lockGrant } from '../store/operations/grants.ts';
import { countLiveSessions, insertSession } from '../store/operations/sessions.ts';
import { type AccessContext, newId } from './context.ts';
import { grantViews } from './read-views.ts';
import { askForJob, recordEvent } from './record.ts';
import type { GrantView } from './views.ts';

/** Who connects, from where. */
export interface Connecting {
  readonly handle: string;
  readonly clientAddress: string;
  /** What the client calls itself. */
  readonly application: string | null;
  /** The process that the session runs in. */
  readonly replica: string;
}

export interface OpenedSession {
  readonly authorized: true;
  readonly sessionId: string;
  readonly startedAt: Date;
  readonly requestId: string;
  readonly grant: GrantView;
  readonly roleName: string;
  readonly policyVersion: string;
}

export interface RefusedConnection {
  readonly authorized: false;
  /** Fit for the person. */
  readonly reason: string;
}

type Kind = PolicyDocument['resources'][number]['kind'];

/** What a protocol adds: what its policy says of the grant, and with what the target is logged in to. */
interface Opening<Policy, Credential> {
  readonly kind: Kind;
  readonly policyOf: (document: PolicyDocument, grant: GrantView) => Policy | null;
  /** May throw to refuse what the connection would be to; no session is opened then. */
  readonly check?: (grant: GrantView, policy: Policy) => void;
  /** A text is the reason why there is none. */
  readonly credentialOf: (policy: Policy) => Credential | string;
}

/**
 * Opens a session under the grant, so that the session limit holds and no session starts under a grant that is being
 * ended.
 * @throws AppError `unavailable` when the target's credential cannot be read
 */
export async function openSession<
  Policy extends {
    readonly resource: {
      readonly name: string;
      readonly sessionsMax: number;
      readonly labels: Readonly<Record<string, string>>;
    };
  },
  Credential extends object,
>(
  context: AccessContext,
  connecting: Connecting,
  opening: Opening<Policy, Credential>,
): Promise<(OpenedSession & Policy & { readonly credential: Credential }) | RefusedConnection> {
  const { handle, clientAddress, application, replica } = connecting;
  const now = context.clock.now();
  const { version, document } = context.policy.current();
  return context.store.transaction(async (db) => {
    const refuse = async (reason: string): Promise<RefusedConnection> => {
      const data = { reason, clientAddress };
      await recordEvent(db, { at: now, type: 'connection.refused', actorId: null, subject: handle, data });
      return { authorized: false, reason };
    };
    const row = await lockGrant(db, { id: handle });
    if (row === null || row.state !== 'active') return refuse(`grant ${handle} is not active`);
    if (row.expiresAt <= now) return refuse(`grant ${row.id} has expired`);
    const [grant] = await grantViews(db, [row]);
    if (grant !== undefined && grant.resourceKind !== opening.kind) return refuse(isOfAnotherKind(grant));
    const policy = grant === undefined ? null : opening.policyOf(document, grant);
    if (grant === undefined || policy === null)
      return refuse(`the resource or role of grant ${row.id} is no longer configured`);
    opening.check?.(grant, policy);
    const { sessionsMax } = policy.resource;
    if ((await countLiveSessions(db, { grantId: row.id })) >= sessionsMax)
      return refuse(`grant ${row.id} has ${sessionsMax} live sessions already, which is its limit`);
    const credential = opening.credentialOf(policy);
    if (typeof credential === 'string') return refuse(credential);
    const sessionId = newId(context, 's');
    await insertSession(db, {
      id: sessionId,
      grantId: row.id,
      replica,
      clientAddress,
      application,
      policyVersion: version,
      labels: policy.resource.labels,
      startedAt: now,
      counts: ZERO_COUNTS,
    });
    await recordEvent(db, {
      at: now,
      type: 'session.started',
      actorId: grant.holder.id,
      subject: sessionId,
      data: { grantId: row.id, clientAddress, application, policyVersion: version },
    });
    await askForJob(db, { job: 'sync-card', payload: { subject: 'session', id: sessionId } }, { now });
    return {
      authorized: true,
      sessionId,
      startedAt: now,
      requestId: grant.requestId,
      grant,
      ...policy,
      roleName: grant.role,
      credential,
      policyVersion: version,
    };
  });
}

function isOfAnotherKind({ id, resource, resourceKind }: GrantView): string {
  return `grant ${id} is for ${resource}, which is of kind ${resourceKind}: another client connects to that`;
}
