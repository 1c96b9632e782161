/** Time is passed in, so that a test can step it. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

/** `at` moved by `durationMs` milliseconds (negative moves back). */
export function after(at: Date, durationMs: number): Date {
  return new Date(at.getTime() + durationMs);
}
