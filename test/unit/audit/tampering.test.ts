/** What somebody could do to an exported log, or to the log itself before it is exported, and how it is named. */
import { describe, expect, it } from 'vitest';
import type { LogLine } from '../../../src/audit/log-line.ts';
import type { LogProblemCode, LogReport, WitnessedHead } from '../../../src/audit/log-walk.ts';
import type { LoggedEvent } from '../../../src/audit/logged-event.ts';
import { verifyLogFile } from '../../../src/audit/verify-file.ts';
import { chained, exportLines, exportText, type SampleLogEvent } from '../../support/sample-log.ts';
import { makeSigner } from '../../support/signer.ts';
import { share } from '../../support/thoroughness.ts';

const SIGNER = makeSigner();
const SAID: SampleLogEvent[] = [
  { type: 'policy.applied', subject: 'v1', data: {} },
  {
    type: 'request.created',
    subject: 'r-1',
    actorId: 'p-1',
    data: { reason: 'slow — “checkout”', minutes: 60 },
  },
  { type: 'vote.cast', subject: 'r-1', actorId: 'p-2', data: { verdict: 'approve', groups: ['sre', 'dba'] } },
  { type: 'session.started', subject: 's-1', actorId: 'p-1', data: { grantId: 'g-1', application: null } },
  { type: 'session.ended', subject: 's-1', data: { commands: 2, recordingHead: 'ab'.repeat(32), rows: 1.5 } },
  { type: 'grant.expired', subject: 'g-1', data: { late: false } },
  { type: 'freeze.begun', subject: 'deployment', actorId: 'p-3', data: { reason: 'line\nfeed' } },
  { type: 'freeze.lifted', subject: 'deployment', actorId: 'p-3', data: { '10': 1, '9': 2, a: '\u{1f512}' } },
];
const EVENTS = chained(SAID);
const LINES = exportLines(EVENTS, SIGNER);
const GOOD = exportText(LINES);
/** Where its lines begin. */
const STARTS = LINES.map((_, index) => exportText(LINES.slice(0, index)).length);

function verify(bytes: Uint8Array, witnessed: WitnessedHead | null = null): Promise<LogReport> {
  return verifyLogFile({ bytes, key: SIGNER.publicKey, witnessed });
}

const verifyLines = (lines: readonly LogLine[], witnessed: WitnessedHead | null = null): Promise<LogReport> =>
  verify(exportText(lines), witnessed);

function codes(report: LogReport): readonly [LogProblemCode, number | null][] {
  return report.problems.map(({ code, sequence }) => [code, sequence]);
}

/** Where the line of this event begins. */
function byteOf(sequence: number, lines: readonly LogLine[] = LINES): number {
  const index = lines.findIndex((line) => line.kind === 'event' && line.event.sequence === sequence);
  return exportText(lines.slice(0, index)).length;
}

const indexOf = (sequence: number): number =>
  LINES.findIndex((line) => line.kind === 'event' && line.event.sequence === sequence);

/** The log from this event on as somebody makes it who can compute hashes, and cannot sign. */
function rewrittenFrom(sequence: number): LoggedEvent[] {
  const said = SAID.map((event, index) => (index + 1 === sequence ? { ...event, actorId: 'p-9' } : event));
  return chained(said);
}

/** The same export with other events; the heads are the true ones. */
function withEvents(events: readonly LoggedEvent[]): LogLine[] {
  return LINES.map((line) => {
    const event = line.kind === 'event' ? events[line.event.sequence - 1] : undefined;
    return event === undefined ? line : { kind: 'event', event };
  });
}

