import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RecordingEvent } from '../../../../src/recording/events.ts';
import { useSshBroker } from '../../../support/ssh/ssh-broker.ts';
import { useSshd } from '../../../support/ssh/sshd.ts';
import { KEY, sshTerminal, type TestTerminal } from '../../../support/ssh/terminal.ts';

const sshd = useSshd();
const broker = useSshBroker({
  sshd,
  masks: '  - { name: secrets, detect: [credit-card, aws-key], with: redact }',
});

beforeAll(async () => {
  await writeFile(join(sshd.current.home, '.bash_profile'), "PS1='prompt$ '\n");
});

interface Played {
  readonly events: readonly RecordingEvent[];
  /** What was recorded, by kind. */
  readonly output: string;
  readonly inputs: readonly string[];
  readonly marks: readonly string[];
  readonly received: string;
}

/** Works in a raw terminal until its shell has ended. */
async function session(work: (terminal: TestTerminal) => Promise<void>): Promise<Played> {
  const client = await broker.current.client('breakglass');
  const terminal = sshTerminal(client);
  await terminal.waitFor('prompt$');
  await work(terminal);
  terminal.type(`exit${KEY.enter}`);
  await terminal.exited;
  const { id } = await broker.current.endedSession(client.connection.grant.id);
  const events = await broker.current.events(id);
  const texts = (type: 'output' | 'input'): string[] =>
    events.flatMap((event) => (event.type === type ? [event.text] : []));
  return {
    events,
    output: texts('output').join(''),
    inputs: texts('input'),
    marks: events.flatMap((event) => (event.type === 'mark' ? [event.label] : [])),
    received: terminal.received(),
  };
}

/** Types a line and waits until the shell asks for the next one. */
async function run(terminal: TestTerminal, line: string): Promise<void> {
  const before = promptsIn(terminal);
  terminal.type(line + KEY.enter);
  for (;;) {
    await terminal.waitFor('prompt$');
    if (promptsIn(terminal) > before) return;
  }
}

function promptsIn(terminal: TestTerminal): number {
  return terminal.received().split('prompt$ ').length;
}

