import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Terminal as HeadlessTerminal } from '@xterm/headless';
import { beforeAll, describe, expect, test } from 'vitest';
import { exportAsciicast } from '../../../../src/recording/exporters/asciicast.ts';
import { exportText } from '../../../../src/recording/exporters/text.ts';
import { recordingPath } from '../../../../src/recording/layout.ts';
import { readRecording } from '../../../../src/recording/reader.ts';
import { buildTimeline } from '../../../../src/recording/timeline.ts';
import { useSshBroker } from '../../../support/ssh/ssh-broker.ts';
import { useSshd } from '../../../support/ssh/sshd.ts';
import { KEY, sshTerminal } from '../../../support/ssh/terminal.ts';

// The package has no names for an import.
const { Terminal } = createRequire(import.meta.url)('@xterm/headless') as {
  readonly Terminal: typeof HeadlessTerminal;
};

const sshd = useSshd();
const broker = useSshBroker({ sshd });

beforeAll(async () => {
  await writeFile(join(sshd.current.home, '.bash_profile'), "PS1='prompt$ '\n");
});

function read(sessionId: string): ReturnType<typeof readRecording> {
  const { directory, keys } = broker.current;
  return readRecording({ path: recordingPath(directory, sessionId), keys });
}

async function textOf(parts: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const part of parts) text += part;
  return text;
}

/** The lines of a terminal that plays the cast. */
async function playedLines(sessionId: string): Promise<string[]> {
  const [header, ...events] = (await textOf(exportAsciicast(read(sessionId))))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const terminal = new Terminal({
    cols: header.term.cols,
    rows: header.term.rows,
    scrollback: 1_000,
    allowProposedApi: true,
  });
  for (const [, code, data] of events) if (code === 'o') terminal.write(data);
  await new Promise<void>((resolve) => terminal.write('', resolve));
  const { active } = terminal.buffer;
  const lines: string[] = [];
  for (let y = 0; y < active.length; y += 1) {
    const line = active.getLine(y);
    const text = line?.translateToString(active.getLine(y + 1)?.isWrapped !== true) ?? '';
    // A line that took several rows is one.
    if (line?.isWrapped === true) lines.push((lines.pop() ?? '') + text);
    else lines.push(text);
  }
  terminal.dispose();
  return lines.join('\n').trimEnd().split('\n');
}

describe('the cast of a session', () => {
  test.each([
    ['breakglass', 'prompt$', [["printf '\\033[32mgreen\\033[0m\\n'; seq 3", /^3\nprompt\$/m]]],
    [
      'operator',
      /Everything\s+is recorded/,
      [
        ['echo one; seq 3', /^3\n/m],
        ['echo ü日本', /^ü日本\n/m],
        ['ls /nonexistent', /cannot access/],
      ],
    ],
  ] as const)('shows what the terminal of role %s showed', async (role, greeting, lines) => {
    const client = await broker.current.client(role);
    const terminal = sshTerminal(client);
    await terminal.waitFor(greeting);
    for (const [line, shown] of lines) {
      terminal.type(line + KEY.enter);
      await terminal.waitFor(shown);
    }
    terminal.type(`exit${KEY.enter}`);
    await terminal.exited;
    const { id } = await broker.current.endedSession(client.connection.grant.id);
    const shown = terminal.scrollback().split('\n');
    const played = await playedLines(id);
    expect(played).toEqual(shown.slice(0, played.length));
    expect(shown.length - played.length).toBeLessThan(3);
    expect(played.join('\n')).toContain('1\n2\n3\n');
  });

  test('of commands has each with its output, and so do transcript and timeline', async () => {
    const client = await broker.current.client('run');
    expect(await client.ssh("printf 'a\\nb\\n'; ls /nonexistent")).toMatchObject({ stdout: 'a\nb\n' });
    const { id } = await broker.current.endedSession(client.connection.grant.id);
    const played = await playedLines(id);
    expect(played[0]).toMatch(/^\$ printf/);
    // Which of the two streams comes first is the host's matter.
    const said = played.slice(1, 4);
    expect(said.filter((line) => !line.includes('/nonexistent'))).toEqual(['a', 'b']);
    expect(said.join('\n')).toContain('/nonexistent');
    const transcript = await textOf(exportText(read(id)));
    expect(transcript).toMatch(/#1 ALLOW[\s\S]*#1 \| a\n {4}#1 \| b\n/);
    expect(transcript).toMatch(/#1 ALLOW[\s\S]*#1 ! ls: .*nonexistent/);
    const { entries } = await buildTimeline({ events: read(id) });
    expect(entries).toMatchObject([{ tags: ['exit 2'], firstOutput: expect.stringContaining('a\nb\n') }]);
  });
});
