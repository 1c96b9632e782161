/** A client has proved that it knows a grant's secret, or who it is: may it connect, and as what? */
import type { ScramVerifier } from '../core/grant.ts';
import { HANDLE_PATTERN } from '../core/grant.ts';
import type { Secret } from '../core/secret.ts';
import { isConnectionSecret } from '../identity/connection-secret.ts';
import { type DatabasePolicy, databasePolicy } from '../policies/rules/database-policy.ts';
import { type HostPolicy, hostPolicy } from '../policies/rules/host-policy.ts';
import { findGrant } from '../store/operations/grants.ts';
import type { AccessContext } from './context.ts';
import { type Connecting, type OpenedSession, openSession, type RefusedConnection } from './open-session.ts';
import type { GrantView } from './views.ts';

export type ConnectionAnswer =
  | (OpenedSession &
      DatabasePolicy & {
        readonly credential: { readonly username: string; readonly password: Secret<string> };
      })
  | RefusedConnection;

/** What the broker logs in to a host with: at least one of the two is there. */
export interface HostCredential {
  readonly username: string;
  readonly password: Secret<string> | null;
  /** As the file has it: OpenSSH's or PEM. */
  readonly privateKey: Secret<string> | null;
}

export type HostConnectionAnswer =
  | (OpenedSession & HostPolicy & { readonly credential: HostCredential })
  | RefusedConnection;

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
 * Checks a grant's secret that came as a password. An unknown handle, an ended grant and a wrong secret take the same
 * work; making a guess slow is the caller's.
 * @returns true only for the secret that was revealed last, of a grant that is active
 */
export async function verifyGrantSecret(
  context: AccessContext,
  input: { handle: string; secret: Secret<string> },
): Promise<boolean> {
  return isConnectionSecret(input.secret, await lookUpVerifier(context, input));
}

/**
 * Opens a session on a database under the grant.
 * @param input.check may throw to refuse what the connection would be to; no session is opened then
 * @returns what the broker needs to connect, or the reason for the refusal, fit for the person
 * @throws AppError `unavailable` when the target's credential cannot be read
 */
export async function authorizeConnection(
  context: AccessContext,
  input: Connecting & {
    readonly kind: 'postgres';
    readonly check?: (target: { readonly grant: GrantView; readonly database: string }) => void;
  },
): Promise<ConnectionAnswer> {
  return openSession(context, input, {
    kind: input.kind,
    policyOf: databasePolicy,
    check: (grant, { resource }) => input.check?.({ grant, database: resource.database }),
    credentialOf: ({ resource, role }) => {
      const { username, password } = role.credential ?? resource.credential;
      if (password === undefined) return `no password is configured for ${resource.name}`;
      return { username, password: context.settings.readSecret(password) };
    },
  });
}

/**
 * Opens a session on a host under the grant. Who connects has been checked: by the grant's secret
 * (`verifyGrantSecret`), or as its holder (`host-login.ts`).
 * @returns what the broker needs to connect, or the reason for the refusal, fit for the person
 * @throws AppError `unavailable` when the target's credential cannot be read
 */
export async function authorizeHostConnection(
  context: AccessContext,
  input: Connecting,
): Promise<HostConnectionAnswer> {
  return openSession(context, input, {
    kind: 'ssh',
    policyOf: hostPolicy,
    credentialOf: ({ resource }): HostCredential | string => {
      const { username, password, privateKey } = resource.credential;
      if (password === undefined && privateKey === undefined)
        return `neither a password nor a private key is configured for ${resource.name}`;
      const { readSecret } = context.settings;
      return {
        username,
        password: password === undefined ? null : readSecret(password),
        privateKey: privateKey === undefined ? null : readSecret(privateKey),
      };
    },
  });
}