describe('a raw terminal', () => {
  test('says who, until when and that it is recorded, and is recorded with size, input and status', async () => {
    const { events, output, inputs, marks, received } = await session(async (terminal) => {
      await run(terminal, 'echo hello world');
      terminal.resize({ columns: 100, rows: 40 });
      terminal.type(`stty size${KEY.enter}`);
      // A shell draws its prompt again when the size changes.
      await terminal.waitFor(/^40 100\nprompt\$/m);
    });
    expect(received).toMatch(/\[sallyport\] .* on web-1 as breakglass, until \d\d:\d\d UTC\. .* recorded\./);
    expect(output).toBe(received.slice(0, output.length));
    expect(output).toContain('40 100');
    expect(inputs).toEqual(['echo hello world\n', 'stty size\n', 'exit\n']);
    expect(marks).toContain('advisory: echo hello world');
    expect(events).toContainEqual(expect.objectContaining({ type: 'channel', kind: 'raw', channel: 1 }));
    expect(events).toContainEqual(expect.objectContaining({ type: 'resize', columns: 100, rows: 40 }));
    expect(events).toContainEqual(expect.objectContaining({ type: 'channel-end', status: 0, signal: null }));
    expect(events.at(-1)).toMatchObject({ type: 'end' });
    // Nothing of a terminal is a statement: none was judged.
    expect(events.some(({ type }) => type === 'statement')).toBe(false);
  });

  test('records no password: typed at a prompt, pasted with its command, typed before the prompt', async () => {
    const secret = 'Xq7-correct-horse';
    const ask = `read -s -p 'Password: ' pw; echo "[\${#pw}]"`;
    const played = await session(async (terminal) => {
      terminal.type(ask + KEY.enter);
      await terminal.waitFor(/^Password:/m);
      for (const key of secret) terminal.type(key);
      terminal.type(KEY.enter);
      await terminal.waitFor(`[${secret.length}]`);
      await run(terminal, 'clear');
      // With the command, in one piece.
      terminal.type(`${ask}\n${secret}\n`);
      await terminal.waitFor(`[${secret.length}]`);
      await run(terminal, 'clear');
      // The echo is off already when it is typed, and the prompt comes later.
      terminal.type(
        `stty -echo; echo ready; sleep 0.5; read -p 'Password: ' pw; stty echo; echo "[\${#pw}]"${KEY.enter}`,
      );
      await terminal.waitFor(/^ready/m);
      terminal.type(secret + KEY.enter);
      await terminal.waitFor(`[${secret.length}]`);
    });
    expect(played.output).toBe(played.received.slice(0, played.output.length));
    expect(JSON.stringify(played.events)).not.toContain(secret);
    expect(played.inputs.filter((line) => line.includes('read'))).not.toEqual([]);
  });

  test('records no characters of a password that is shown as stars', async () => {
    const secret = 'hunter2';
    const stars = join(sshd.current.home, 'stars.sh');
    await writeFile(
      stars,
      `pw=\nprintf 'PIN: '\nwhile IFS= read -rsn1 c && [ -n "$c" ]; do pw=$pw$c; printf '*'; done\nprintf '\\n[%s]\\n' "\${#pw}"\n`,
    );
    const played = await session(async (terminal) => {
      terminal.type(`bash ${stars}${KEY.enter}`);
      await terminal.waitFor('PIN: ');
      terminal.type(secret);
      await terminal.waitFor('*******');
      terminal.type(KEY.enter);
      await terminal.waitFor('[7]');
    });
    await rm(stars);
    expect(JSON.stringify(played.events)).not.toContain(secret);
    expect(played.marks.some((label) => label.includes('***'))).toBe(false);
  });

  test('guesses at commands however they came to stand on the line', async () => {
    const { marks, inputs } = await session(async (terminal) => {
      await run(terminal, 'echo one');
      terminal.type(KEY.up);
      await terminal.waitFor(/prompt\$ echo one\n(?:.*\n)*prompt\$ echo one$/);
      await run(terminal, ' two');
      await run(terminal, `ech${KEY.ctrlA}${KEY.ctrlE}o three`);
    });
    expect(marks.filter((label) => label.includes('echo'))).toEqual([
      'advisory: echo one',
      'advisory: echo one two',
      'advisory: echo three',
    ]);
    // What was recalled and moved in was not typed as it stands there.
    expect(inputs).toEqual(['echo one\n', 'exit\n']);
  });

  test('is recorded on through a full-screen program and a zmodem header, and says where it does not guess', async () => {
    const { output, marks } = await session(async (terminal) => {
      await run(terminal, String.raw`printf 'rz\r**\030B00000000000000\r\n'; echo behind-zmodem`);
      terminal.type(
        String.raw`printf '\033[?1049h\033[2;1Hfull'; read x; printf '\033[?1049l'; echo back` + KEY.enter,
      );
      await terminal.waitFor('full');
      terminal.type(`:!secret-command${KEY.enter}`);
      await terminal.waitFor(/^back\n(?:.*\n)*prompt\$/m);
      await run(terminal, 'echo after');
    });
    expect(output).toContain('behind-zmodem');
    expect(output).toContain('full');
    expect(output).toContain('after');
    expect(marks).toContain('advisory: a full-screen program; commands in it are not detected');
    expect(marks).toContain('advisory: the full-screen program has ended');
    expect(marks.some((label) => label.includes('secret-command'))).toBe(false);
    expect(marks).toContain('advisory: echo after');
  });

  test('masks in the recording what was typed key by key, and at once what the target prints', async () => {
    const { output, received, inputs } = await session(async (terminal) => {
      for (const key of 'echo 4111 1111 1111 1111') terminal.type(key);
      await run(terminal, '');
    });
    expect(output).not.toContain('4111 1111');
    expect(output).toContain('echo ***');
    expect(inputs).toContain('echo ***\n');
    expect(received.match(/4111 1111 1111 1111/g)).toBeNull();
  });

  test('is ended with the shell by a signal and by a client that goes away', async () => {
    const client = await broker.current.client('breakglass');
    const terminal = sshTerminal(client);
    await terminal.waitFor('prompt$');
    terminal.type(`sleep 321${KEY.enter}`);
    await expect.poll(() => commandsOnTarget()).toContain('sleep 321');
    await terminal.close();
    await expect.poll(() => commandsOnTarget(), { timeout: 5_000 }).not.toContain('sleep 321');
    const { endReason } = await broker.current.endedSession(client.connection.grant.id);
    expect(endReason).toBe('client-closed');
  });

  test('needs a terminal of the client', async () => {
    const client = await broker.current.client('breakglass');
    const { status, stderr } = await client.ssh(null, { arguments: ['-T'] });
    expect({ status, stderr }).toMatchObject({ status: 126, stderr: expect.stringContaining('ssh -tt') });
  });
});

function commandsOnTarget(): string[] {
  return sshd.current.processes().map(({ command }) => command);
}
