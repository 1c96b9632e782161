/** The packets of SFTP: round trips, every split point, limits at their edge, and nothing that crashes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Attributes, NO_ATTRIBUTES } from '../../../../../src/broker/ssh/sftp/codec/attributes.ts';
import { type Packet, PacketFramer } from '../../../../../src/broker/ssh/sftp/codec/framer.ts';
import {
  encodeInit,
  encodeVersion,
  judgedGreeting,
  parseGreeting,
} from '../../../../../src/broker/ssh/sftp/codec/greeting.ts';
import {
  PACKET,
  PACKET_BYTES_MAX,
  PATH_BYTES_MAX,
} from '../../../../../src/broker/ssh/sftp/codec/packet-types.ts';
import {
  type EncodedRequest,
  encodeRequest,
  openAccess,
  parseRequest,
  requestBytesMax,
} from '../../../../../src/broker/ssh/sftp/codec/requests.ts';
import * as responses from '../../../../../src/broker/ssh/sftp/codec/responses.ts';
import { encodePacket } from '../../../../../src/broker/ssh/sftp/codec/wire.ts';
import { isAppError } from '../../../../../src/core/errors.ts';
import { tries } from '../../../../support/thoroughness.ts';

function framed(
  chunks: readonly Buffer[],
  bytesMaxOf: (type: number) => number = () => PACKET_BYTES_MAX,
): Packet[] {
  const packets: Packet[] = [];
  const framer = new PacketFramer({ bytesMaxOf, deliver: (packet) => packets.push(packet) });
  for (const chunk of chunks) framer.push(chunk);
  return packets;
}

function onePacket(bytes: Buffer): Packet {
  const [packet, ...others] = framed([bytes]);
  if (packet === undefined || others.length > 0) throw new Error('not one packet');
  return packet;
}

const TRIES = { numRuns: tries({ byDay: 100, byNight: 20_000 }) };
const uint32 = fc.nat(0xffff_ffff);
const uint64 = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });
const bytes = (maxLength: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));
const path = bytes(300);
const handle = bytes(256);
const attributes: fc.Arbitrary<Attributes> = fc.record({
  size: fc.option(uint64),
  owner: fc.option(fc.record({ uid: uint32, gid: uint32 })),
  permissions: fc.option(uint32),
  times: fc.option(fc.record({ accessed: uint32, modified: uint32 })),
  extended: fc.array(fc.record({ name: bytes(20), value: bytes(20) }), { maxLength: 4 }),
});

const extension = fc.oneof(
  fc.record({
    name: fc.constantFrom('posix-rename@openssh.com', 'hardlink@openssh.com'),
    from: path,
    to: path,
  }),
  fc.record({ name: fc.constantFrom('statvfs@openssh.com', 'expand-path@openssh.com'), path }),
  fc.record({ name: fc.constantFrom('fsync@openssh.com', 'fstatvfs@openssh.com'), handle }),
  fc.record({ name: fc.constant('lsetstat@openssh.com' as const), path, attributes }),
  fc.record({ name: fc.constant('limits@openssh.com' as const) }),
  fc.record({ name: fc.constant('home-directory' as const), account: path }),
  fc.record({
    name: fc.constant('users-groups-by-id@openssh.com' as const),
    users: bytes(40),
    groups: bytes(40),
  }),
  fc.record({
    name: fc.constant('copy-data' as const),
    from: handle,
    fromOffset: uint64,
    length: uint64,
    to: handle,
    toOffset: uint64,
  }),
);

const request: fc.Arbitrary<EncodedRequest> = fc.oneof(
  fc.record({ kind: fc.constant('open' as const), path, flags: uint32, attributes }),
  fc.record({ kind: fc.constantFrom('close', 'fstat', 'readdir'), handle }),
  fc.record({ kind: fc.constant('read' as const), handle, offset: uint64, length: uint32 }),
  fc.record({
    kind: fc.constantFrom('lstat', 'opendir', 'remove', 'rmdir', 'realpath', 'stat', 'readlink'),
    path,
  }),
  fc.record({ kind: fc.constantFrom('setstat', 'mkdir'), path, attributes }),
  fc.record({ kind: fc.constant('fsetstat' as const), handle, attributes }),
  fc.record({ kind: fc.constant('rename' as const), from: path, to: path }),
  fc.record({ kind: fc.constant('symlink' as const), target: path, path }),
  fc.record({ kind: fc.constant('extended' as const), extension }) as fc.Arbitrary<EncodedRequest>,
);

describe('requests', () => {
  test('are what they were, once encoded and decoded', () => {
    fc.assert(
      fc.property(uint32, request, (id, one) => {
        const packet = onePacket(encodeRequest(id, one));
        expect(packet.id).toBe(id);
        expect(parseRequest(packet)).toEqual(one);
      }),
      TRIES,
    );
  });

  test('come out the same wherever the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(request, { minLength: 1, maxLength: 4 }),
        fc.array(fc.nat(40), { maxLength: 60 }),
        (all, cuts) => {
          const stream = Buffer.concat(all.map((one, id) => encodeRequest(id, one)));
          const packets = framed(cutUp(stream, cuts));
          expect(packets.map((packet) => [packet.id, parseRequest(packet)])).toEqual(
            all.map((one, id) => [id, one]),
          );
        },
      ),
      TRIES,
    );
  });

  test('at every single split point', () => {
    const write = encodePacket(PACKET.write, [7, Buffer.from('hand'), 9n, Buffer.from('the data')]);
    const stream = Buffer.concat([encodeRequest(1, { kind: 'stat', path: Buffer.from('/srv') }), write]);
    for (let cut = 0; cut <= stream.length; cut += 1) {
      const [first, second] = framed(
        [stream.subarray(0, cut), stream.subarray(cut)].map((part) => Buffer.from(part)),
      );
      if (first === undefined || second === undefined) throw new Error('a packet is missing');
      expect(parseRequest(first)).toMatchObject({ kind: 'stat' });
      const parsed = parseRequest(second);
      if (parsed.kind !== 'write') throw new Error('not a write');
      expect(Buffer.concat([...second.from(parsed.dataAt)]).toString()).toBe('the data');
      second.id = 0xfedc_ba98;
      const sent = Buffer.concat(second.parts);
      expect(sent.readUInt32BE(5)).toBe(0xfedc_ba98);
      expect(sent.subarray(9)).toEqual(write.subarray(9));
    }
  });

  test('that are garbled are refused, and nothing else happens', () => {
    fc.assert(
      fc.property(uint32, request, fc.nat(200), fc.nat(255), (id, one, at, value) => {
        const garbled = encodeRequest(id, one);
        garbled[4 + (at % (garbled.length - 4))] = value;
        onlyViolations(() => framed([garbled], requestBytesMax).map(parseRequest));
      }),
      TRIES,
    );
  });

  test('of random bytes never crash the reading', () => {
    fc.assert(
      fc.property(bytes(200), (random) => {
        onlyViolations(() => framed([random], requestBytesMax).map(parseRequest));
        for (const type of [3, 6, 9, 10, 18, 20, 200])
          onlyViolations(() =>
            framed([encodePacket(type, [1, { raw: random }])], requestBytesMax).map(parseRequest),
          );
      }),
      TRIES,
    );
  });
});

describe('limits', () => {
  test('a write may be as large as a packet, and no larger', () => {
    const around = 4 + 1 + 4 + 4 + 1 + 8 + 4;
    const write = (length: number): Buffer =>
      encodePacket(PACKET.write, [1, Buffer.from('h'), 0n, Buffer.alloc(length)]);
    const most = PACKET_BYTES_MAX - around;
    expect(framed([write(most)], requestBytesMax)).toHaveLength(1);
    expect(() => framed([write(most + 1)], requestBytesMax)).toThrow('larger than');
  });

  test('another request is small, and refused by what it announces', () => {
    const header = Buffer.from([0, 0, 0x84, 0xcd, PACKET.stat]);
    expect(() => framed([header], requestBytesMax)).toThrow('larger than 34000');
    header.writeUInt32BE(34_000 - 4);
    expect(framed([header], requestBytesMax)).toEqual([]);
    expect(() => framed([Buffer.from([0, 0, 0, 0, 3])], requestBytesMax)).toThrow('no type');
  });

  test('a path has an end', () => {
    const stat = (length: number): Packet =>
      onePacket(encodeRequest(1, { kind: 'stat', path: Buffer.alloc(length, 'a') }));
    expect(parseRequest(stat(PATH_BYTES_MAX))).toMatchObject({ kind: 'stat' });
    expect(() => parseRequest(stat(PATH_BYTES_MAX + 1))).toThrow('longer than 4096');
  });

  test('types that the other side sends are none', () => {
    for (const type of [0, 2, 21, 101, 105, 199, 201, 255])
      expect(() => requestBytesMax(type)).toThrow('no packet');
    for (const type of [0, 1, 3, 20, 106, 200, 255])
      expect(() => responses.responseBytesMax(type)).toThrow('no packet');
  });
});

describe('answers', () => {
  test('are what they were', () => {
    const { parseData, parseHandle, parseOneName, parseStatus, parseAttributesReply } = responses;
    fc.assert(
      fc.property(uint32, handle, attributes, uint32, (id, some, of, code) => {
        expect(parseHandle(onePacket(responses.encodeHandle(id, some)))).toEqual(some);
        expect(parseAttributesReply(onePacket(responses.encodeAttributesReply(id, of)))).toEqual(of);
        expect(parseStatus(onePacket(responses.encodeStatus(id, code, 'why')))).toBe(code);
        const data = onePacket(responses.encodeData(id, some));
        const { length, dataAt } = parseData(data);
        expect(Buffer.concat([...data.from(dataAt)]).subarray(0, length)).toEqual(some);
        const names = [{ name: some, line: Buffer.from('line'), attributes: of }];
        expect(parseOneName(onePacket(responses.encodeNames(id, names)))).toEqual(some);
      }),
      TRIES,
    );
  });

  test('that are garbled are refused', () => {
    fc.assert(
      fc.property(fc.constantFrom(2, 101, 102, 103, 104, 105), bytes(60), (type, random) => {
        const packet = encodePacket(type, [{ raw: random }]);
        onlyViolations(() => {
          for (const one of framed([packet], responses.responseBytesMax)) {
            for (const parse of [
              responses.parseData,
              responses.parseHandle,
              responses.parseOneName,
              responses.parseStatus,
              responses.parseAttributesReply,
              parseGreeting,
            ])
              onlyViolations(() => parse(one));
          }
        });
      }),
      TRIES,
    );
  });

  test('two names are not one', () => {
    const name = { name: Buffer.from('a'), line: Buffer.from('a'), attributes: NO_ATTRIBUTES };
    expect(() => responses.parseOneName(onePacket(responses.encodeNames(1, [name, name])))).toThrow(
      'one name',
    );
  });
});

describe('the greeting', () => {
  test('of a server keeps the extensions that are judged', () => {
    const offered = ['posix-rename@openssh.com', 'newstyle', 'copy-data', 'vendor-id', 'limits@openssh.com'];
    const greeting = {
      version: 3,
      extensions: offered.map((name) => ({ name: Buffer.from(name), value: Buffer.from('1') })),
    };
    const got = parseGreeting(
      onePacket(encodeVersion(judgedGreeting(parseGreeting(onePacket(encodeVersion(greeting)))))),
    );
    expect(got.version).toBe(3);
    expect(got.extensions.map(({ name }) => name.toString())).toEqual([
      'posix-rename@openssh.com',
      'copy-data',
      'limits@openssh.com',
    ]);
  });

  test('to a server asks for version 3', () => {
    expect(encodeInit().toString('hex')).toBe('000000050100000003');
  });
});

test('what a file is opened for', () => {
  expect(openAccess(1)).toEqual({ reads: true, writes: false });
  expect(openAccess(2)).toEqual({ reads: false, writes: true });
  expect(openAccess(0)).toEqual({ reads: true, writes: false });
  expect(openAccess(1 | 16)).toEqual({ reads: true, writes: true });
  expect(openAccess(16)).toEqual({ reads: true, writes: true });
  expect(openAccess(3 | 8)).toEqual({ reads: true, writes: true });
  expect(openAccess(1 | 64)).toEqual({ reads: true, writes: true });
});

function onlyViolations(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (!isAppError(error, 'invalid_input')) throw error;
  }
}

function cutUp(stream: Buffer, cuts: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (const length of cuts) {
    chunks.push(Buffer.from(stream.subarray(at, at + length)));
    at += length;
  }
  chunks.push(Buffer.from(stream.subarray(at)));
  return chunks;
}
