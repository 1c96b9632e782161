import { expect, test } from 'vitest';
import { parseSshPublicKey } from '../../../src/core/ssh-public-key.ts';

const field = (bytes: Uint8Array | string): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, Buffer.from(bytes)]);
};
const line = (type: string, ...fields: (Uint8Array | string)[]): string =>
  `${type} ${Buffer.concat([field(type), ...fields.map(field)]).toString('base64')}`;
const numberOf = (bits: number, last = 1): Buffer => {
  const digits = Buffer.alloc(Math.ceil(bits / 8));
  digits[0] = 1 << ((bits - 1) % 8);
  digits[digits.length - 1] = (digits.at(-1) ?? 0) | last;
  return (digits[0] ?? 0) >= 128 ? Buffer.concat([Buffer.alloc(1), digits]) : digits;
};
const rsa = (bits: number, exponent = Buffer.from([1, 0, 1])): string =>
  line('ssh-rsa', exponent, numberOf(bits));
const point = (bytes: number): Buffer => Buffer.concat([Buffer.from([4]), Buffer.alloc(bytes - 1, 7)]);
const ECDSA = line('ecdsa-sha2-nistp256', 'nistp256', point(65));
const ED25519 = line('ssh-ed25519', Buffer.alloc(32, 7));

test.each([
  ['ed25519', ED25519],
  ['ecdsa', ECDSA],
  ['ecdsa on the large curve', line('ecdsa-sha2-nistp521', 'nistp521', point(133))],
  ['a key in hardware', line('sk-ssh-ed25519@openssh.com', Buffer.alloc(32, 7), 'ssh:')],
  ['another in hardware', line('sk-ecdsa-sha2-nistp256@openssh.com', 'nistp256', point(65), 'ssh:')],
  ['rsa of 3072 bits', rsa(3_072)],
  ['rsa of 16384 bits', rsa(16_384)],
])('%s is a key', (_name, text) => {
  expect(parseSshPublicKey(`${text} alice@laptop of hers\n`)).toEqual({
    type: text.split(' ')[0],
    blobBase64: text.split(' ')[1],
    comment: 'alice@laptop of hers',
  });
  expect(parseSshPublicKey(text).comment).toBe('');
});

test.each([
  ['rsa of 3071 bits', rsa(3_071), /at least 3072 bits, and this one has 3071/],
  ['rsa beyond 16384 bits', rsa(16_385), /numbers/],
  ['rsa with the exponent 1', rsa(3_072, Buffer.from([1])), /numbers/],
  ['rsa with an even exponent', rsa(3_072, Buffer.from([4])), /numbers/],
  ['rsa with a negative modulus', line('ssh-rsa', Buffer.from([3]), Buffer.alloc(400, 255)), /has 0/],
  ['a point that is too short', line('ssh-ed25519', Buffer.alloc(31)), /wrong length/],
  ['a point of another curve', line('ecdsa-sha2-nistp256', 'nistp384', point(65)), /nistp256/],
  ['a compressed point', line('ecdsa-sha2-nistp256', 'nistp256', Buffer.alloc(65, 2)), /nistp256/],
  ['a type that the key denies', ED25519.replace('ssh-ed25519', 'ssh-rsa'), /not such a key/],
  ['more behind the key', line('ssh-ed25519', Buffer.alloc(32), 'x'), /not such a key/],
  ['a length beyond the end', `ssh-ed25519 ${Buffer.from([0, 0, 0, 99, 1]).toString('base64')}`, /not such/],
  ['base64 with bits to spare', ECDSA.replace(/.=$/, 'H='), /not such a key/],
  ['no base64', 'ssh-ed25519 ????', /not such a key/],
  ['dsa', line('ssh-dss', numberOf(1_024)), /begins with its type/],
  ['a certificate', line('ssh-ed25519-cert-v01@openssh.com', Buffer.alloc(32)), /certificate/],
  ['options in front', `no-pty ${ED25519}`, /begins with its type/],
  ['two keys', `${ED25519}\n${ED25519}`, /one key at a time/],
  ['a private key', '-----BEGIN OPENSSH PRIVATE KEY-----\nabc', /private key. It stays with you/],
  ['the name of an inherited property', 'constructor AAAA', /begins with its type/],
  ['nothing', '', /begins with its type/],
  ['a line without end', `ssh-ed25519 ${'A'.repeat(9_000)}`, /too long/],
])('%s is none', (_name, text, why) => {
  expect(() => parseSshPublicKey(text)).toThrow(why);
});
