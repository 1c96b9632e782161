/**
 * The public halves of the deployment's signing keys. Each but the first is endorsed by the one before: who trusts the
 * first can trust all that follow. docs/keys.md, "Endorsements", is the specification.
 */
import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto';
import { AppError } from '../core/errors.ts';

const CONTEXT = Buffer.from('sallyport signing key endorsement v1\0', 'latin1');
const SIGNATURE_BYTES = 64;
const AT = { number: 0, instant: 4, signature: 12 } as const;
const ENDORSEMENT_BYTES = AT.signature + SIGNATURE_BYTES;
const BUNDLE_CHARACTERS_MAX = 1_048_576;
const LINE_CHARACTERS = 64;
const LABEL = 'SALLYPORT ENDORSEMENT';
const BLOCK = /-----BEGIN ([A-Z ]{1,40})-----\r?\n([A-Za-z0-9+/=\s]*)-----END \1-----/g;

export interface PublicKey {
  readonly key: KeyObject;
  /** Hex SHA-256 of the key as SubjectPublicKeyInfo in DER: what recordings and heads name it by. */
  readonly sha256: string;
}

export interface Endorsement {
  /** Of the endorsed key: the first one is 1. */
  readonly number: number;
  /** When, in milliseconds since 1970. */
  readonly atMs: number;
  /** Ed25519, by the key before. */
  readonly signature: Buffer;
}

export interface EndorsedKey extends PublicKey {
  readonly endorsement: Endorsement;
}

/** A key that somebody trusts, and those that follow from it: checked, in order. */
export interface TrustedKey extends PublicKey {
  readonly following?: readonly EndorsedKey[];
}

/** The key itself and those that follow. */
export function keysOf(trusted: TrustedKey): readonly PublicKey[] {
  return [trusted, ...(trusted.following ?? [])];
}

/** The message that a key signs to endorse the next. */
export function endorsementMessage(input: {
  readonly number: number;
  readonly atMs: number;
  readonly previous: PublicKey;
  readonly next: PublicKey;
}): Buffer {
  const numbers = Buffer.alloc(AT.signature);
  numbers.writeUInt32BE(input.number, AT.number);
  numbers.writeBigUInt64BE(BigInt(input.atMs), AT.instant);
  const names = [input.previous, input.next].map(({ sha256 }) => Buffer.from(sha256, 'hex'));
  return Buffer.concat([CONTEXT, numbers, ...names]);
}

/** Whether the key before vouched for exactly this one, under this number. */
export function isEndorsedBy(previous: PublicKey, next: EndorsedKey): boolean {
  const { signature, ...said } = next.endorsement;
  return verify(null, endorsementMessage({ ...said, previous, next }), previous.key, signature);
}

/** 76 bytes: number (4), instant (8), signature (64). */
export function encodeEndorsement({ number, atMs, signature }: Endorsement): Buffer {
  const bytes = Buffer.alloc(ENDORSEMENT_BYTES);
  bytes.writeUInt32BE(number, AT.number);
  bytes.writeBigUInt64BE(BigInt(atMs), AT.instant);
  bytes.set(signature, AT.signature);
  return bytes;
}

/** @returns null for anything else */
export function parseEndorsement(bytes: Buffer): Endorsement | null {
  if (bytes.length !== ENDORSEMENT_BYTES) return null;
  const number = bytes.readUInt32BE(AT.number);
  const atMs = Number(bytes.readBigUInt64BE(AT.instant));
  if (number < 2 || !Number.isSafeInteger(atMs)) return null;
  return { number, atMs, signature: Buffer.from(bytes.subarray(AT.signature)) };
}

/** @throws Error unless it is an Ed25519 key as SubjectPublicKeyInfo: PEM text, or DER */
export function publicKeyOf(encoded: string | Buffer): PublicKey {
  const key =
    typeof encoded === 'string'
      ? createPublicKey(encoded)
      : createPublicKey({ key: encoded, type: 'spki', format: 'der' });
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`its type is ${key.asymmetricKeyType}`);
  const der = key.export({ type: 'spki', format: 'der' });
  // OpenSSL reads more than one encoding of some keys.
  if (typeof encoded !== 'string' && !der.equals(encoded)) throw new Error('its encoding is not canonical');
  return { key, sha256: hash('sha256', der, 'hex') };
}

