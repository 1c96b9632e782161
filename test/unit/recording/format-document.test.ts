/**
 * Holds docs/recording-format.md to what the code does: the document's vector is what the writer
 * writes, and a second implementation, made from the document alone (nothing of ours is imported for
 * it), verifies and decrypts that vector.
 */
import {
  createDecipheriv,
  createHash,
  createHmac,
  createPublicKey,
  hkdfSync,
  verify as verifySignature,
} from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import type { JournalledInput, RecordingEvent } from '../../../src/recording/events.ts';
import { Journal } from '../../../src/recording/journal/journal.ts';
import { createRecordingKeys, type RecordingKeys } from '../../../src/recording/keys.ts';
import { openRecording } from '../../../src/recording/writer.ts';
import { END_EVENT, sampleFacts, signingKeyOf, statementEvent } from './sample-data.ts';
import { frameSpans, readAll, temporaryDirectory } from './sample-recording.ts';

const DOCUMENT = readFileSync(new URL('../../../docs/recording-format.md', import.meta.url), 'utf8');

/** The last fenced block of this language. */
function block(language: string): string {
  const start = DOCUMENT.lastIndexOf(`\`\`\`${language}\n`) + language.length + 4;
  return DOCUMENT.slice(start, DOCUMENT.indexOf('\n```', start));
}

const FILE = Buffer.from(block('hex').replaceAll('\n', ''), 'hex');
const JOURNAL = Buffer.from(block('journal').replaceAll('\n', ''), 'hex');
/** As it was written once: how small Zstandard makes something may change. */
const PACKED = Buffer.from(block('packed').replaceAll('\n', ''), 'hex');
/** The second is like the first, so the vector shows a repeat. */
const FIRST = statementEvent(1, 'select 1');
const EVENTS: readonly JournalledInput[] = [FIRST, { ...FIRST, atMs: 20, statement: 2 }, END_EVENT];

/** Written together, so that they are packed. */
const MANY = Array.from({ length: 8 }, (_, index) =>
  statementEvent(index + 1, `select * from orders where id = ${index + 1}`),
);

const START: RecordingEvent = { type: 'start', atMs: 0, facts: sampleFacts() };

function vectorKeys(): RecordingKeys {
  return createRecordingKeys({
    masterKey: new Secret(Buffer.alloc(32, 1)),
    signingKey: signingKeyOf(2),
    random: (count) => Buffer.alloc(count, 5),
  });
}

function vectorJournal(directory: string): Journal {
  return new Journal({
    directory,
    keys: vectorKeys(),
    sync: 'strict',
    clock: { now: () => new Date('2026-11-21T10:00:00.000Z') },
    random: (count) => Buffer.alloc(count, count === 32 ? 3 : 4),
  });
}

/** Writes the vector as the document describes it. */
async function writeVector(): Promise<{
  file: Buffer;
  journal: Buffer;
  headHex: string;
  pem: string;
  events: readonly unknown[];
}> {
  const directory = temporaryDirectory();
  const journal = vectorJournal(directory);
  const recorder = openRecording({ journal, facts: sampleFacts() });
  for (const event of EVENTS) recorder.append(event, FIRST);
  recorder.flush();
  const segment = readFileSync(join(directory, 'j-0404040404040404.000001.sjournal'));
  const { headHex } = await recorder.close();
  const { events } = await readAll({ path: recorder.path, keys: vectorKeys() });
  return {
    file: readFileSync(recorder.path),
    journal: segment,
    headHex,
    pem: vectorKeys().publicKeyPem,
    events,
  };
}

function sha256(...parts: Uint8Array[]): Buffer {
  return createHash('sha256').update(Buffer.concat(parts)).digest();
}

function hkdf(key: Uint8Array, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', info, 32));
}

function openGcm(key: Uint8Array, sealed: Buffer, associated: string): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12));
  decipher.setAAD(Buffer.from(associated)).setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
}

/** The second implementation. @returns events as JSON text, and the head */
function readByTheDocument(
  file: Buffer,
  input: { masterKey: Buffer; pem: string },
): { lines: string[]; head: string } {
  expect(file.subarray(0, 8)).toEqual(Buffer.from('5350524543 0d0a 01'.replaceAll(' ', ''), 'hex'));
  const publicKey = createPublicKey(input.pem);
  const lines: string[] = [];
  let chain = sha256(file.subarray(0, 8));
  let header = { sessionId: '', wrappedDataKey: '', iv: '', keyId: '', createdAt: '', signingKeySha256: '' };
  let authentication: Buffer = Buffer.alloc(0);
  let stream: ReturnType<typeof createDecipheriv> | null = null;
  let held: Buffer = Buffer.alloc(0);
  let sealed = false;
  for (let at = 8, sequence = 0; at < file.length; sequence++) {
    expect(sealed).toBe(false);
    const bodyBytes = file.readUInt32BE(at);
    const type = file.readUInt8(at + 4);
    expect(file.readUInt32BE(at + 5)).toBe(sequence);
    const frame = file.subarray(at, at + 9 + bodyBytes);
    const body = frame.subarray(9);
    if (type === 1) {
      header = JSON.parse(body.toString('utf8'));
      expect(header.signingKeySha256).toBe(
        sha256(publicKey.export({ type: 'spki', format: 'der' })).toString('hex'),
      );
      expect(header.keyId).toBe(
        hkdf(input.masterKey, 'sallyport master key id v1').subarray(0, 8).toString('hex'),
      );
      const wrapping = hkdf(input.masterKey, 'sallyport recording data key wrap v1');
      const dataKey = openGcm(wrapping, Buffer.from(header.wrappedDataKey, 'base64'), header.sessionId);
      authentication = hkdf(dataKey, 'sallyport recording authentication v1');
      const encryption = hkdf(dataKey, 'sallyport recording encryption v1');
      stream = createDecipheriv('aes-256-ctr', encryption, Buffer.from(header.iv, 'base64'));
    } else if (type === 4) {
      const id = Buffer.from(header.sessionId);
      const context = Buffer.from('sallyport recording checkpoint v1\0');
      const message = Buffer.concat([
        context,
        Buffer.from([id.length]),
        id,
        frame.subarray(0, 9),
        body.subarray(0, 81),
      ]);
      expect(verifySignature(null, message, publicKey, body.subarray(81))).toBe(true);
      expect(body.subarray(49, 81)).toEqual(chain);
      sealed = body.readUInt8(0) !== 1;
    } else {
      const tag = createHmac('sha256', authentication).update(chain).update(frame.subarray(0, -32)).digest();
      expect(body.subarray(-32)).toEqual(tag);
      const part = stream?.update(body.subarray(0, -32)) ?? Buffer.alloc(0);
      held = Buffer.concat([held, part]);
      if (type === 2) lines.push(...held.toString('utf8').split('\n'));
      if (type === 6) lines.push(...zstdDecompressSync(held).toString('utf8').split('\n'));
      if (type !== 3) held = Buffer.alloc(0);
    }
    chain = sha256(chain, frame);
    at += frame.length;
  }
  expect(sealed).toBe(true);
  return { lines, head: chain.toString('hex') };
}

