import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { readCast } from '../../../src/cli/replay/cast.ts';
import { play } from '../../../src/cli/replay/play.ts';
import type { Terminal } from '../../../src/cli/terminal.ts';

const HEADER = { version: 3, term: { cols: 80, rows: 24 } };

async function* bytesOf(lines: readonly unknown[]): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  // In pieces that end anywhere.
  for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
}

/** A terminal whose keys the test presses. */
function screen(): {
  terminal: Terminal;
  press: (key: string) => void;
  text: () => string;
  open: () => boolean;
} {
  let text = '';
  let onKey: ((key: string) => void) | null = null;
  const part: Pick<Terminal, 'writeBytes' | 'readKeys'> = {
    writeBytes: async (bytes) => {
      text += Buffer.from(bytes).toString('utf8');
    },
    readKeys: (listener) => {
      onKey = listener;
      return {
        close: () => {
          onKey = null;
        },
      };
    },
  };
  return {
    terminal: part as Terminal,
    press: (key) => onKey?.(key),
    text: () => text,
    open: () => onKey !== null,
  };
}

async function start(events: readonly unknown[], options: { speed?: number; idleMsMax?: number } = {}) {
  const shown = screen();
  const cast = await readCast(bytesOf([HEADER, ...events]));
  const done = play(shown.terminal, cast, { speed: 1, idleMsMax: 60_000, ...options });
  await vi.advanceTimersByTimeAsync(0);
  return { ...shown, done };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a replay', () => {
  const twice = [
    [0, 'o', 'one'],
    [3, 'm', 'a mark'],
    [1, 'o', 'two'],
  ];

  test('shows output after the time that had passed, and leaves the terminal as it was', async () => {
    const { text, done, open } = await start(twice);
    expect(text()).toBe('one');
    await vi.advanceTimersByTimeAsync(3_990);
    expect(text()).toBe('one');
    await vi.advanceTimersByTimeAsync(20);
    await done;
    expect(text().startsWith('onetwo')).toBe(true);
    expect(text().endsWith('\u001b[0m\r\n')).toBe(true);
    expect(open()).toBe(false);
  });

  test('is faster, and cuts pauses, where that is asked for', async () => {
    const { text, done } = await start(twice, { speed: 2, idleMsMax: 1_000 });
    await vi.advanceTimersByTimeAsync(990);
    expect(text()).toBe('one');
    await vi.advanceTimersByTimeAsync(20);
    await done;
    expect(text()).toContain('two');
  });

  test('stands still after space and goes on after another', async () => {
    const { text, press, done } = await start(twice);
    await vi.advanceTimersByTimeAsync(3_500);
    press(' ');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(text()).toBe('one');
    press(' ');
    await vi.advanceTimersByTimeAsync(510);
    await done;
    expect(text()).toContain('two');
  });

  test.each(['q', '\u0003'])('ends at once with %j, also while it stands still', async (key) => {
    for (const before of ['', ' ']) {
      const { text, press, done } = await start(twice);
      if (before !== '') press(before);
      press(key);
      await done;
      expect(text()).not.toContain('two');
    }
  });

  test('gives the terminal nothing that does more than draw', async () => {
    const { text, done } = await start([[0, 'o', 'a\u001b]52;c;ZXZpbA==\u0007\u001b[6nb']]);
    await done;
    expect(text().startsWith('ab\u001b[?1049l')).toBe(true);
  });

  test('of something that is no cast fails', async () => {
    for (const lines of [[{ version: 2 }], [], [HEADER, ['now', 'o', 'x']]]) {
      const read = (async () => {
        for await (const event of (await readCast(bytesOf(lines))).events) void event;
      })();
      await expect(read).rejects.toMatchObject({ code: 'internal' });
    }
  });
});