export function pemOf({ key }: PublicKey): string {
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

/** The keys as `signing-key.pub` holds them: the first alone is an ordinary PEM file. */
export function encodeBundle(trusted: TrustedKey): string {
  const rest = (trusted.following ?? []).map((key) => `${endorsementBlock(key)}${pemOf(key)}`);
  return `${pemOf(trusted)}${rest.join('')}`;
}

/**
 * Reads one public key in PEM, or a bundle of them. Every key behind the first must be endorsed by the one before it.
 * @throws AppError `invalid_input` for anything else
 */
export function parseBundle(text: string): TrustedKey {
  if (text.length > BUNDLE_CHARACTERS_MAX) {
    throw new AppError('invalid_input', 'The file of public keys is larger than 1 MiB.');
  }
  let first: PublicKey;
  try {
    first = publicKeyOf(text);
  } catch (error) {
    throw new AppError('invalid_input', 'The public key is not an Ed25519 key in PEM.', { cause: error });
  }
  const following: EndorsedKey[] = [];
  const blocks = [...text.matchAll(BLOCK)].slice(1);
  for (let at = 0; at < blocks.length; at += 2) {
    const number = at / 2 + 2;
    const key = endorsedIn(blocks[at], blocks[at + 1]);
    if (key === null) throw badBundle(`what stands behind key ${number - 1} is not an endorsement and a key`);
    const last = following.at(-1);
    const previous = last ?? first;
    const inOrder = last === undefined || key.endorsement.number === last.endorsement.number + 1;
    if (!inOrder || !isEndorsedBy(previous, key))
      throw badBundle(`key ${number} (SHA-256 ${key.sha256}) is not endorsed by the one before it`);
    following.push(key);
  }
  return following.length === 0 ? first : { ...first, following };
}

/**
 * What follows from a key that is trusted, by a bundle that need not be.
 * @returns null when the bundle says nothing of what follows: the key is not in it
 * @throws AppError `invalid_input` for a bundle that does not hold together
 */
export function followFrom(trusted: TrustedKey, bundle: string): TrustedKey | null {
  const [...chain] = keysOf(parseBundle(bundle)) as readonly (PublicKey & Partial<EndorsedKey>)[];
  const own = keysOf(trusted);
  const at = chain.findIndex(({ sha256 }) => sha256 === trusted.sha256);
  if (at === -1) return null;
  const following = chain.slice(at + 1).filter((key): key is EndorsedKey => key.endorsement !== undefined);
  const agree = own.slice(1).every(({ sha256 }, index) => {
    const other = following[index];
    return other === undefined || other.sha256 === sha256;
  });
  if (!agree) throw badBundle('it names another key where one is known already');
  return following.length < own.length - 1
    ? trusted
    : { key: trusted.key, sha256: trusted.sha256, following };
}

function endorsedIn(
  endorsement: RegExpMatchArray | undefined,
  key: RegExpMatchArray | undefined,
): EndorsedKey | null {
  if (endorsement?.[1] !== LABEL || key?.[1] !== 'PUBLIC KEY') return null;
  const parsed = parseEndorsement(Buffer.from(endorsement[2] ?? '', 'base64'));
  if (parsed === null) return null;
  try {
    return { ...publicKeyOf(Buffer.from(key[2] ?? '', 'base64')), endorsement: parsed };
  } catch {
    return null;
  }
}

function endorsementBlock({ endorsement }: EndorsedKey): string {
  const base64 = encodeEndorsement(endorsement).toString('base64');
  const lines = base64.match(new RegExp(`.{1,${LINE_CHARACTERS}}`, 'g')) ?? [];
  return `-----BEGIN ${LABEL}-----\n${lines.join('\n')}\n-----END ${LABEL}-----\n`;
}

function badBundle(what: string): AppError {
  return new AppError('invalid_input', `The file of public keys does not hold together: ${what}.`);
}
