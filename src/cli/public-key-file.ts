import { readFile } from 'node:fs/promises';
import { AppError, messageOf } from '../core/errors.ts';
import { followFrom, keysOf, parsePublicKey, type TrustedKey } from '../recording/public-key.ts';
import type { Terminal } from './terminal.ts';

export interface PublicKeyFile extends TrustedKey {
  /** What the file holds. */
  readonly pem: string;
}

/**
 * The first key in a file, and those behind it that it endorsed.
 * @throws AppError `not_found` when it cannot be read, `invalid_input` when it holds no Ed25519 key, or another one
 *   than the endorsements say
 */
export async function readPublicKey(file: string): Promise<PublicKeyFile> {
  const pem = await readText(file);
  return { pem, ...parsePublicKey(pem) };
}

/**
 * The key, and what follows from it by files that need not be trusted: each key in them counts that is endorsed by the
 * one before it. What does not follow is said and left out.
 */
export async function followKeys(
  terminal: Terminal,
  { key, files }: { readonly key: TrustedKey; readonly files: readonly string[] },
): Promise<TrustedKey> {
  let trusted = key;
  for (const file of files) trusted = follow(terminal, { trusted, file, bundle: await readText(file) });
  return trusted;
}

/** The same of the text of one of them. */
export function follow(
  terminal: Terminal,
  { trusted, file, bundle }: { trusted: TrustedKey; file: string; bundle: string },
): TrustedKey {
  try {
    const followed = followFrom(trusted, bundle);
    if (followed !== null) return followed;
    terminal.say(`${file} does not hold the public key that was given: what is in it is not trusted.`);
  } catch (error) {
    terminal.say(`${file} is not trusted: ${messageOf(error)}`);
  }
  return trusted;
}

/** Behind what was checked, when keys follow from the one that is known. */
export function followingWords(trusted: TrustedKey): string {
  const { length } = keysOf(trusted).slice(1);
  return length === 0 ? '' : ` and ${length === 1 ? 'one key' : `${length} keys`} that it endorsed`;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const text = `Cannot read the public key ${file}: ${messageOf(error)}`;
    throw new AppError('not_found', text, { cause: error });
  }
}
