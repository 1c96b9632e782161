/**
 * A bearer token -> who it stands for. Access tokens are JWTs (RFC 9068) of the configured issuer or
 * of a workload's issuer; signature, issuer, audience and times are checked by jose.
 */
import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import { AppError, messageOf } from '../core/errors.ts';
import type { Identity, Person } from '../core/identity.ts';
import { findIdentityBySubject } from '../store/operations/identities.ts';
import type { IdentityContext, OidcSettings } from './context.ts';
import type { IssuerKeys } from './issuer-keys.ts';
import { personOf, upsertPerson, upsertWorkload } from './persons.ts';
import { sshKeysFrom } from './ssh-key-claims.ts';

const TOKEN_CHARACTERS_MAX = 16_384;
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
/** `typ` of an access token; providers that do not follow RFC 9068 write JWT or nothing. */
const TYPES = ['at+jwt', 'application/at+jwt', 'jwt'];
/** Claims that an ID token or a logout token has and an access token does not. */
const CLAIMS_OF_OTHER_TOKENS = ['nonce', 'at_hash', 'c_hash', 'events'];
const DEFAULT_CLOCK_TOLERANCE_MS = 30_000;

/**
 * @throws AppError `unauthenticated` when the token is not valid here, saying which check failed;
 *   `unavailable` when the issuer's keys cannot be fetched
 */
export async function authenticateBearer(
  context: IdentityContext,
  token: string,
  issuerKeys: IssuerKeys,
): Promise<Identity> {
  const { oidc, workloads, audience } = context.settings();
  const issuer = issuerOf(token);
  const candidates = workloads.filter((workload) => workload.issuer === issuer);
  const isPeopleIssuer = oidc !== null && oidc.issuer === issuer;
  if (issuer === null || (!isPeopleIssuer && candidates.length === 0)) {
    throw new AppError('unauthenticated', 'the token is from an issuer that is not configured here');
  }
  const claims = await verify(token, {
    issuer,
    audience: isPeopleIssuer ? oidc.audience : audience,
    toleranceMs: oidc?.clockToleranceMs ?? DEFAULT_CLOCK_TOLERANCE_MS,
    issuerKeys,
  });
  const workload = candidates.find((candidate) =>
    Object.entries(candidate.claims).every(([name, value]) => claimMatches(claims[name], value)),
  );
  if (workload !== undefined) return upsertWorkload(context, workload, textClaims(claims));
  if (!isPeopleIssuer) {
    throw new AppError('unauthenticated', "the token's claims match no configured workload");
  }
  return personFrom(context, claims, oidc);
}

function issuerOf(token: string): string | null {
  if (token.length > TOKEN_CHARACTERS_MAX) throw new AppError('unauthenticated', 'the token is too long');
  try {
    const type = decodeProtectedHeader(token).typ?.toLowerCase();
    if (type !== undefined && !TYPES.includes(type)) throw new Error(`it is of type ${type.slice(0, 40)}`);
    return decodeJwt(token).iss ?? null;
  } catch (error) {
    throw new AppError('unauthenticated', `this is not an access token: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

async function verify(
  token: string,
  options: { issuer: string; audience: string; toleranceMs: number; issuerKeys: IssuerKeys },
): Promise<JWTPayload> {
  const keys = await options.issuerKeys(options.issuer);
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer: options.issuer,
      audience: options.audience,
      algorithms: ALGORITHMS,
      clockTolerance: options.toleranceMs / 1_000,
      requiredClaims: ['sub', 'exp', 'iat'],
    });
    const foreign = CLAIMS_OF_OTHER_TOKENS.find((name) => payload[name] !== undefined);
    if (foreign !== undefined)
      throw new AppError('unauthenticated', `this is not an access token: it has ${foreign}`);
    return payload;
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (error instanceof errors.JWKSTimeout) {
      throw new AppError('unavailable', 'the keys of the issuer could not be fetched in time', {
        cause: error,
      });
    }
    if (error instanceof errors.JOSEError) {
      throw new AppError('unauthenticated', `the token is not valid: ${error.message}`, { cause: error });
    }
    throw new AppError('unavailable', `the token could not be checked: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function claimMatches(claim: unknown, wanted: string): boolean {
  if (Array.isArray(claim)) return claim.includes(wanted);
  return typeof claim === 'string' ? claim === wanted : String(claim) === wanted && claim !== undefined;
}

function textClaims(claims: JWTPayload): Record<string, string> {
  return Object.fromEntries(
    Object.entries(claims).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** Groups come with the token where the provider puts them there, else from the last sign-in. */
async function personFrom(context: IdentityContext, claims: JWTPayload, oidc: OidcSettings): Promise<Person> {
  const subject = claims.sub ?? '';
  const known = await findIdentityBySubject(context.store.read(), { issuer: oidc.issuer, subject });
  const groups = groupsFrom(claims, oidc.groupsClaim);
  if (groups === null || typeof claims['email'] !== 'string') {
    if (known === null) {
      throw new AppError(
        'unauthenticated',
        'this person has not signed in here yet: open the web page once and sign in',
      );
    }
    return personOf(known);
  }
  if (claims['email_verified'] === false) {
    throw new AppError('forbidden', 'The identity provider has not verified your e-mail address.');
  }
  const facts = {
    issuer: oidc.issuer,
    subject,
    email: claims['email'],
    name: typeof claims['name'] === 'string' ? claims['name'] : claims['email'],
    groups,
    sshKeys: sshKeysOf(claims, oidc.sshKeysClaim),
    toldAt: new Date((claims.iat ?? 0) * 1_000),
  };
  // A token is written down once: shown again, it says nothing new.
  const isKnown = known !== null && known.groupsSeenAt >= facts.toldAt && sameFacts(personOf(known), facts);
  return isKnown ? personOf(known) : upsertPerson(context, facts);
}

/** Tokens need not name keys: what the last sign-in said of them stays then. */
function sshKeysOf(claims: JWTPayload, claim: string | null): readonly string[] | null {
  return claim === null || claims[claim] === undefined ? null : sshKeysFrom(claims, claim);
}

/** @returns the groups the claim lists, or null when the claim is absent or not a list of text */
export function groupsFrom(claims: Readonly<Record<string, unknown>>, groupsClaim: string): string[] | null {
  const value = claims[groupsClaim];
  if (!Array.isArray(value)) return null;
  return value.filter((group): group is string => typeof group === 'string');
}

function sameFacts(
  person: Person,
  facts: { email: string; name: string; groups: readonly string[] },
): boolean {
  return (
    person.email === facts.email &&
    person.name === facts.name &&
    person.groups.length === facts.groups.length &&
    person.groups.every((group) => facts.groups.includes(group))
  );
}
