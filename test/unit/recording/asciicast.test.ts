import { createRequire } from 'node:module';
import type { Terminal as HeadlessTerminal } from '@xterm/headless';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ZERO_COUNTS } from '../../../src/core/session.ts';
import type { RecordingEvent } from '../../../src/recording/events.ts';
import { exportAsciicast } from '../../../src/recording/exporters/asciicast.ts';
import type { RecordingEnd, RecordingEvents } from '../../../src/recording/reader.ts';
import { type SampleEvent, sampleFacts, statementEvent } from './sample-data.ts';

// The package has no names for an import.
const { Terminal } = createRequire(import.meta.url)('@xterm/headless') as {
  readonly Terminal: typeof HeadlessTerminal;
};

/** docs.asciinema.org/manual/asciicast/v3 */
const HEADER = z.strictObject({
  version: z.literal(3),
  term: z.strictObject({ cols: z.int().min(1), rows: z.int().min(1), type: z.string() }),
  timestamp: z.int(),
  idle_time_limit: z.number().positive(),
  title: z.string(),
  tags: z.array(z.string()),
});
const EVENTS = z.array(z.tuple([z.number().nonnegative(), z.enum(['o', 'i', 'm', 'r', 'x']), z.string()]));

interface Cast {
  readonly header: z.output<typeof HEADER>;
  readonly events: z.output<typeof EVENTS>;
}

const COMPLETE: RecordingEnd = { complete: true, sealedBy: 'close', problem: null };
const START: RecordingEvent = {
  type: 'start',
  atMs: 0,
  facts: { ...sampleFacts(), resource: 'web-1', resourceKind: 'ssh', role: 'operator', incident: 'inc-7' },
};
const END = { type: 'end', atMs: 9_000, reason: 'client-closed', counts: ZERO_COUNTS } as const;

async function* recording(events: readonly RecordingEvent[], end = COMPLETE): RecordingEvents {
  yield* events;
  return end;
}

/** Exports, and holds the cast to the rules of the format. */
async function castOf(
  events: readonly SampleEvent[],
  options: Parameters<typeof exportAsciicast>[1] & { readonly end?: RecordingEnd } = {},
): Promise<Cast> {
  const { end, ...given } = options;
  let text = '';
  for await (const part of exportAsciicast(recording([START, ...events], end), given)) text += part;
  expect(text.endsWith('\n')).toBe(true);
  const [header, ...lines] = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const cast = { header: HEADER.parse(header), events: EVENTS.parse(lines) };
  for (const [index, [, code, data]] of cast.events.entries()) {
    if (code === 'r') expect(data).toMatch(/^[1-9]\d*x[1-9]\d*$/);
    if (code === 'x')
      expect([index, data]).toEqual([cast.events.length - 1, expect.stringMatching(/^\d+$|^[A-Z]/)]);
  }
  return cast;
}

/** What a terminal shows that plays it. */
async function screenOf({ header, events }: Cast): Promise<string> {
  const { cols, rows } = header.term;
  const terminal = new Terminal({ cols, rows, scrollback: 100, allowProposedApi: true });
  for (const [, code, data] of events) {
    if (code === 'o') terminal.write(data);
    if (code !== 'r') continue;
    const [columns = 0, lines = 0] = data.split('x').map(Number);
    await new Promise<void>((resolve) => terminal.write('', resolve));
    terminal.resize(columns, lines);
  }
  await new Promise<void>((resolve) => terminal.write('', resolve));
  const { active } = terminal.buffer;
  const shown = Array.from({ length: active.length }, (_, row) =>
    active.getLine(row)?.translateToString(true),
  );
  terminal.dispose();
  return shown.join('\n').trimEnd();
}

const opened = (channel: number, kind: 'exec' | 'raw' | 'guided', atMs = 0): SampleEvent => ({
  type: 'channel',
  atMs,
  channel,
  kind,
  terminal: kind === 'exec' ? null : { term: 'xterm-256color', columns: 100, rows: 30 },
  detail: null,
});
const output = (channel: number, text: string, atMs = 0, statement: number | null = null): SampleEvent => ({
  type: 'output',
  atMs,
  channel,
  statement,
  stream: 'stdout',
  text,
});
const closed = (channel: number, status: number, atMs = 0): SampleEvent => ({
  type: 'channel-end',
  atMs,
  channel,
  status,
  signal: null,
});

