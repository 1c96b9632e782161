/** The relay of SFTP in front of a real `sftp-server`: what passes was judged, whatever a client sends. */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NO_ATTRIBUTES } from '../../../../../src/broker/ssh/sftp/codec/attributes.ts';
import { encodeInit } from '../../../../../src/broker/ssh/sftp/codec/greeting.ts';
import { OPEN, PACKET, STATUS } from '../../../../../src/broker/ssh/sftp/codec/packet-types.ts';
import {
  type EncodedRequest,
  encodeRequest,
  parseRequest,
} from '../../../../../src/broker/ssh/sftp/codec/requests.ts';
import { parseHandle, parseStatus } from '../../../../../src/broker/ssh/sftp/codec/responses.ts';
import { encodePacket } from '../../../../../src/broker/ssh/sftp/codec/wire.ts';
import { FILES_MAX } from '../../../../../src/broker/ssh/sftp/open-files.ts';
import { isAppError } from '../../../../../src/core/errors.ts';
import { tries } from '../../../../support/thoroughness.ts';
import { type RelayedServer, SFTP_SERVER, startRelay } from './relayed-server.ts';

const DENY_SECRET = '[{ name: no-secrets, on: {}, match: { paths: ["*/secret/*"] }, action: deny }]';

/** As many directories above as a random path can go up, so that it stays in here. */
let scratch = '';
let root = '';
let relayed: RelayedServer | null = null;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'sallyport-relay-'));
  root = join(scratch, 'a/b/c/d');
  mkdirSync(join(root, 'secret'), { recursive: true });
  writeFileSync(join(root, 'secret/key'), 'the key');
  writeFileSync(join(root, 'file'), 'the file');
  symlinkSync('secret', join(root, 'way'));
});

afterEach(() => {
  relayed?.close();
  relayed = null;
  rmSync(scratch, { recursive: true, force: true });
});

const name = (path: string): Buffer => Buffer.from(path);
const open = (path: string, flags: number): EncodedRequest => {
  return { kind: 'open', path: name(path), flags, attributes: NO_ATTRIBUTES };
};
const write = (id: number, handle: Buffer, offset: bigint, data: string): Buffer =>
  encodePacket(PACKET.write, [id, handle, offset, Buffer.from(data)]);

async function begin(options: Partial<Parameters<typeof startRelay>[0]> = {}): Promise<RelayedServer> {
  relayed = startRelay({ directory: root, rules: DENY_SECRET, ...options });
  await relayed.send(encodeInit());
  await relayed.answered(1);
  return relayed;
}

