/** Long numbers in bytes, however they are grouped: what suggests a card or a telephone number. */
import { NO_CLUE } from './detector.ts';

const DIGIT = 1;
/** Space ( ) - . / + and the two bytes of a no-break space. */
const GAP = 2;
/** Bytes between two groups of one number: ") " or a no-break space. */
const GAP_BYTES_MAX = 2;

const KINDS = new Uint8Array(256);
for (const byte of Buffer.from('0123456789')) KINDS[byte] = DIGIT;
for (const byte of [...Buffer.from(' ()-./+'), 0xc2, 0xa0]) KINDS[byte] = GAP;

/** The offset behind `count` digits with at most two gap bytes between any two, from `from` on; else `NO_CLUE`. */
export function digitRunIn(bytes: Uint8Array, search: { from: number; count: number }): number {
  const { from, count } = search;
  // So many digits and gaps in a row cannot lie between two bytes that are `count` apart.
  for (let probe = from + count - 1; probe < bytes.length; probe += count) {
    if (KINDS[bytes[probe] ?? 0] === 0) continue;
    let start = probe;
    while (start > from && KINDS[bytes[start - 1] ?? 0] !== 0) start -= 1;
    const run = readRun(bytes, start, count);
    if (run.found) return run.end;
    probe = run.end;
  }
  return NO_CLUE;
}

/** Reads digits and gaps until there are enough digits, or something else comes. */
function readRun(bytes: Uint8Array, start: number, count: number): { found: boolean; end: number } {
  let digits = 0;
  let gap = 0;
  let at = start;
  for (; at < bytes.length; at += 1) {
    const kind = KINDS[bytes[at] ?? 0];
    if (kind === 0) break;
    if (kind === DIGIT) {
      digits += 1;
      gap = 0;
      if (digits >= count) return { found: true, end: at + 1 };
    } else {
      gap += 1;
      if (gap > GAP_BYTES_MAX) digits = 0;
    }
  }
  return { found: false, end: at };
}
