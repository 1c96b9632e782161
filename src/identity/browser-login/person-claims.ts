/** What the identity provider says about a person, from its ID token and, where that is silent, userinfo. */
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import { groupsFrom } from '../authenticate-bearer.ts';
import type { PersonFacts } from '../persons.ts';
import { sshKeysFrom } from '../ssh-key-claims.ts';

const TEXT = z.string().min(1).max(320);
const CLAIMS = z.object({
  sub: z.string().min(1).max(255),
  email: TEXT.optional(),
  email_verified: z.boolean().optional(),
  name: TEXT.optional(),
  preferred_username: TEXT.optional(),
});

/**
 * @param claims of the verified ID token, completed by userinfo
 * @param named.groupsClaim the claim that lists the groups; without it the person is in none
 * @param named.sshKeysClaim the claim that lists public keys; without it the person has none from there
 * @throws AppError `forbidden` for an e-mail address that the provider calls unverified,
 * `unauthenticated` for claims that are not usable
 */
export function parsePersonClaims(
  claims: Readonly<Record<string, unknown>>,
  named: { readonly groupsClaim: string; readonly sshKeysClaim: string | null },
): Omit<PersonFacts, 'issuer' | 'toldAt'> {
  const parsed = CLAIMS.safeParse(claims);
  if (!parsed.success) {
    const problem = z.prettifyError(parsed.error);
    throw new AppError('unauthenticated', `The identity provider's answer is not usable: ${problem}`);
  }
  const { sub, email, email_verified: emailVerified, name, preferred_username: username } = parsed.data;
  if (emailVerified === false) {
    throw new AppError('forbidden', 'The identity provider has not verified your e-mail address.');
  }
  return {
    subject: sub,
    email: email ?? username ?? sub,
    name: name ?? username ?? email ?? sub,
    groups: groupsFrom(claims, named.groupsClaim) ?? [],
    sshKeys: sshKeysFrom(claims, named.sshKeysClaim),
  };
}