describe.skipIf(!existsSync(SFTP_SERVER))('the relay', () => {
  test('passes what is allowed, and records the whole of a file', async () => {
    const server = await begin();
    await server.send(encodeRequest(7, open('up', OPEN.write | OPEN.create | OPEN.truncate)));
    const handle = parseHandle((await server.answered(2))[1] ?? fail());
    // Out of order.
    await server.send(write(8, handle, 5n, 'world'), write(9, handle, 0n, 'hello'));
    await server.send(encodeRequest(10, { kind: 'close', handle }));
    const answers = await server.answered(5);
    expect(answers.slice(2).map((packet) => [packet.id, parseStatus(packet)])).toEqual([
      [8, 0],
      [9, 0],
      [10, 0],
    ]);
    expect(readFileSync(join(root, 'up'), 'utf8')).toBe('helloworld');
    const sha256 = createHash('sha256').update('helloworld').digest('hex');
    expect(server.files).toMatchObject([
      { direction: 'upload', path: join(root, 'up'), bytes: 10, sha256, complete: true },
    ]);
  });

  test('sends no data to a handle that it did not see opened, nor to one for reading', async () => {
    const server = await begin();
    await server.send(write(1, Buffer.from('none'), 0n, 'x'), encodeRequest(2, open('file', OPEN.read)));
    const handle = parseHandle((await server.answered(3))[2] ?? fail());
    await server.send(write(3, handle, 0n, 'x'), encodeRequest(4, { kind: 'readdir', handle }));
    await server.send(
      encodeRequest(5, { kind: 'close', handle }),
      encodeRequest(6, { kind: 'fstat', handle }),
    );
    const answers = await server.answered(7);
    const codes = new Map(
      answers.filter(({ type }) => type === PACKET.status).map((one) => [one.id, parseStatus(one)]),
    );
    expect(codes.get(1)).toBe(STATUS.failure);
    expect(codes.get(3)).toBe(STATUS.permissionDenied);
    expect(codes.get(4)).toBe(STATUS.failure);
    expect(codes.get(5)).toBe(STATUS.ok);
    expect(codes.get(6)).toBe(STATUS.failure);
    expect(server.forwarded.some(({ type }) => type === PACKET.write)).toBe(false);
  });

  test('answers an extension that it does not know, and tells the server nothing of it', async () => {
    const server = await begin();
    await server.send(
      encodePacket(PACKET.extended, [5, Buffer.from('run@example.com'), Buffer.from('touch x')]),
    );
    const [, answer = fail()] = await server.answered(2);
    expect([answer.id, parseStatus(answer)]).toEqual([5, STATUS.unsupported]);
    expect(server.forwarded.some(({ type }) => type === PACKET.extended)).toBe(false);
  });

  test('moves no directory and links to none that could have what is meant in it, and moves files', async () => {
    const rules = `[{ name: keys, on: {}, match: { paths: ["${scratch}/*/secret/*"] }, action: deny }]`;
    const server = await begin({ rules });
    mkdirSync(join(root, 'empty'));
    symlinkSync('empty', join(root, 'to-empty'));
    const rename = (from: string): EncodedRequest => ({
      kind: 'rename',
      from: name(from),
      to: name('moved'),
    });
    const link = (target: string): EncodedRequest => {
      return { kind: 'symlink', target: name(target), path: name('linked') };
    };
    const asked: readonly [EncodedRequest, number][] = [
      [rename('empty'), STATUS.permissionDenied],
      [rename('..'), STATUS.permissionDenied],
      [rename('missing'), STATUS.permissionDenied],
      [link('empty'), STATUS.permissionDenied],
      [link('to-empty'), STATUS.permissionDenied],
      [link('missing'), STATUS.permissionDenied],
      [link('file'), STATUS.ok],
      [{ kind: 'remove', path: name('linked') }, STATUS.ok],
      [rename('file'), STATUS.ok],
      [{ kind: 'remove', path: name('moved') }, STATUS.ok],
      // A link that is moved takes nothing with it.
      [rename('to-empty'), STATUS.ok],
      [{ kind: 'rmdir', path: name('empty') }, STATUS.ok],
    ];
    await server.send(...asked.map(([request], at) => encodeRequest(at + 1, request)));
    const answers = (await server.answered(asked.length + 1)).slice(1);
    expect(answers.map((packet) => [packet.id, parseStatus(packet)])).toEqual(
      asked.map(([, status], at) => [at + 1, status]),
    );
    expect(readdirSync(root).toSorted()).toEqual(['moved', 'secret', 'way']);
  });

  test('has as many files open as its limit, with many requests in flight', async () => {
    const server = await begin();
    const requests = Array.from({ length: FILES_MAX + 1 }, (_none, at) =>
      encodeRequest(at + 1, open('file', OPEN.read)),
    );
    await server.send(Buffer.concat(requests));
    const answers = (await server.answered(FILES_MAX + 2)).slice(1);
    expect(answers.filter(({ type }) => type === PACKET.handle)).toHaveLength(FILES_MAX);
    const refused = answers.find(({ type }) => type === PACKET.status) ?? fail();
    expect([refused.id, parseStatus(refused)]).toEqual([FILES_MAX + 1, STATUS.failure]);
    const handle = parseHandle(answers.find(({ type }) => type === PACKET.handle) ?? fail());
    await server.send(encodeRequest(1, { kind: 'close', handle }), encodeRequest(2, open('file', OPEN.read)));
    expect((await server.answered(FILES_MAX + 4)).at(-1)?.type).toBe(PACKET.handle);
  });

  test('records what is cut as far as it came', async () => {
    const server = await begin();
    await server.send(encodeRequest(7, open('up', OPEN.write | OPEN.create)));
    const handle = parseHandle((await server.answered(2))[1] ?? fail());
    await server.send(write(8, handle, 0n, 'hello'));
    await server.answered(3);
    server.close();
    expect(server.files).toMatchObject([{ bytes: 5, sha256: null, complete: false }]);
  });

  test('ends at what is no greeting, and at a second one', async () => {
    for (const chunk of [
      encodeRequest(1, { kind: 'stat', path: name('/') }),
      encodePacket(PACKET.init, [2]),
    ]) {
      const server = startRelay({ directory: root });
      await server.send(chunk);
      expect(isAppError(server.failure(), 'invalid_input')).toBe(true);
      server.close();
    }
    const server = await begin();
    await server.send(encodeInit());
    expect(isAppError(server.failure(), 'invalid_input')).toBe(true);
  });

  test('forwards nothing unjudged, whatever is sent and wherever it is cut', {
    timeout: 60_000,
  }, async () => {
    const path = fc
      .array(fc.constantFrom('secret', 'key', 'way', 'file', 'new', '..', '.', 'dots'), { maxLength: 4 })
      .map((parts) => name(parts.join('/')));
    let judged = 0;
    const handle = fc.oneof(
      fc.constantFrom(Buffer.of(0, 0, 0, 0), Buffer.of(0, 0, 0, 1)),
      fc.uint8Array({ maxLength: 5 }).map((array) => Buffer.from(array)),
    );
    const attributes = fc.constant(NO_ATTRIBUTES);
    const request = fc.oneof(
      fc.record({ kind: fc.constant('open' as const), path, flags: fc.nat(63), attributes }),
      fc.record({
        kind: fc.constantFrom('lstat', 'opendir', 'remove', 'rmdir', 'realpath', 'stat', 'readlink'),
        path,
      }),
      fc.record({ kind: fc.constant('rename' as const), from: path, to: path }),
      fc.record({ kind: fc.constant('symlink' as const), target: path, path }),
      fc.record({ kind: fc.constant('mkdir' as const), path, attributes }),
      fc.record({ kind: fc.constantFrom('close', 'fstat', 'readdir'), handle }),
      fc.record({
        kind: fc.constant('read' as const),
        handle,
        offset: fc.constant(0n),
        length: fc.nat(70_000),
      }),
    ) as fc.Arbitrary<EncodedRequest>;
    const packet = fc.oneof(
      { weight: 12, arbitrary: request.map((one) => encodeRequest(1, one)) },
      { weight: 2, arbitrary: handle.map((one) => write(2, one, 0n, 'written')) },
      {
        weight: 1,
        arbitrary: fc.uint8Array({ minLength: 1, maxLength: 30 }).map((array) => Buffer.from(array)),
      },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(packet, { maxLength: 12 }),
        fc.integer({ min: 1, max: 60 }),
        async (packets, size) => {
          const server = await begin();
          const stream = Buffer.concat(packets);
          for (let from = 0; from < stream.length; from += size)
            await server.send(Buffer.from(stream.subarray(from, from + size)));
          // What is judged in its turn comes before the answer to this.
          const last = encodeRequest(0xffff, { kind: 'realpath', path: name(root) });
          await server.send(last);
          while (
            server.failure() === null &&
            !server.answers.some(
              ({ type, bytes, id }) => type !== PACKET.version && bytes > 8 && id === 0xffff,
            )
          )
            if (await stuck(server)) break;
          const { failure } = server;
          if (failure() !== null && !isAppError(failure(), 'invalid_input')) throw failure();
          const allowed = server.events.flatMap((event) =>
            event.type === 'statement' && event.verdict.action === 'allow' ? [event.text] : [],
          );
          for (const sent of server.forwarded) {
            if (sent.type === PACKET.init || QUESTIONS.has(sent.type)) continue;
            const one = parseRequest(sent);
            const named = 'path' in one ? one.path : 'from' in one ? one.from : null;
            if (named === null) continue;
            judged += 1;
            expect(named.toString()).not.toContain('secret/');
            expect(allowed.some((text) => text.includes(named.toString()))).toBe(true);
          }
          server.close();
          expect(readdirSync(join(root, 'secret'))).toEqual(['key']);
          expect(readFileSync(join(root, 'secret/key'), 'utf8')).toBe('the key');
        },
      ),
      { numRuns: tries({ byDay: 60, byNight: 1_500 }) },
    );
    expect(judged).toBeGreaterThan(20);
  });
});

/** The broker's own: kinds of paths, what links say, where it starts, sizes at the close. */
const QUESTIONS: ReadonlySet<number> = new Set([
  PACKET.lstat,
  PACKET.readlink,
  PACKET.realpath,
  PACKET.fstat,
]);

/** True when nothing more comes: the stream ended within a packet. */
async function stuck(server: RelayedServer): Promise<boolean> {
  const before = server.answers.length;
  const waited = new Promise<'late'>((resolve) => setTimeout(() => resolve('late'), 300));
  await Promise.race([server.answered(before + 1), waited]);
  return server.answers.length === before;
}

function fail(): never {
  throw new Error('an answer is missing');
}
