/** An issuer's signing keys, found by OpenID Connect Discovery 1.0 section 4 and kept by jose. */
import { createRemoteJWKSet, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { AppError, messageOf } from '../core/errors.ts';

const DISCOVERY_TIMEOUT_MS = 5_000;
const DISCOVERY_AGE_MAX_MS = 3_600_000;
const ISSUERS_MAX = 100;

const DISCOVERY = z.object({ issuer: z.string(), jwks_uri: z.url() });

interface Cached {
  readonly keys: JWTVerifyGetKey;
  readonly fetchedAtMs: number;
}

export type IssuerKeys = (issuer: string) => Promise<JWTVerifyGetKey>;

/** Plain HTTP would let anyone on the way sign anything; it is for this machine only. */
export function mayFetch(url: URL): boolean {
  if (url.protocol === 'https:') return true;
  return url.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
}

/**
 * Keys by issuer, discovered once an hour. The caller passes configured issuers only: a token never
 * chooses where we look.
 * @throws AppError `unavailable` when discovery fails or answers for another issuer
 */
export function createIssuerKeys(monotonicMs: () => number = () => performance.now()): IssuerKeys {
  const cache = new Map<string, Cached>();
  return async (issuer) => {
    const known = cache.get(issuer);
    if (known !== undefined && monotonicMs() - known.fetchedAtMs < DISCOVERY_AGE_MAX_MS) return known.keys;
    const keys = await discover(issuer);
    if (cache.size >= ISSUERS_MAX) cache.clear();
    cache.set(issuer, { keys, fetchedAtMs: monotonicMs() });
    return keys;
  };
}

async function discover(issuer: string): Promise<JWTVerifyGetKey> {
  const address = new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  if (!mayFetch(address)) throw new AppError('unavailable', `the issuer ${issuer} must use https`);
  let found: z.output<typeof DISCOVERY>;
  try {
    const response = await fetch(address, {
      signal: AbortSignal.timeout(DISCOVERY_TIMEOUT_MS),
      redirect: 'error',
      headers: { accept: 'application/json' },
    });
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    found = DISCOVERY.parse(await response.json());
  } catch (error) {
    throw new AppError(
      'unavailable',
      `cannot read the configuration of the issuer ${issuer}: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
  if (found.issuer !== issuer) {
    throw new AppError(
      'unavailable',
      `the issuer ${issuer} answers as ${found.issuer}; configure it exactly as it answers`,
    );
  }
  const keysAt = new URL(found.jwks_uri);
  if (!mayFetch(keysAt)) throw new AppError('unavailable', `the keys of ${issuer} must be served over https`);
  return createRemoteJWKSet(keysAt, { timeoutDuration: DISCOVERY_TIMEOUT_MS });
}
