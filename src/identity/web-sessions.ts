/** Browser sessions: a random cookie value, of which the database holds the SHA-256 only. */
import { createHash } from 'node:crypto';
import { after } from '../core/clock.ts';
import { base32 } from '../core/grant.ts';
import type { Person } from '../core/identity.ts';
import { Secret } from '../core/secret.ts';
import { deleteWebSession, findWebSession, insertWebSession } from '../store/operations/identities.ts';
import type { IdentityContext } from './context.ts';
import { personOf } from './persons.ts';

const ID_BYTES = 32;
const COOKIE_PATTERN = /^[a-z2-7]{51}$/;

/** How long a browser stays signed in, in milliseconds. */
export const WEB_SESSION_MS = 12 * 3_600_000;

/** A browser's session, and when its person last proved who they are, if the provider said so. */
export interface WebSession {
  readonly person: Person;
  readonly signedInAt: Date | null;
}

/** @returns the cookie's value, and when it stops working */
export async function openWebSession(
  context: IdentityContext,
  person: Person,
  signedInAt: Date | null = null,
): Promise<{ cookie: Secret<string>; expiresAt: Date }> {
  const cookie = base32(context.random(ID_BYTES));
  const createdAt = context.clock.now();
  const expiresAt = after(createdAt, WEB_SESSION_MS);
  await insertWebSession(context.store.read(), {
    idSha256: sha256(cookie),
    identityId: person.id,
    signedInAt,
    createdAt,
    expiresAt,
  });
  return { cookie: new Secret(cookie), expiresAt };
}

/**
 * @returns the signed-in person, or null when the cookie is unknown or too old, or when the identity
 *   provider that vouched for them is no longer the configured one
 */
export async function readWebSession(context: IdentityContext, cookie: string): Promise<Person | null> {
  return (await readSignIn(context, cookie))?.person ?? null;
}

/** As `readWebSession`, with when the person last proved who they are. */
export async function readSignIn(context: IdentityContext, cookie: string): Promise<WebSession | null> {
  if (!COOKIE_PATTERN.test(cookie)) return null;
  const row = await findWebSession(context.store.read(), {
    idSha256: sha256(cookie),
    now: context.clock.now(),
  });
  if (row === null || row.identity.issuer !== context.settings().oidc?.issuer) return null;
  return { person: personOf(row.identity), signedInAt: row.signedInAt ?? null };
}

export async function closeWebSession(context: IdentityContext, cookie: string): Promise<void> {
  if (COOKIE_PATTERN.test(cookie)) await deleteWebSession(context.store.read(), { idSha256: sha256(cookie) });
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
