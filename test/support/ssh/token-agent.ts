/** In place of a security token: an ssh-agent that holds one key of that kind, and signs as OpenSSH's PROTOCOL.u2f says. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

const REQUEST_IDENTITIES = 11;
const IDENTITIES = 12;
const SIGN_REQUEST = 13;
const SIGN_RESPONSE = 14;
const APPLICATION = 'ssh:';

export interface TokenKey {
  /** As in RFC 4253, section 6.6. */
  readonly blob: Buffer;
  /** `sk-… AAAA…` */
  readonly publicKey: string;
  /** A signature without the name of its type. @param changes.flags 1 where somebody touches the token */
  sign(message: Buffer, changes?: { readonly flags?: number; readonly counter?: number }): Buffer;
  readonly type: string;
}

export function field(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

export function tokenKey(kind: 'ed25519' | 'ecdsa'): TokenKey {
  const { publicKey, privateKey } =
    kind === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const type = kind === 'ed25519' ? 'sk-ssh-ed25519@openssh.com' : 'sk-ecdsa-sha2-nistp256@openssh.com';
  const point = publicKey.export({ format: 'der', type: 'spki' }).subarray(kind === 'ed25519' ? -32 : -65);
  const curve = kind === 'ed25519' ? [] : [field('nistp256')];
  const blob = Buffer.concat([field(type), ...curve, field(point), field(APPLICATION)]);
  return {
    type,
    blob,
    publicKey: `${type} ${blob.toString('base64')}`,
    sign: (message, { flags = 1, counter = 7 } = {}) => {
      const sha256 = (bytes: string | Buffer): Buffer => createHash('sha256').update(bytes).digest();
      const trailer = Buffer.alloc(5, flags);
      trailer.writeUInt32BE(counter, 1);
      const data = Buffer.concat([sha256(APPLICATION), trailer, sha256(message)]);
      return Buffer.concat([signature(data, privateKey, kind), trailer]);
    },
  };
}

function signature(data: Buffer, key: KeyObject, kind: 'ed25519' | 'ecdsa'): Buffer {
  if (kind === 'ed25519') return sign(null, data, key);
  const raw = sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' });
  return Buffer.concat([raw.subarray(0, 32), raw.subarray(32)].map((number) => field(mpint(number))));
}

/** RFC 4251, section 5, of a positive number. */
function mpint(number: Buffer): Buffer {
  const from = number.findIndex((byte) => byte !== 0);
  const digits = number.subarray(from);
  return (digits[0] ?? 0) >= 128 ? Buffer.concat([Buffer.of(0), digits]) : digits;
}

/** Listens at a socket in the file system; close it after use. */
export async function startTokenAgent(socketPath: string, key: TokenKey): Promise<Server> {
  const agent = createServer((socket) => {
    let open = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      open = Buffer.concat([open, chunk]);
      while (open.length >= 4 && open.length >= 4 + open.readUInt32BE()) {
        const end = 4 + open.readUInt32BE();
        socket.write(field(answerTo(open.subarray(4, end), key)));
        open = open.subarray(end);
      }
    });
  });
  agent.listen(socketPath);
  await once(agent, 'listening');
  return agent;
}

function answerTo(request: Buffer, key: TokenKey): Buffer {
  if (request[0] === REQUEST_IDENTITIES)
    return Buffer.concat([Buffer.of(IDENTITIES, 0, 0, 0, 1), field(key.blob), field('a token')]);
  if (request[0] !== SIGN_REQUEST) return Buffer.of(5);
  const blobEnd = 5 + request.readUInt32BE(1);
  const message = request.subarray(blobEnd + 4, blobEnd + 4 + request.readUInt32BE(blobEnd));
  // What follows the signature is not within its string.
  const signed = key.sign(message);
  const parts = [field(key.type), field(signed.subarray(0, -5)), signed.subarray(-5)];
  return Buffer.concat([Buffer.of(SIGN_RESPONSE), field(Buffer.concat(parts))]);
}