describe('the verifier of the log', () => {
  it('passes a whole one and says how far it is signed', async () => {
    expect(await verify(GOOD)).toEqual({
      ok: true,
      events: 8,
      first: 1,
      last: 8,
      headSha256: EVENTS[7]?.sha256,
      heads: 3,
      signedThrough: 8,
      signedAt: '2026-11-21T10:01:10.900Z',
      unsignedEvents: 0,
      problems: [],
      problemsOmitted: 0,
    });
  });

  it('notices every flipped bit, and names the line that it is in or the one that it hides', async () => {
    const bits = Array.from({ length: GOOD.length * 8 }, (_, bit) => bit);
    for (const bit of share(bits, 128)) {
      const at = bit >> 3;
      const flipped = Buffer.from(GOOD);
      flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << (bit & 7)), at);
      const report = await verify(flipped);
      if (report.ok) expect.fail(`bit ${bit} went unnoticed`);
      const line = STARTS.findLast((start) => start <= at) ?? 0;
      const [first] = report.problems;
      if (first?.byte == null || first.byte < line) expect.fail(`bit ${bit} was named at ${first?.byte}`);
      if (
        (report.signedThrough ?? 0) > 0 &&
        line < (STARTS[3] ?? 0) &&
        report.heads === 3 &&
        first.code === 'unsigned'
      )
        expect.fail(`bit ${bit} was only called unsigned`);
    }
  });

  it('names an altered event by its place, and goes on behind it', async () => {
    const events = EVENTS.map((event) =>
      event.sequence === 2 || event.sequence === 7 ? { ...event, actorId: 'p-9' } : event,
    );
    const report = await verifyLines(withEvents(events));
    expect(report.problems).toMatchObject([
      { code: 'event_altered', sequence: 2, byte: byteOf(2) },
      { code: 'event_altered', sequence: 7, byte: byteOf(7, withEvents(events)) },
    ]);
  });

  it('tells an object from a list of its members, and a number from a text', async () => {
    for (const data of [[['late', false]], { late: 'false' }, { late: 0 }, { late: false, more: null }]) {
      const forged = GOOD.toString('utf8').replace('{"late":false}', JSON.stringify(data));
      expect((await verify(Buffer.from(forged))).ok).toBe(false);
    }
  });

  it('names a missing event, several, and the first ones of a log that says it is whole', async () => {
    expect(codes(await verifyLines(LINES.toSpliced(indexOf(5), 1)))).toEqual([['event_missing', 6]]);
    const gap = await verifyLines(
      LINES.filter((line) => line.kind === 'head' || ![4, 5].includes(line.event.sequence)),
    );
    expect(gap.problems[0]).toMatchObject({
      code: 'event_missing',
      message: 'events 4 to 5 are missing',
      sequence: 6,
    });
    const part = await verifyLines(LINES.slice(indexOf(4)));
    expect(part).toMatchObject({ ok: true, first: 4, last: 8 });
  });

  it('names repeated and exchanged events', async () => {
    const [five, six] = [LINES[indexOf(5)], LINES[indexOf(6)]] as [LogLine, LogLine];
    const repeated = await verifyLines(LINES.toSpliced(indexOf(5), 0, five));
    expect(codes(repeated)).toEqual([['out_of_order', 5]]);
    const exchanged = await verifyLines(LINES.toSpliced(indexOf(5), 2, six, five));
    expect(codes(exchanged).slice(0, 2)).toEqual([
      ['event_missing', 6],
      ['out_of_order', 5],
    ]);
  });

  it('names an event of another log at its place', async () => {
    const other = chained(SAID.map((event) => ({ ...event, actorId: 'p-9' })));
    const mixed = EVENTS.with(4, other[4] as LoggedEvent);
    expect(codes(await verifyLines(withEvents(mixed)))).toEqual([
      ['chain_broken', 5],
      ['chain_broken', 6],
    ]);
  });

  it('names a tail that was rewritten with all its hashes, by the head that was signed behind it', async () => {
    for (const from of [1, 2, 4, 7, 8]) {
      const report = await verifyLines(withEvents(rewrittenFrom(from)));
      const first = [3, 6, 8].find((head) => head >= from);
      expect(codes(report)[0]).toEqual(['rewritten', first]);
      expect(report.signedThrough).toBe([0, 3, 6].findLast((head) => head < from) || null);
    }
    const { problems } = await verifyLines(withEvents(rewrittenFrom(5)));
    expect(problems[0]?.message).toContain('something from event 4 to 6 was rewritten');
  });

  it('does not take a rewritten tail without its heads: a deployment signs within a minute', async () => {
    const late = chained(SAID.map((event, index) => ({ ...event, at: instant(60 * index) })));
    const tail = chained(
      SAID.map((event, index) => ({
        ...event,
        at: instant(60 * index),
        actorId: index < 3 ? (event.actorId ?? null) : 'p-9',
      })),
    );
    const lines = exportLines(late, SIGNER).slice(0, 4);
    const forged = [...lines, ...tail.slice(3).map((event): LogLine => ({ kind: 'event', event }))];
    expect(codes(await verifyLines(forged))).toEqual([['unsigned', 4]]);
    expect(codes(await verifyLines(forged.filter(({ kind }) => kind === 'event')))).toEqual([
      ['unsigned', 1],
    ]);
  });

  it('leaves two minutes to the signature of the newest events, and no more', async () => {
    const withTail = (seconds: number): Promise<LogReport> => {
      const events = chained([...SAID.slice(0, 3), { ...(SAID[3] as SampleLogEvent), at: instant(seconds) }]);
      return verifyLines([
        ...exportLines(events.slice(0, 3), SIGNER),
        { kind: 'event', event: events[3] as LoggedEvent },
      ]);
    };
    // The head was signed 20.9 seconds after the first event.
    expect(await withTail(140.9)).toMatchObject({ ok: true, unsignedEvents: 1, signedThrough: 3 });
    expect(codes(await withTail(140.901))).toEqual([['unsigned', 4]]);
  });

  it('needs what chat shows to notice an end that was cut behind a head, and then names it', async () => {
    const cut = LINES.slice(0, indexOf(7));
    const shown = { sequence: 8, sha256: EVENTS[7]?.sha256 ?? '' };
    expect((await verifyLines(cut)).ok).toBe(true);
    expect(codes(await verifyLines(cut, shown))).toEqual([['cut', 8]]);
    expect((await verifyLines(LINES, shown)).ok).toBe(true);
    expect(codes(await verifyLines(LINES.slice(indexOf(4)), { ...shown, sequence: 2 }))).toEqual([
      ['head_not_covered', 2],
    ]);
  });

  it('tells by what chat shows that even a log with good signatures is another one', async () => {
    // Whoever has the signing key, too.
    const forged = exportLines(rewrittenFrom(5), SIGNER);
    expect((await verifyLines(forged)).ok).toBe(true);
    const shown = { sequence: 6, sha256: EVENTS[5]?.sha256 ?? '' };
    expect(codes(await verifyLines(forged, shown))).toEqual([['rewritten', 6]]);
  });

  it('names heads of another key, forged ones, and heads at another place', async () => {
    const other = exportLines(EVENTS, makeSigner());
    expect(codes(await verifyLines(other)).map(([code]) => code)).toEqual([
      'wrong_key',
      'wrong_key',
      'wrong_key',
      'unsigned',
    ]);
    const renamed = other.map(
      (line): LogLine =>
        line.kind === 'event'
          ? line
          : { ...line, head: { ...line.head, signingKeySha256: SIGNER.publicKey.sha256 } },
    );
    expect(codes(await verifyLines(renamed))[0]).toEqual(['bad_signature', 3]);
    const head = LINES[3] as LogLine;
    expect(
      codes(await verifyLines([...LINES.slice(0, 3), ...LINES.slice(4, 6), head, ...LINES.slice(6)])),
    ).toEqual([['head_out_of_place', 3]]);
    expect(codes(await verifyLines([head, ...LINES]))[0]).toEqual(['head_out_of_place', 3]);
  });

  it('names a file that was cut, at any byte', async () => {
    for (const length of share(
      Array.from({ length: GOOD.length }, (_, index) => index),
      8,
    )) {
      const report = await verify(GOOD.subarray(0, length));
      const whole = STARTS.indexOf(length);
      if (whole === -1) expect(report.problems[0]).toMatchObject({ code: 'malformed_line' });
      else
        expect(report).toMatchObject({
          events: LINES.slice(0, whole).filter(({ kind }) => kind === 'event').length,
        });
    }
  });

  it('takes nothing in another notation, and answers for what is no log at all', async () => {
    const text = GOOD.toString('utf8');
    for (const forged of [
      text.replaceAll('\n', '\r\n'),
      text.replace('{"actorId"', '{ "actorId"'),
      text.replace('"kind":"event"', '"kind":"event","kind":"event"'),
      text.replace('“', '\\u201c'),
      text.replace('"id":1,', '"id":1.0,'),
      `\ufeff${text}`,
      'not a log\n',
      '[]\n',
      `${'['.repeat(5_000)}${']'.repeat(5_000)}\n`,
    ]) {
      expect(forged).not.toBe(text);
      expect((await verify(Buffer.from(forged))).problems[0]).toMatchObject({ code: 'malformed_line' });
    }
    expect(await verify(Buffer.alloc(0))).toMatchObject({
      ok: false,
      events: 0,
      first: null,
      problems: [{ code: 'unsigned', byte: 0 }],
    });
  });

  it('lists so many problems and counts the others', async () => {
    const report = await verify(Buffer.from('x\n'.repeat(1_007)));
    expect([report.problems.length, report.problemsOmitted]).toEqual([1_000, 7]);
  });
});

function instant(secondsAfter: number): string {
  return new Date(Date.parse('2026-11-21T10:00:00.000Z') + Math.round(secondsAfter * 1_000)).toISOString();
}