describe('the cast of a terminal', () => {
  it('has its size, what it showed and what was typed, with the time in between', async () => {
    const cast = await castOf([
      opened(1, 'raw', 1_500),
      output(1, '$ ', 1_600),
      { type: 'input', atMs: 2_000, channel: 1, statement: null, text: 'ls\n' },
      output(1, 'ls\r\nfile\r\n', 2_050),
      { type: 'resize', atMs: 2_100, channel: 1, columns: 120, rows: 40 },
      { type: 'mark', atMs: 2_100, channel: 1, label: 'advisory: ls' },
      closed(1, 3, 2_500),
      END,
    ]);
    expect(cast.header).toEqual({
      version: 3,
      term: { cols: 100, rows: 30, type: 'xterm-256color' },
      timestamp: Date.parse('2026-11-21T10:00:01Z') / 1_000,
      idle_time_limit: 5,
      title: 'Alice on web-1 as operator (s-1)',
      tags: ['sallyport', 'web-1', 'operator', 'inc-7'],
    });
    expect(cast.events).toEqual([
      [0, 'm', 'channel 1: raw'],
      [0.1, 'o', '$ '],
      [0.4, 'i', 'ls\n'],
      [0.05, 'o', 'ls\r\nfile\r\n'],
      [0.05, 'r', '120x40'],
      [0, 'm', 'advisory: ls'],
      [6.9, 'm', 'session ended: client-closed'],
      [0, 'x', '3'],
    ]);
    expect(await screenOf(cast)).toBe('$ ls\nfile');
  });

  it('never goes back in time, though what was masked is recorded late', async () => {
    const { events } = await castOf([
      opened(1, 'raw'),
      { type: 'mark', atMs: 500, channel: 1, label: 'later' },
      output(1, 'earlier', 100),
      output(1, 'now', 700),
    ]);
    expect(events.map(([interval]) => interval)).toEqual([0, 0.5, 0, 0.2]);
  });

  it('says where a recorder stopped, and where a recording is damaged', async () => {
    const given = [opened(1, 'raw'), output(1, 'x')];
    const recovered = await castOf(given, { end: { ...COMPLETE, sealedBy: 'recovered' } });
    expect(recovered.events.at(-1)).toEqual([0, 'm', 'the recorder stopped here']);
    const problem = { code: 'not_authentic', message: 'x', offset: 1 } as const;
    const damaged = await castOf(given, { end: { complete: false, sealedBy: null, problem } });
    expect(damaged.events.at(-1)).toEqual([0, 'm', 'the recording is damaged from here on']);
  });
});

describe('the cast of commands', () => {
  const denied: SampleEvent = {
    ...statementEvent(2, 'rm -rf /'),
    atMs: 200,
    verdict: { action: 'deny', rule: 'no-rm', reason: 'Nothing is removed here.' },
  };

  it('shows each with its output, also what was refused, and marks verdicts, holds and files', async () => {
    const cast = await castOf([
      opened(1, 'exec', 10),
      { ...statementEvent(1, "printf 'a\\nb\\n'"), atMs: 20 },
      output(1, 'a\nb\n', 30, 1),
      closed(1, 0, 40),
      opened(2, 'exec', 190),
      denied,
      closed(2, 126, 210),
      {
        type: 'hold',
        atMs: 300,
        statement: 2,
        hold: 'h-1',
        state: 'approved',
        scope: null,
        by: [{ id: 'p', name: 'Bob' }],
        note: null,
      },
      {
        type: 'file',
        atMs: 400,
        channel: 2,
        statement: 3,
        direction: 'upload',
        path: '/tmp/a',
        bytes: 5,
        sha256: null,
        complete: true,
      },
    ]);
    expect(await screenOf(cast)).toBe(
      [
        "$ printf 'a\\nb\\n'",
        'a',
        'b',
        '',
        '--- channel 2: exec ---',
        '$ rm -rf /',
        'Nothing is removed here.',
      ].join('\n'),
    );
    expect(cast.events.flatMap(([, code, data]) => (code === 'm' ? [data] : []))).toEqual([
      'channel 1: exec',
      "#1 allowed: printf 'a\\nb\\n'",
      'channel 2: exec',
      '#2 denied by no-rm: rm -rf /',
      '#2 h-1 approved by Bob',
      'upload /tmp/a, 5 bytes',
    ]);
    // Two commands have no one status.
    expect(cast.events.some(([, code]) => code === 'x')).toBe(false);
  });

  it('can be that of one channel', async () => {
    const given = [
      opened(1, 'raw', 10),
      output(1, 'one', 20),
      opened(2, 'exec', 30),
      { ...statementEvent(1, 'uptime'), atMs: 40 },
      output(2, 'two', 50, 1),
      closed(2, 7, 60),
      closed(1, 0, 70),
    ];
    expect(await screenOf(await castOf(given, { channel: 1 }))).toBe('one');
    const second = await castOf(given, { channel: 2 });
    expect(await screenOf(second)).toBe('$ uptime\ntwo');
    expect(second.events.at(-1)).toEqual([0, 'x', '7']);
  });

  it('has nothing that does more than draw, also where a sequence comes in two events', async () => {
    const { events } = await castOf([
      opened(1, 'raw'),
      output(1, '\u001b]52;c;ZXZpbA'),
      output(1, '==\u0007\u001b]0;title\u0007\u001b[c\u001b[6n\u001bP$qm\u001b\\\u0005\u001b[31mred'),
    ]);
    expect(events.flatMap(([, code, data]) => (code === 'o' ? [data] : []))).toEqual(['\u001b[31mred']);
  });

  it('is refused for a session that is not with a host', async () => {
    const cast = exportAsciicast(recording([{ type: 'start', atMs: 0, facts: sampleFacts() }]));
    await expect(cast.next()).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it('is a header where nothing was asked for', async () => {
    expect((await castOf([END])).header.term).toEqual({ cols: 80, rows: 24, type: 'xterm-256color' });
  });
});
