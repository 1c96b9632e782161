import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BodyWriter } from '../../../src/broker/postgres/codec/body-writer.ts';
import { Framer, type FrameSink, type Treatment } from '../../../src/broker/postgres/codec/framer.ts';

type Seen = { readonly type: number; readonly how: string; readonly bytes: string };

/** A sink that writes down what it got; pieces of one message are joined. */
function recordingSink(treat: (type: number) => Treatment): { sink: FrameSink; seen: Seen[] } {
  const seen: Seen[] = [];
  let pieces = '';
  return {
    seen,
    sink: {
      treat,
      whole: (type, bytes) => void seen.push({ type, how: 'whole', bytes: bytes.toString('hex') }),
      piece: (type, bytes, { first, last }) => {
        pieces = (first ? '' : pieces) + bytes.toString('hex');
        if (last) seen.push({ type, how: 'stream', bytes: pieces });
      },
      skipped: (type, bodyBytes) => void seen.push({ type, how: 'skip', bytes: String(bodyBytes) }),
    },
  };
}

const MESSAGES = [
  new BodyWriter().string('select 1').message(0x51),
  new BodyWriter().message(0x53),
  new BodyWriter().bytes(Buffer.alloc(300, 7)).message(0x64),
  new BodyWriter().string('too large').message(0x50),
  new BodyWriter().string('s').message(0x42),
];
const STREAM = Buffer.concat(MESSAGES);
const TREATMENTS: Readonly<Record<number, Treatment>> = { 100: 'stream', 80: 'skip' };
const treat = (type: number): Treatment => TREATMENTS[type] ?? 'whole';

function framed(chunks: readonly Buffer[]): Seen[] {
  const { sink, seen } = recordingSink(treat);
  const framer = new Framer(sink);
  for (const chunk of chunks) framer.push(chunk);
  expect(framer.midMessage).toBe(false);
  return seen;
}

describe('the framer', () => {
  const whole = framed([STREAM]);

  test('delivers, streams and skips by treatment', () => {
    expect(whole.map(({ type, how }) => `${String.fromCharCode(type)}:${how}`)).toEqual([
      'Q:whole',
      'S:whole',
      'd:stream',
      'P:skip',
      'B:whole',
    ]);
    expect(whole[2]?.bytes).toBe(MESSAGES[2]?.toString('hex'));
  });

  test('gives the same at every split point', () => {
    for (let at = 0; at <= STREAM.length; at += 1) {
      expect(framed([STREAM.subarray(0, at), STREAM.subarray(at)])).toEqual(whole);
    }
  });

  test('gives the same byte by byte and for any cut into chunks', () => {
    expect(framed([...STREAM].map((byte) => Buffer.of(byte)))).toEqual(whole);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: STREAM.length }), { maxLength: 12 }), (cuts) => {
        const edges = [0, ...cuts.toSorted((left, right) => left - right), STREAM.length];
        const chunks = edges.slice(1).map((edge, index) => STREAM.subarray(edges[index], edge));
        expect(framed(chunks)).toEqual(whole);
      }),
    );
  });

  test('hands whole streamed neighbours of a batched type over at once, up to a message that is refused', () => {
    const row = (byte: number) => new BodyWriter().bytes(Buffer.alloc(9, byte)).message(0x44);
    const tag = new BodyWriter().string('SELECT 3').message(0x43);
    const rows = Buffer.concat([row(1), row(2), row(3)]);
    const given = Buffer.concat([rows, tag, row(4), row(5), row(6)]);
    let treated = 0;
    const { sink, seen } = recordingSink((type) => {
      if (type !== 0x44) return 'whole';
      treated += 1;
      if (treated === 6) throw new Error('no more rows');
      return 'stream';
    });
    const framer = new Framer({ ...sink, batched: 0x44 });
    expect(() => framer.push(given)).toThrow('no more rows');
    expect(seen).toEqual([
      { type: 0x44, how: 'stream', bytes: rows.toString('hex') },
      { type: 0x43, how: 'whole', bytes: tag.toString('hex') },
      { type: 0x44, how: 'stream', bytes: Buffer.concat([row(4), row(5)]).toString('hex') },
    ]);
    for (let at = 0; at <= rows.length + tag.length; at += 1) {
      const split = recordingSink((type) => (type === 0x44 ? 'stream' : 'whole'));
      const other = new Framer({ ...split.sink, batched: 0x44 });
      other.push(given.subarray(0, at));
      other.push(given.subarray(at, rows.length + tag.length));
      expect(split.seen.map(({ bytes }) => bytes).join('')).toBe(
        given.subarray(0, rows.length + tag.length).toString('hex'),
      );
    }
  });

  test('holds what follows while it is paused, and loses nothing of it', () => {
    const { sink, seen } = recordingSink(treat);
    const framer: Framer = new Framer({
      ...sink,
      whole: (type, bytes) => {
        framer.pause();
        sink.whole(type, bytes);
      },
    });
    framer.push(STREAM.subarray(0, 40));
    expect(seen).toHaveLength(1);
    framer.push(STREAM.subarray(40));
    expect(framer.waitingBytes).toBe(STREAM.length - (MESSAGES[0]?.length ?? 0));
    for (let resumes = 0; resumes < 5; resumes += 1) framer.resume();
    expect(seen).toEqual(whole);
    expect(framer.waitingBytes).toBe(0);
  });

  test('refuses a length below four, and passes on a refusal of the owner before reading the body', () => {
    const { sink } = recordingSink(treat);
    expect(() => new Framer(sink).push(Buffer.from([0x51, 0, 0, 0, 3]))).toThrow('below 4');
    const refusing = new Framer({
      ...sink,
      treat: () => {
        throw new Error('refused');
      },
    });
    expect(() => refusing.push(Buffer.from([0x51, 0x7f, 0xff, 0xff, 0xff]))).toThrow('refused');
  });
});
