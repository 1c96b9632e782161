/**
 * The broker's own host key: one Ed25519 key for all replicas and restarts, so that clients that know it once know it
 * always. It is derived from the key that the replicas share, so nothing has to be stored or handed around.
 */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { Secret } from '../../core/secret.ts';
import { deriveKey } from '../secret-keys.ts';

const TYPE = 'ssh-ed25519';
/** RFC 8410: what stands before the 32 bytes of a private key in PKCS #8, and before those of a public one in SPKI. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI_PREFIX_BYTES = 12;
/** Of a cipher that is `none` (PROTOCOL.key of OpenSSH). */
const BLOCK_BYTES = 8;
const PEM_LINE = /.{1,70}/g;

export interface BrokerHostKey {
  /** In OpenSSH's own format. */
  readonly privateKey: Secret<string>;
  /** `ssh-ed25519 AAAA…`, as in `known_hosts` behind the host. */
  readonly publicLine: string;
}

/** @param secretKey 32 bytes that every replica shares */
export function brokerHostKey(secretKey: Secret<Uint8Array>): BrokerHostKey {
  const seed = deriveKey(secretKey, { use: 'ssh host key v1' }).reveal();
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, seed]),
    format: 'der',
    type: 'pkcs8',
  });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const point = spki.subarray(SPKI_PREFIX_BYTES);
  const blob = Buffer.concat([string(TYPE), string(point)]);
  return {
    privateKey: new Secret(openSshPrivateKey({ seed, point, blob })),
    publicLine: `${TYPE} ${blob.toString('base64')}`,
  };
}

/** The one format of an Ed25519 key that SSH programs read (PROTOCOL.key of OpenSSH), without a passphrase. */
function openSshPrivateKey(key: { seed: Buffer; point: Buffer; blob: Buffer }): string {
  // Two equal numbers that show whether a decryption went well; there is none.
  const check = uint32(0);
  const body = Buffer.concat([
    check,
    check,
    string(TYPE),
    string(key.point),
    string(Buffer.concat([key.seed, key.point])),
    string('sallyport'),
  ]);
  const padding = Buffer.from({ length: (BLOCK_BYTES - (body.length % BLOCK_BYTES)) % BLOCK_BYTES }).map(
    (_, index) => index + 1,
  );
  const file = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    string('none'),
    string('none'),
    string(''),
    uint32(1),
    string(key.blob),
    string(Buffer.concat([body, padding])),
  ]);
  const lines = file.toString('base64').match(PEM_LINE) ?? [];
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join(
    '\n',
  );
}

/** RFC 4251, section 5. */
function string(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
