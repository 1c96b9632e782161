import { writeSync } from 'node:fs';

/** One write; another only after a short one, whose reason the next attempt then tells. */
export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    const written = writeSync(fd, bytes, at, bytes.length - at);
    if (written === 0) throw new Error('the file takes no more bytes');
    at += written;
  }
}
