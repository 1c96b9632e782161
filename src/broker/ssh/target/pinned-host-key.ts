/** The host keys that a resource pins. A target that shows another one is refused, with the line to add. */
import { createHash } from 'node:crypto';
import type { ServerHostKeyAlgorithm } from 'ssh2';
import { AppError } from '../../../core/errors.ts';
import type { SshResource } from '../../../policies/document/schema.ts';
import { HOST_KEY_ALGORITHMS } from '../algorithms.ts';

/** A key in OpenSSH's one-line form; what stands before and behind it (hosts, a comment) does not matter. */
const LINE = /(?:^|\s)(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521))\s+([A-Za-z0-9+/]+={0,2})(?:\s|$)/;
const TYPE_BYTES_MAX = 64;

export interface PinnedHostKey {
  /** What to ask the target for: the pinned kind of key first. */
  readonly algorithms: readonly ServerHostKeyAlgorithm[];
  /** @param blob the key that the target shows, as RFC 4253 section 6.6 has it */
  matches(blob: Buffer): boolean;
}

/**
 * Reads `hostKey` of a resource: one key a line.
 * @throws AppError `config_invalid` when none can be read
 */
export function pinnedHostKey(resource: Pick<SshResource, 'name' | 'hostKey'>): PinnedHostKey {
  const found = resource.hostKey.split('\n').flatMap((line) => {
    const [, type, base64] = LINE.exec(line) ?? [];
    if (type === undefined || base64 === undefined) return [];
    const blob = Buffer.from(base64, 'base64');
    return typeOf(blob) === type ? [{ type, blob }] : [];
  });
  if (found.length === 0) {
    throw new AppError(
      'config_invalid',
      `hostKey of ${resource.name} is not a public key. Write one as ssh-keyscan prints it: ssh-ed25519 AAAA…`,
    );
  }
  const preferred = HOST_KEY_ALGORITHMS.filter((name) => found.some(({ type }) => isOfType(name, type)));
  return {
    algorithms: [...preferred, ...HOST_KEY_ALGORITHMS.filter((name) => !preferred.includes(name))],
    matches: (shown) => found.some(({ blob }) => blob.equals(shown)),
  };
}

/** What an operator reads when a target shows a key that is not pinned. */
export function unknownHostKey(resource: Pick<SshResource, 'name' | 'address'>, shown: Buffer): AppError {
  const type = typeOf(shown);
  const file = type.startsWith('ecdsa') ? 'ecdsa' : type.replace('ssh-', '');
  const fingerprint = createHash('sha256').update(shown).digest('base64').replace(/=+$/, '');
  return new AppError(
    'upstream_failed',
    [
      `The target ${resource.name} (${resource.address}) showed a host key that is not pinned, so nothing was sent to it.`,
      `If the host is the right one, write in its resource: hostKey: "${type} ${shown.toString('base64')}".`,
      `First check on the host that ssh-keygen -lf /etc/ssh/ssh_host_${file}_key.pub prints SHA256:${fingerprint}`,
    ].join(' '),
    { context: { resource: resource.name } },
  );
}

function isOfType(algorithm: ServerHostKeyAlgorithm, type: string): boolean {
  return algorithm === type || (type === 'ssh-rsa' && algorithm.startsWith('rsa-sha2-'));
}

/** The first field of a key: its type. Only for what is shown. */
function typeOf(blob: Buffer): string {
  const length = blob.length < 4 ? 0 : blob.readUInt32BE(0);
  if (length > TYPE_BYTES_MAX || blob.length < 4 + length) return 'unknown';
  return blob
    .subarray(4, 4 + length)
    .toString('latin1')
    .replace(/[^\w@.-]/g, '?');
}
