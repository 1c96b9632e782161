/**
 * Loaded into a server with --import: its wall clock is off by the milliseconds in the file that STEP_CLOCK_FILE
 * names, as if somebody had set the clock of its machine. Timers and the monotonic clock go on as they do then.
 */
import { readFileSync } from 'node:fs';

const READ_EVERY_MS = 100;
const RealDate = Date;
let offsetMs = 0;

setInterval(() => {
  offsetMs = Number(readFileSync(process.env.STEP_CLOCK_FILE, 'utf8')) || 0;
}, READ_EVERY_MS).unref();

globalThis.Date = class SteppedDate extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + offsetMs);
    else super(...args);
  }

  static now() {
    return RealDate.now() + offsetMs;
  }
};
