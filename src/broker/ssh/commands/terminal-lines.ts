/**
 * A command without a terminal whose client has one: the client's terminal is raw, so line feeds need their carriage
 * return, and the keys that a terminal turns into signals arrive as bytes.
 */
import { Transform, type Writable } from 'node:stream';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const CTRL_C = 0x03;
const CTRL_D = 0x04;
const CTRL_BACKSLASH = 0x1c;

/** A stream into `to` that puts a carriage return before each line feed without one. Its end is not passed on. */
export function withCarriageReturns(to: Writable): Transform {
  let last = 0;
  const lines = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const shown: Buffer[] = [];
      let from = 0;
      for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, at + 1)) {
        const before = at === 0 ? last : chunk[at - 1];
        if (before === CARRIAGE_RETURN) continue;
        shown.push(chunk.subarray(from, at), Buffer.of(CARRIAGE_RETURN));
        from = at;
      }
      last = chunk.at(-1) ?? last;
      shown.push(chunk.subarray(from));
      done(null, shown.length === 1 ? chunk : Buffer.concat(shown));
    },
  });
  lines.pipe(to, { end: false });
  return lines;
}

/**
 * What is typed, as a program without a terminal reads it. Ctrl-D at the beginning of a line ends it. Nothing is
 * echoed, so what is typed may be a password.
 * @param onKey for Ctrl-C and Ctrl-\, which are not read
 */
export function typedLines(onKey: (signal: 'INT' | 'QUIT') => void): Transform {
  let atLineStart = true;
  let ended = false;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const read: number[] = [];
      for (const byte of chunk) {
        if (byte === CTRL_C) onKey('INT');
        else if (byte === CTRL_BACKSLASH) onKey('QUIT');
        else if (byte === CTRL_D && atLineStart && !ended) {
          if (read.length > 0) this.push(Buffer.from(read.splice(0)));
          this.push(null);
          ended = true;
        } else if (byte !== CTRL_D && !ended) {
          read.push(byte === CARRIAGE_RETURN ? LINE_FEED : byte);
          atLineStart = byte === CARRIAGE_RETURN || byte === LINE_FEED;
        }
      }
      if (read.length > 0) this.push(Buffer.from(read));
      done();
    },
    flush(done) {
      ended = true;
      done();
    },
  });
}
