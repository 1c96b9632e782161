/** A public key as OpenSSH writes it in one line: type, base64 of RFC 4253 section 6.6, comment. */
import { AppError } from './errors.ts';

export interface SshPublicKey {
  /** `ssh-ed25519`, say. */
  readonly type: string;
  /** What a client offers and a server compares: base64 in its one form. */
  readonly blobBase64: string;
  /** Behind the key; empty when there is none. */
  readonly comment: string;
}

const LINE_CHARACTERS_MAX = 8_192;
const RSA_BITS_MIN = 3_072;
const RSA_BITS_MAX = 16_384;

/** Length of the point of each curve, uncompressed (SEC 1, section 2.3.3). */
const CURVE_BYTES: Readonly<Record<string, number>> = { nistp256: 65, nistp384: 97, nistp521: 133 };

/** What follows the type. @returns why it is not a key; null when it is one */
type Check = (fields: readonly Uint8Array[]) => string | null;

const ed25519: Check = ([point]) => (point?.length === 32 ? null : 'its key has the wrong length');
const ecdsaOn =
  (curve: string): Check =>
  ([name, point]) =>
    name !== undefined &&
    textOf(name) === curve &&
    point?.length === CURVE_BYTES[curve] &&
    point?.[0] === UNCOMPRESSED
      ? null
      : `its point is not one of ${curve}`;
const UNCOMPRESSED = 4;

/** How many fields a type has behind its name, and what they have to be. */
const TYPES: Readonly<Record<string, { readonly fields: number; readonly check: Check }>> = {
  'ssh-ed25519': { fields: 1, check: ed25519 },
  'ecdsa-sha2-nistp256': { fields: 2, check: ecdsaOn('nistp256') },
  'ecdsa-sha2-nistp384': { fields: 2, check: ecdsaOn('nistp384') },
  'ecdsa-sha2-nistp521': { fields: 2, check: ecdsaOn('nistp521') },
  // The last field is the application, `ssh:`.
  'sk-ssh-ed25519@openssh.com': { fields: 2, check: ed25519 },
  'sk-ecdsa-sha2-nistp256@openssh.com': { fields: 3, check: ecdsaOn('nistp256') },
  'ssh-rsa': { fields: 2, check: rsa },
};

function rsa([exponent, modulus]: readonly Uint8Array[]): string | null {
  const bits = bitsOf(modulus);
  if (bits < RSA_BITS_MIN) return `an RSA key needs at least ${RSA_BITS_MIN} bits, and this one has ${bits}`;
  const isUsable = bits <= RSA_BITS_MAX && bitsOf(exponent) > 1 && isOdd(modulus) && isOdd(exponent);
  return isUsable ? null : 'its numbers are not those of an RSA key';
}

/**
 * One line, without options in front of it.
 * @throws AppError `invalid_input` that says what is wrong with it
 */
export function parseSshPublicKey(line: string): SshPublicKey {
  const text = line.trim();
  if (text.includes('PRIVATE KEY'))
    throw problem(
      'This is a private key. It stays with you; its public half is in the file that ends in .pub',
    );
  if (text.length > LINE_CHARACTERS_MAX) throw problem('The line is too long for a public key');
  if (/[\r\n]/.test(text)) throw problem('This is more than one line: give one key at a time');
  const [, type = '', blobBase64 = '', comment = ''] = /^(\S+)\s+(\S+)(?:\s+(.*))?$/.exec(text) ?? [];
  const rules = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  if (rules === undefined) throw unknownType(type);
  const bytes = bytesOf(blobBase64);
  const fields = bytes === null ? null : fieldsOf(bytes);
  const [name, ...rest] = fields ?? [];
  if (bytes === null || name === undefined || textOf(name) !== type || rest.length !== rules.fields)
    throw problem(`What stands behind ${type} is not such a key`);
  const wrong = rules.check(rest);
  if (wrong !== null) throw problem(`This key cannot be used: ${wrong}`);
  return { type, blobBase64, comment: comment.trim() };
}

function unknownType(type: string): AppError {
  if (type.includes('-cert-'))
    return problem('This is a certificate. Give the key that it is for: the file without -cert');
  const names = Object.keys(TYPES).join(', ');
  return problem(
    `A public key is one line that begins with its type, one of ${names}. It is in a file such as ~/.ssh/id_ed25519.pub`,
  );
}

function problem(message: string): AppError {
  return new AppError('invalid_input', `${message}.`);
}

/** Null unless it is the one way to write these bytes, so that no key has two names. */
function bytesOf(base64: string): Uint8Array | null {
  try {
    const binary = atob(base64);
    return btoa(binary) === base64 ? Uint8Array.from(binary, (character) => character.charCodeAt(0)) : null;
  } catch {
    return null;
  }
}

/** Strings of RFC 4251, section 5, to the end and no further; null when they do not end there. */
function fieldsOf(bytes: Uint8Array): readonly Uint8Array[] | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const fields: Uint8Array[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    if (offset + 4 > bytes.length) return null;
    const end = offset + 4 + view.getUint32(offset);
    if (end > bytes.length) return null;
    fields.push(bytes.subarray(offset + 4, end));
    offset = end;
  }
  return fields;
}

function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** Of an mpint (RFC 4251, section 5); 0 for one that is negative, missing or not in its shortest form. */
function bitsOf(bytes: Uint8Array | undefined): number {
  const [first = 0, second = 0] = bytes ?? [];
  if (bytes === undefined || first >= 128 || (first === 0 && second < 128)) return 0;
  const digits = first === 0 ? bytes.subarray(1) : bytes;
  return digits.length * 8 - Math.clz32(digits[0] ?? 0) + 24;
}

function isOdd(bytes: Uint8Array | undefined): boolean {
  return ((bytes?.at(-1) ?? 0) & 1) === 1;
}
