import { readdirSync, readlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { groupSeat } from '../../../src/core/claim.ts';
import { exportJsonLines } from '../../../src/recording/exporters/json-lines.ts';
import { exportText } from '../../../src/recording/exporters/text.ts';
import { readRecording } from '../../../src/recording/reader.ts';
import { buildTimeline } from '../../../src/recording/timeline.ts';
import { END_EVENT, type SampleEvent, sampleFacts, statementEvent } from './sample-data.ts';
import { frameSpans, readAll, type SampleRecording, writeSample } from './sample-recording.ts';

const COLUMNS = [
  { name: 'id', masked: false },
  { name: 'email', masked: true },
];
const SESSION: readonly SampleEvent[] = [
  {
    ...statementEvent(1, 'select id, email\nfrom customers'),
    analysis: [
      {
        text: 'select id, email\nfrom customers',
        effects: ['select'],
        relations: [
          { schema: 'public', name: 'customers', access: 'read' },
          { schema: null, name: 'orders', access: 'read' },
          { schema: null, name: 'orders', access: 'read' },
        ],
        functions: [],
        flags: [],
      },
    ],
    parameters: ['7', null],
    protocol: 'execute',
  },
  {
    type: 'rows',
    atMs: 12,
    statement: 1,
    columns: COLUMNS,
    rows: [
      ['1', '<masked>'],
      ['2', null],
    ],
  },
  { type: 'rows', atMs: 13, statement: 1, columns: COLUMNS, rows: [['3', '\u001b[2J\u202eevil\nline']] },
  {
    type: 'outcome',
    atMs: 15,
    statement: 1,
    durationMs: 1_500,
    tags: ['SELECT 3'],
    rows: 3,
    maskedCells: 2,
    error: null,
  },
  {
    ...statementEvent(2, 'delete from customers'),
    verdict: { action: 'deny', rule: 'no-unbounded-writes', reason: 'Add a WHERE clause.' },
    analysis: [
      {
        text: 'delete from customers',
        effects: ['delete', 'select'],
        relations: [],
        functions: [],
        flags: [],
      },
    ],
  },
  statementEvent(3, 'select 1/0'),
  {
    type: 'outcome',
    atMs: 31,
    statement: 3,
    durationMs: 1,
    tags: [],
    rows: 0,
    maskedCells: 0,
    error: { sqlState: '22012', message: 'division by zero' },
  },
  END_EVENT,
];

async function collect(parts: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const part of parts) text += part;
  return text;
}

function read(sample: SampleRecording): ReturnType<typeof readRecording> {
  return readRecording({ path: sample.path, keys: sample.keys });
}

/** How often this process has the file open (Linux). */
function openDescriptors(path: string): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path;
    } catch {
      return false;
    }
  }).length;
}

describe('the JSON lines', () => {
  it('are the events, one a line, and how the recording ended', async () => {
    const sample = await writeSample(SESSION);
    const text = await collect(exportJsonLines(read(sample)));
    const lines = text.split('\n');
    expect(lines.pop()).toBe('');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { type: 'start', atMs: 0, facts: sampleFacts() },
      ...SESSION,
      { type: 'recording', complete: true, sealedBy: 'close', problem: null },
    ]);
  });

  it('drive no terminal: control and reordering characters are escaped', async () => {
    const text = await collect(exportJsonLines(read(await writeSample(SESSION))));
    expect(text).not.toMatch(/[\u0080-\u009f\u202a-\u202e\u2066-\u2069]/);
    expect(text).toContain('\\u202eevil');
  });

  it('say where a damaged recording stops', async () => {
    const sample = await writeSample(SESSION);
    const damaged = Buffer.from(sample.bytes);
    const span = frameSpans(damaged)[4];
    damaged.writeUInt8(damaged.readUInt8((span?.start ?? 0) + 20) ^ 1, (span?.start ?? 0) + 20);
    writeFileSync(sample.path, damaged);
    const lines = (await collect(exportJsonLines(read(sample)))).trimEnd().split('\n');
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
      complete: false,
      problem: { code: 'not_authentic', offset: span?.start },
    });
    expect(await collect(exportText(read(sample)))).toContain(`DAMAGED: `);
  });
});