/** The same for a segment of a journal. @returns the plaintexts of its frames */
function readJournalByTheDocument(file: Buffer, masterKey: Buffer): string[] {
  expect(file.subarray(0, 8)).toEqual(Buffer.from('53504a4e4c0d0a01', 'hex'));
  const lengthAt = (at: number): number => {
    const length = file.readUInt32BE(at);
    expect(file.readUInt32BE(at + 4)).toBe(0xffff_ffff - length);
    return length;
  };
  const framesAt = 16 + lengthAt(8);
  const header = JSON.parse(file.toString('utf8', 16, framesAt));
  const wrapping = hkdf(masterKey, 'sallyport recording data key wrap v1');
  const context = `${header.journalId}.${header.segment}`;
  const dataKey = openGcm(wrapping, Buffer.from(header.wrappedDataKey, 'base64'), context);
  const authentication = hkdf(dataKey, 'sallyport journal authentication v1');
  const encryption = hkdf(dataKey, 'sallyport journal encryption v1');
  const stream = createDecipheriv('aes-256-ctr', encryption, Buffer.from(header.iv, 'base64'));
  const texts: string[] = [];
  let tag = sha256(file.subarray(0, framesAt));
  for (let at = framesAt; at < file.length; ) {
    const tagAt = at + 8 + lengthAt(at);
    tag = createHmac('sha256', authentication).update(tag).update(file.subarray(at, tagAt)).digest();
    expect(file.subarray(tagAt, tagAt + 32)).toEqual(tag);
    texts.push(stream.update(file.subarray(at + 8, tagAt)).toString('utf8'));
    at = tagAt + 32;
  }
  return texts;
}

describe('docs/recording-format.md', () => {
  it('shows what the writer writes, byte for byte', async () => {
    const vector = await writeVector();
    expect(FILE.toString('hex')).toBe(vector.file.toString('hex'));
    expect(JOURNAL.toString('hex')).toBe(vector.journal.toString('hex'));
    expect(block('pem').trim()).toBe(vector.pem.trim());
    expect(block('head').trim()).toBe(vector.headHex);
    expect(vector.events).toEqual([START, ...EVENTS]);
    for (const { length } of [vector.file, vector.journal])
      expect(DOCUMENT).toContain(`(${length.toLocaleString('en')} bytes)`);
  });

  it('suffices for a second implementation', () => {
    const read = readByTheDocument(FILE, { masterKey: Buffer.alloc(32, 1), pem: block('pem') });
    expect(read.lines).toEqual(block('json').split('\n'));
    expect(read.head).toBe(block('head').trim());
    const [, ...lines] = block('json').split('\n');
    const journalled = lines.map((line, index) => `s-1 ${index + 1} ${line}\n`).join('');
    const packed = readByTheDocument(PACKED, { masterKey: Buffer.alloc(32, 1), pem: block('pem') });
    expect(packed.lines.slice(1).map((line) => JSON.parse(line))).toEqual(packedStatements());
    expect(packed.head).toBe(block('packed-head').trim());
    expect(readJournalByTheDocument(JOURNAL, Buffer.alloc(32, 1))).toEqual(['s-1 0 \n', journalled]);
  });

  it('describes packed frames as the writer writes and the reader reads them', async () => {
    const file = await writePacked();
    expect(typesOf(file)).toEqual([1, 2, 4, 6, 4]);
    expect(typesOf(PACKED)).toEqual([1, 2, 4, 6, 4]);
    const path = join(temporaryDirectory(), 's-1.sprec');
    for (const bytes of [file, PACKED]) {
      writeFileSync(path, bytes);
      const { events, end } = await readAll({ path, keys: vectorKeys() });
      expect(events).toEqual([START, ...MANY]);
      expect(end.complete).toBe(true);
    }
  });
});

function typesOf(file: Buffer): number[] {
  return frameSpans(file).map(({ type }) => type);
}

function packedStatements(): object[] {
  return MANY.map(({ textSha256: _follows, ...stored }) => stored);
}

async function writePacked(): Promise<Buffer> {
  const journal = vectorJournal(temporaryDirectory());
  const recorder = openRecording({ journal, facts: sampleFacts() });
  for (const event of MANY) recorder.append(event);
  await recorder.close();
  return readFileSync(recorder.path);
}
