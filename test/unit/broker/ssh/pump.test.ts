import { PassThrough, Readable, Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pump } from '../../../../src/broker/ssh/pump.ts';
import { tries } from '../../../support/thoroughness.ts';

const LIVE = { confirmed: true, ended: null };
const PATIENCE = { timeout: 5_000, interval: 5 };

/** Takes one chunk at a time, and each only when `next` is called. */
function slowWriter(): { readonly to: Writable; readonly taken: Buffer[]; next(): void } {
  const taken: Buffer[] = [];
  let answer: (() => void) | null = null;
  const to = new Writable({
    highWaterMark: 1,
    write: (chunk: Buffer, _encoding, done) => {
      taken.push(chunk);
      answer = done;
    },
  });
  return { to, taken, next: () => answer?.() };
}

function collector(): { readonly to: Writable; readonly chunks: Buffer[] } {
  const chunks: Buffer[] = [];
  const to = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk);
      done();
    },
  });
  return { to, chunks };
}

test('hands chunks on as they are, at once or later, in their order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.boolean()), { maxLength: 30 }),
      async (pieces) => {
        const chunks: Buffer[] = pieces.map(([bytes]) => Buffer.from(bytes));
        const { to, chunks: passed } = collector();
        const later = new Map(pieces.map(([, isLater], index) => [chunks[index], isLater]));
        const { done } = pump(LIVE, {
          from: Readable.from(chunks, { objectMode: false }),
          to,
          through: (chunk) => (later.get(chunk) === true ? turn().then(() => chunk) : chunk),
        });
        await done;
        expect(Buffer.concat(passed)).toEqual(Buffer.concat(chunks));
      },
    ),
    { numRuns: tries({ byDay: 50, byNight: 1_000 }) },
  );
});

test('copies nothing', async () => {
  const chunk: Buffer = Buffer.alloc(32_768, 'a');
  const from = new PassThrough();
  const { to, chunks } = collector();
  const { done } = pump(LIVE, { from, to, through: (passing) => passing });
  from.end(chunk);
  await done;
  expect(chunks[0]?.buffer).toBe(chunk.buffer);
});

test('does not read on while the other side takes nothing', async () => {
  const { to, taken, next } = slowWriter();
  const from = new PassThrough({ highWaterMark: 4 });
  const { done } = pump(LIVE, { from, to, through: (chunk) => chunk });
  let sent = 0;
  for (let taking = true; taking; sent += 1) {
    if (sent > 20) throw new Error('it is read without end');
    taking = from.write('ab');
    await turn();
  }
  expect(Buffer.concat(taken).toString()).toBe('ab');
  from.end();
  while (Buffer.concat(taken).length < 2 * sent) {
    next();
    await turn();
  }
  next();
  await done;
  expect(Buffer.concat(taken).toString()).toBe('ab'.repeat(sent));
});

test('reads and drops what is left when nobody wants it, also while the other side is stuck', async () => {
  const { to, taken } = slowWriter();
  const from = new PassThrough({ highWaterMark: 4 });
  const { done, drop } = pump(LIVE, { from, to, through: (chunk) => chunk });
  from.write('ab');
  await turn();
  from.write('cdefgh');
  drop();
  from.end('the rest');
  await done;
  expect(Buffer.concat(taken).toString()).toBe('ab');
});

test('leaves what is to come for whoever reads next', async () => {
  const { to, chunks } = collector();
  const from = new PassThrough();
  const { done, leave } = pump(LIVE, { from, to, through: (chunk) => chunk });
  from.write('for it');
  await expect.poll(() => Buffer.concat(chunks).toString(), PATIENCE).toBe('for it');
  leave();
  await done;
  from.write('not for it');
  await turn();
  expect(from.read()?.toString()).toBe('not for it');
  expect(Buffer.concat(chunks).toString()).toBe('for it');
});

test('passes nothing while the session is not confirmed, and nothing once it has ended', async () => {
  const live: { confirmed: boolean; ended: 'grant-revoked' | null } = { confirmed: false, ended: null };
  const { to, chunks } = collector();
  const from = new PassThrough();
  const { done } = pump(live, { from, to, through: (chunk) => chunk });
  from.write('waits');
  await turn();
  expect(chunks).toEqual([]);
  live.confirmed = true;
  await expect.poll(() => Buffer.concat(chunks).toString(), PATIENCE).toBe('waits');
  live.ended = 'grant-revoked';
  from.end('too late');
  await done;
  expect(Buffer.concat(chunks).toString()).toBe('waits');
});

test('tells of what goes wrong on the way, and passes nothing behind it', async () => {
  for (const isLater of [false, true]) {
    const { to, chunks } = collector();
    const from = new PassThrough();
    const { done } = pump(LIVE, {
      from,
      to,
      through: () => {
        if (isLater) return Promise.reject(new Error('no room'));
        throw new Error('no room');
      },
    });
    from.end('something');
    await expect(done).rejects.toThrow('no room');
    expect(chunks).toEqual([]);
  }
});