describe('the transcript', () => {
  it('tells who did what, when, under which verdict, and what came back', async () => {
    const sample = await writeSample(SESSION);
    expect(await collect(exportText(read(sample)))).toBe(
      `Session:     s-1
Who:         Alice <alice@example.com>
Resource:    orders-db (postgres) as read
Reason:      slow checkout
Approved by: Bob
Incident:    -
From:        192.0.2.7 with psql
Request:     r-1, grant g-aaaaaaaa, policy v1
Started:     2026-11-21T10:00:00.000Z

[10:00:00.010] #1 ALLOW (execute)
    select id, email
    from customers
    $1 = 7
    $2 = NULL
  #1 rows
    | id | email (masked) |
    | 1  | <masked>       |
    | 2  | NULL           |
  #1 rows
    | id | email (masked)              |
    | 3  | \\u{1b}[2J\\u{202e}evil\\nline |
  #1 SELECT 3, 3 rows, 2 masked cells, 1500 ms

[10:00:00.020] #2 DENY by rule no-unbounded-writes (simple)
    delete from customers
    reason: Add a WHERE clause.

[10:00:00.030] #3 ALLOW (simple)
    select 1/0
  #3 ERROR 22012: division by zero (1 ms)

[10:00:00.099] Session ended: client-closed
1 commands, 0 denied, 0 held, 0 rows, 0 bytes, 0 masked cells
`,
    );
  });

  it('lets no control or reordering character through', async () => {
    const nasty = 'a\u0000\u001b]0;x\u0007\u009b2J\r\u2066\u200b\u2028z';
    const sample = await writeSample([statementEvent(1, nasty)]);
    const text = await collect(exportText(read(sample)));
    expect(text).toContain('a\\u{0}\\u{1b}]0;x\\u{7}\\u{9b}2J\\u{d}\\u{2066}\\u{200b}\\u{2028}z');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not occur
    expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2066]/);
  });

  it('says when the end is missing', async () => {
    const sample = await writeSample(SESSION);
    truncateSync(sample.path, frameSpans(sample.bytes).at(-1)?.start);
    expect(await collect(exportText(read(sample)))).toContain(
      'The recording goes on, or its end is missing.',
    );
  });
});

describe('the timeline', () => {
  it('has one entry for each statement, with its outcome and first rows', async () => {
    const sample = await writeSample(SESSION);
    const { entries, complete, omitted } = await buildTimeline({ events: read(sample), firstRows: 2 });
    expect({ complete, omitted }).toEqual({ complete: true, omitted: 0 });
    expect(entries).toEqual([
      {
        statement: 1,
        at: '2026-11-21T10:00:00.010Z',
        atMs: 10,
        text: 'select id, email\nfrom customers',
        protocol: 'execute',
        parameters: ['7', null],
        action: 'allow',
        rule: null,
        reason: '',
        hold: null,
        operation: 'select',
        effects: ['select'],
        relations: ['public.customers', 'orders'],
        durationMs: 1_500,
        tags: ['SELECT 3'],
        rows: 3,
        maskedCells: 2,
        error: null,
        columns: COLUMNS,
        firstRows: [
          ['1', '<masked>'],
          ['2', null],
        ],
        firstOutput: '',
      },
      expect.objectContaining({
        statement: 2,
        action: 'deny',
        rule: 'no-unbounded-writes',
        operation: 'delete',
        effects: ['select', 'delete'],
        durationMs: null,
        columns: [],
      }),
      expect.objectContaining({
        statement: 3,
        durationMs: 1,
        error: { sqlState: '22012', message: 'division by zero' },
      }),
    ]);
  });

  it('says of a statement that was held who let it run, and how long that took', async () => {
    const verdict = {
      action: 'review',
      rule: 'destructive-ddl',
      reason: 'ask first',
      approval: { seats: [groupSeat('dba', 1)], withinMs: 300_000 },
    } as const;
    const held = { type: 'hold', statement: 1, hold: 'h-abcd2345', note: null } as const;
    const waiting = [
      { ...statementEvent(1, 'drop table t'), atMs: 100, verdict },
      { ...held, atMs: 101, state: 'held', scope: null, by: [] },
    ] as const;
    const by = [{ id: 'p-dana', name: 'Dana' }];
    const approved = { ...held, atMs: 4_100, state: 'approved', scope: 'session', by } as const;
    const entryOf = async (events: readonly SampleEvent[], sessionId: string) =>
      (await buildTimeline({ events: read(await writeSample(events, { sessionId })) })).entries;
    const hold = { id: 'h-abcd2345', state: 'held', scope: null, by: [], note: null, waitedMs: null };
    expect(await entryOf(waiting, 's-1')).toMatchObject([{ action: 'review', hold }]);
    expect(await entryOf([...waiting, approved], 's-2')).toMatchObject([
      { action: 'review', hold: { ...hold, state: 'approved', scope: 'session', by, waitedMs: 4_000 } },
    ]);
  });

  it('counts the statements beyond its limit and is not complete while the session lives', async () => {
    const sample = await writeSample(SESSION);
    truncateSync(sample.path, frameSpans(sample.bytes).at(-1)?.start);
    const { entries, complete, omitted } = await buildTimeline({ events: read(sample), entriesMax: 1 });
    expect({ shown: entries.length, complete, omitted }).toEqual({ shown: 1, complete: false, omitted: 2 });
  });
});

describe('a reader that is left early', () => {
  it('closes its file', async () => {
    const sample = await writeSample(
      Array.from({ length: 9_000 }, (_, at) => statementEvent(at, 'x'.repeat(900))),
    );
    for await (const line of exportJsonLines(read(sample))) {
      expect(line).toContain('"start"');
      break;
    }
    await expect.poll(() => openDescriptors(sample.path)).toBe(0);
    expect((await readAll(sample)).end.complete).toBe(true);
  });
});
