/**
 * Tokens that expire after hours and are exchanged for the next ones. A refresh token works once, so one process
 * exchanges it for all, and the new pair is in the store before anybody uses it. They rest sealed by a key that is not
 * in the database.
 */
import { createHash } from 'node:crypto';
import { AppError } from '../core/errors.ts';
import { Secret } from '../core/secret.ts';
import type { RotatingTokenRow } from '../store/entities/rotating-token.ts';
import type { Database } from '../store/open-store.ts';
import {
  findRotatingToken,
  lockRotatingToken,
  saveRotatingToken,
} from '../store/operations/rotating-tokens.ts';
import { derive, seal, unseal } from '../store/sealing.ts';
import type { AccessContext } from './context.ts';

export interface TokenPair {
  readonly accessToken: Secret<string>;
  readonly refreshToken: Secret<string>;
  readonly expiresAt: Date;
}

export interface KeptToken extends TokenPair {
  /** Of the refresh token that was configured when it began. */
  readonly seedSha256: string;
  readonly refreshedAt: Date;
}

interface Name {
  readonly name: string;
  /** 32 bytes. */
  readonly sealingKey: Secret<Buffer>;
  /** Of the refresh token that is configured now. */
  readonly seedSha256: string;
}

type TokenContext = Pick<AccessContext, 'store' | 'clock' | 'random'>;

/**
 * @returns the pair in force, expired or not; null when there is none yet
 * @throws AppError `config_invalid` when it was sealed with another key
 */
export async function readRotatingToken(
  { store }: Pick<AccessContext, 'store'>,
  of: Name,
): Promise<KeptToken | null> {
  const row = await findRotatingToken(store.read(), of);
  return keptToken(row, of);
}

/**
 * Exchanges the pair in force for the next, unless somebody else has in the meantime.
 * @param input.isStale whether this pair, or none, has to be exchanged; asked while nobody else can
 * @param input.exchange of the pair that is known, or of none: the next pair, and what it began with
 * @returns the pair in force then
 * @throws AppError as `readRotatingToken`, and whatever `exchange` throws
 */
export async function exchangeRotatingToken(
  context: TokenContext,
  input: Name & {
    readonly isStale: (known: KeptToken | null) => boolean;
    readonly exchange: (
      known: KeptToken | null,
    ) => Promise<{ readonly pair: TokenPair; readonly seedSha256: string }>;
  },
): Promise<KeptToken> {
  const { name, isStale, exchange } = input;
  return context.store.transaction(async (db) => {
    const row = await lockRotatingToken(db, { name });
    const known = keptToken(row, input);
    if (known !== null && !isStale(known)) return known;
    const { pair, seedSha256 } = await exchange(known);
    const kept = { ...pair, seedSha256, refreshedAt: context.clock.now() };
    await keep(context, db, { ...input, ...kept });
    return kept;
  });
}

/** @param secret with which alone the tokens can be exchanged: whoever has the database has neither */
export function sealingKeyFrom(secret: Secret<string>): Secret<Buffer> {
  return new Secret(derive(Buffer.from(secret.reveal()), 'sallyport rotating tokens v1'));
}

export function seedOf(refreshToken: Secret<string>): string {
  return createHash('sha256').update(refreshToken.reveal()).digest('hex');
}

async function keep(context: TokenContext, db: Database, token: KeptToken & Name): Promise<void> {
  const { name, sealingKey, accessToken, refreshToken, seedSha256, refreshedAt, expiresAt } = token;
  const plaintext = Buffer.from(
    JSON.stringify({ accessToken: accessToken.reveal(), refreshToken: refreshToken.reveal() }),
  );
  const sealed = seal({
    key: sealingKey.reveal(),
    plaintext,
    associated: Buffer.from(name),
    random: context.random,
  });
  await saveRotatingToken(db, { name, seedSha256, sealed, refreshedAt, expiresAt });
}

/** Null for none, and for one of before that another key and another refresh token take the place of. */
function keptToken(row: RotatingTokenRow | null, input: Name): KeptToken | null {
  if (row === null) return null;
  const { name, sealingKey } = input;
  const { sealed, seedSha256, refreshedAt, expiresAt } = row;
  let opened: Buffer;
  try {
    opened = unseal({ key: sealingKey.reveal(), sealed, associated: Buffer.from(name) });
  } catch (error) {
    if (seedSha256 !== input.seedSha256) return null;
    throw new AppError(
      'config_invalid',
      `The stored tokens (${name}) were sealed with another client secret than the one that is set now. Set that one, or a new refresh token.`,
      { cause: error },
    );
  }
  const { accessToken, refreshToken } = JSON.parse(opened.toString('utf8')) as Record<string, string>;
  if (accessToken === undefined || refreshToken === undefined)
    throw new Error('a sealed pair has both tokens');
  return {
    accessToken: new Secret(accessToken),
    refreshToken: new Secret(refreshToken),
    seedSha256,
    refreshedAt,
    expiresAt,
  };
}
