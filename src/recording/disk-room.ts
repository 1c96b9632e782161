import { statfsSync } from 'node:fs';
import { AppError } from '../core/errors.ts';

/** The beginning of a recording, and of a journal for it, fit into it several times. */
const BYTES_MIN = 65_536;

/**
 * Refuses before anything is written: a beginning that fails takes the journal of everybody with it, and leaves a name.
 * @throws AppError `recording_failed` when the disk is full
 */
export function requireDiskRoom(directory: string): void {
  const { blocks, bavail, bsize } = statfsSync(directory);
  // Some file systems count nothing.
  if (blocks === 0 || bavail * bsize >= BYTES_MIN) return;
  throw new AppError('recording_failed', `No session can begin now: the disk of ${directory} is full.`);
}
