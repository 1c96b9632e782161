/** Names of files as they come over SFTP -> paths that can be judged and shown. */
import { visibleText } from '../../../core/visible-text.ts';
import { PATH_BYTES_MAX } from './codec/packet-types.ts';

const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Null for what is not UTF-8, has characters that do not show, or is too long: nobody could judge it. */
export function readName(bytes: Buffer): string | null {
  if (bytes.length > PATH_BYTES_MAX) return null;
  try {
    const text = DECODER.decode(bytes);
    return /[\n\t]/.test(text) || visibleText(text) !== text ? null : text;
  } catch {
    return null;
  }
}

/** From `/`, with whatever dots it has. */
export function absolute(name: string, directory: string): string {
  return name.startsWith('/') ? name : `${directory}/${name}`;
}

/** `~` and `~/…` as OpenSSH expands them; null for the home of another account. */
export function expandHome(name: string, home: string): string | null {
  if (!name.startsWith('~')) return name;
  if (name === '~') return home;
  return name.startsWith('~/') ? `${home}${name.slice(1)}` : null;
}

/** The directory that a path lies in. */
export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
