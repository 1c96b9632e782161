/** Keys made by the real `ssh-keygen`. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface KeyFile {
  /** Of the private key, which only its owner may read. */
  readonly file: string;
  /** `ssh-ed25519 AAAA…`, without a comment. */
  readonly publicKey: string;
}

/**
 * @param options.file must not exist yet
 * @param options.type what `ssh-keygen -t` takes
 */
export function makeKey(options: { readonly file: string; readonly type?: string }): KeyFile {
  const { file, type = 'ed25519' } = options;
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', '', '-f', file]);
  const [algorithm, key] = readFileSync(`${file}.pub`, 'utf8').trim().split(' ');
  return { file, publicKey: `${algorithm} ${key}` };
}
