/** Says when the access is about to end, and when it was extended. */
import { timeOf } from './prompt.ts';

const LOOK_MS = 1_000;
const WARNED_BEFORE_MS = [5 * 60_000, 60_000];

export interface Deadline {
  /** As it is now: it can move. */
  expiresAt(): Date;
  now(): Date;
}

/** @returns what is to be said since the last look, if anything */
export function deadlineNotices(deadline: Deadline, handle: string): () => string | null {
  let known = deadline.expiresAt();
  let leftBefore = known.getTime() - deadline.now().getTime();
  return () => {
    const expiresAt = deadline.expiresAt();
    const now = deadline.now();
    const left = expiresAt.getTime() - now.getTime();
    const wasMoved = expiresAt.getTime() !== known.getTime();
    const wasExtended = expiresAt > known;
    known = expiresAt;
    const passed = WARNED_BEFORE_MS.filter((before) => left <= before && leftBefore > before);
    leftBefore = left;
    if (wasMoved)
      return `Your access was ${wasExtended ? 'extended' : 'shortened'}: it ends at ${timeOf(expiresAt, now)}.`;
    const [warned] = passed.slice(-1);
    if (warned === undefined || left <= 0) return null;
    const minutes = warned / 60_000;
    return `Your access ends in ${minutes === 1 ? '1 minute' : `${minutes} minutes`}, and what runs then is stopped. To go on: /access extend ${handle} by 30m`;
  };
}

/** @returns stops it */
export function watchDeadline(deadline: Deadline, handle: string, say: (line: string) => void): () => void {
  const look = deadlineNotices(deadline, handle);
  const timer = setInterval(() => {
    const line = look();
    if (line !== null) say(line);
  }, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
