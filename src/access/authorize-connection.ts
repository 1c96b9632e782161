/** A client has proved that it knows a grant's secret, or is about to: may it connect, and as what? */
import type { ScramVerifier } from '../core/grant.ts';
import { HANDLE_PATTERN } from '../core/grant.ts';
import type { Secret } from '../core/secret.ts';
import { ZERO_COUNTS } from '../core/session.ts';
import { type DatabasePolicy, databasePolicy } from '../policies/rules/database-policy.ts';
import { findGrant, lockGrant } from '../store/operations/grants.ts';
import { countLiveSessions, insertSession } from '../store/operations/sessions.ts';
import { type AccessContext, newId } from './context.ts';
import { grantViews } from './read-views.ts';
import { askForJob, recordEvent } from './record.ts';
import type { GrantView } from './views.ts';

export type ConnectionAnswer =
  | (DatabasePolicy & {
      readonly authorized: true;
      readonly sessionId: string;
      readonly startedAt: Date;
      readonly requestId: string;
      readonly grant: GrantView;
      readonly roleName: string;
      readonly credential: { readonly username: string; readonly password: Secret<string> };
      readonly policyVersion: string;
    })
  | { readonly authorized: false; readonly reason: string };

/** @returns the verifier of an active grant whose secret was revealed; null for everything else */
export async function lookUpVerifier(
  context: AccessContext,
  input: { handle: string },
): Promise<ScramVerifier | null> {
  if (!HANDLE_PATTERN.test(input.handle)) return null;
  const grant = await findGrant(context.store.read(), { id: input.handle });
  if (grant === null || grant.state !== 'active' || grant.expiresAt <= context.clock.now()) return null;
  return grant.scram ?? null;
}

/**
 * Opens a session under the grant, under its row lock, so that the session limit holds and no session
 * starts under a grant that is being ended.
 * @returns what the broker needs to connect, or the reason for the refusal, fit for the person
 * @throws AppError `unavailable` when the target's credential cannot be read
 */
export async function authorizeConnection(
  context: AccessContext,
  input: {
    handle: string;
    kind: 'postgres';
    clientAddress: string;
    application: string | null;
    replica: string;
    /** May throw to refuse what the connection would be to; no session is opened then. */
    check?: (target: { readonly grant: GrantView; readonly database: string }) => void;
  },
): Promise<ConnectionAnswer> {
  const now = context.clock.now();
  const { version, document } = context.policy.current();
  return context.store.transaction(async (db): Promise<ConnectionAnswer> => {
    const refuse = async (reason: string): Promise<ConnectionAnswer> => {
      const data = { reason, clientAddress: input.clientAddress };
      await recordEvent(db, {
        at: now,
        type: 'connection.refused',
        actorId: null,
        subject: input.handle,
        data,
      });
      return { authorized: false, reason };
    };
    const row = await lockGrant(db, { id: input.handle });
    if (row === null || row.state !== 'active') return refuse(`grant ${input.handle} is not active`);
    if (row.expiresAt <= now) return refuse(`grant ${row.id} has expired`);
    const [grant] = await grantViews(db, [row]);
    const found = grant === undefined ? null : databasePolicy(document, grant);
    if (grant === undefined || found === null) {
      return refuse(`the resource or role of grant ${row.id} is no longer configured`);
    }
    const { resource, role } = found;
    input.check?.({ grant, database: resource.database });
    if ((await countLiveSessions(db, { grantId: row.id })) >= resource.sessionsMax) {
      return refuse(`grant ${row.id} has ${resource.sessionsMax} live sessions already, which is its limit`);
    }
    const { username, password } = role.credential ?? resource.credential;
    if (password === undefined) return refuse(`no password is configured for ${resource.name}`);
    const credential = { username, password: context.settings.readSecret(password) };
    const sessionId = newId(context, 's');
    await insertSession(db, {
      id: sessionId,
      grantId: row.id,
      replica: input.replica,
      clientAddress: input.clientAddress,
      application: input.application,
      policyVersion: version,
      startedAt: now,
      counts: ZERO_COUNTS,
    });
    await recordEvent(db, {
      at: now,
      type: 'session.started',
      actorId: grant.holder.id,
      subject: sessionId,
      data: {
        grantId: row.id,
        clientAddress: input.clientAddress,
        application: input.application,
        policyVersion: version,
      },
    });
    await askForJob(db, { job: 'sync-card', payload: { subject: 'session', id: sessionId } }, { now });
    return {
      authorized: true,
      sessionId,
      startedAt: now,
      requestId: grant.requestId,
      grant,
      ...found,
      roleName: grant.role,
      credential,
      policyVersion: version,
    };
  });
}
