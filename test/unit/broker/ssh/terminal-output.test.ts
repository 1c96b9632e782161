import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DETECTED, recordedHost, shownOf } from './recorded-host.ts';

const TERMINAL = { term: 'xterm', columns: 80, rows: 24 };
const RAW = { kind: 'raw', terminal: TERMINAL, detail: null, number: 1 } as const;

function open(options: Parameters<typeof recordedHost>[0] = {}) {
  const host = recordedHost(options);
  const record = host.record.openChannel(RAW);
  const flow = record.output({ statement: null, stream: 'stdout', as: 'terminal' });
  const print = (text: string): string => flow.push(Buffer.from(text)).toString();
  return { ...host, record, flow, print };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a terminal', () => {
  it('is shown at once, also where something is masked', () => {
    for (const detect of [[], DETECTED]) {
      const { print } = open({ detect });
      for (const key of ['$', ' ', 'l', 's', '\r\n', '\u001b[1', 'mbold']) expect(print(key)).toBe(key);
    }
  });

  it('is recorded whole, collected for 50 ms', () => {
    const { print, events, text } = open();
    print('one ');
    print('two');
    expect(text()).toBe('');
    vi.advanceTimersByTime(50);
    expect(events.slice(1)).toEqual([
      { type: 'output', atMs: 0, channel: 1, statement: null, stream: 'stdout', text: 'one two' },
    ]);
  });

  it('is recorded when 16 KiB are together, without waiting', () => {
    const { print, text } = open();
    print('x'.repeat(16_383));
    expect(text()).toHaveLength(0);
    print('x');
    expect(text()).toHaveLength(16_384);
  });

  it('keeps the order of output, input, sizes and marks', () => {
    for (const detect of [[], DETECTED]) {
      const { print, record, events } = open({ detect });
      print('$ ls');
      record.resize({ columns: 100, rows: 30 });
      print(' -la');
      record.input('ls -la\n', null);
      record.mark('advisory: ls -la');
      print('\r\ntotal 8\r\n');
      record.close({ status: 0, signal: null });
      expect(events.map((event) => ('text' in event ? event.text : event.type))).toEqual([
        'channel',
        '$ ls',
        'resize',
        ' -la',
        'ls -la\n',
        'mark',
        '\r\ntotal 8\r\n',
        'channel-end',
      ]);
    }
  });

  it('masks a value in the recording even when it was typed key by key', () => {
    const { print, record, text } = open({ detect: DETECTED });
    const shown = [...'card 4111 1111 1111 1111 ok\r\n'].map(print).join('');
    record.close({ status: 0, signal: null });
    expect(text()).toBe('card *** ok\r\n');
    // Shown was what was typed, until it was known what it is.
    expect(shown).toContain('4111 1111 1111 111***');
  });

  it('masks what is whole within a chunk at once', () => {
    const { print, flow } = open({ detect: DETECTED });
    expect(print('card 4111 1111 1111 1111 ok')).toBe('card *** ok');
    expect(flow.maskedCells).toBe(1);
  });

  it('records a line that does not end after five seconds', () => {
    const { print, text } = open({ detect: DETECTED });
    print('Continue? ');
    vi.advanceTimersByTime(4_999);
    expect(text()).toBe('');
    vi.advanceTimersByTime(60);
    expect(text()).toBe('Continue? ');
  });

  it('records each piece with the time at which it was shown', () => {
    const { print, events } = open({ detect: DETECTED });
    print('a');
    vi.advanceTimersByTime(200);
    print('b');
    vi.advanceTimersByTime(200);
    print('\r\n');
    vi.advanceTimersByTime(60);
    expect(events.slice(1).map((event) => [event.atMs, 'text' in event ? event.text : ''])).toEqual([
      [0, 'a'],
      [200, 'b'],
      [400, '\r\n'],
    ]);
  });

  it('is recorded to the last byte when the session ends', async () => {
    const { print, events, end } = open({ detect: DETECTED });
    print('$ sleep 100');
    end();
    await Promise.resolve();
    expect(events.slice(1)).toMatchObject([
      { type: 'output', text: '$ sleep 100' },
      { type: 'channel-end', status: null, signal: null },
    ]);
    print('behind the end');
    vi.advanceTimersByTime(10_000);
    expect(events).toHaveLength(3);
  });

  it('ends the session when it has printed more than is recorded, and shows nothing more', () => {
    const { print, ended, flow } = open({ limits: { terminalBytesMax: 10 } });
    expect(print('0123456789')).toBe('0123456789');
    expect(ended).toEqual([]);
    expect(print('x')).toBe('');
    expect(ended).toMatchObject([{ reason: 'recording-full', message: expect.stringContaining('10 bytes') }]);
    expect(shownOf(flow, []).length).toBe(0);
  });

  it('records characters that were cut as one', () => {
    const { flow, record, text } = open();
    for (const byte of Buffer.from('日本 ü')) flow.push(Buffer.of(byte));
    flow.end();
    record.close({ status: 0, signal: null });
    expect(text()).toBe('日本 ü');
  });
});
