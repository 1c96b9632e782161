/** The sample identity provider's keys: made once, so that tokens stay valid across starts of the demo. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const KEYS = z.object({
  signing: z.looseObject({ kty: z.literal('RSA'), kid: z.string() }),
  cookie: z.string(),
  workloadSecret: z.string(),
});
export type ProviderKeys = z.output<typeof KEYS>;

const MODULUS_BITS = 2_048;
const SECRET_BYTES = 32;

/** @param directory exists already; the file in it is readable by its owner only */
export function openProviderKeys(directory: string): ProviderKeys {
  const file = join(directory, 'keys.json');
  if (!existsSync(file)) writeFileSync(file, JSON.stringify(makeKeys()), { mode: 0o600, flag: 'wx' });
  return KEYS.parse(JSON.parse(readFileSync(file, 'utf8')));
}

function makeKeys(): ProviderKeys {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: MODULUS_BITS });
  const random = (): string => randomBytes(SECRET_BYTES).toString('base64url');
  return {
    signing: { ...privateKey.export({ format: 'jwk' }), kty: 'RSA', kid: random(), use: 'sig', alg: 'RS256' },
    cookie: random(),
    workloadSecret: random(),
  };
}
