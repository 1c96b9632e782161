/**
 * The corpus of commands through a real `ssh`, the broker and a real OpenSSH server. The login shell of the account
 * writes down what it is given, and then runs it: so what is compared is what the host got.
 */
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { HoldView } from '../../../../src/access/views.ts';
import { readShellAttacks, readShellInnocents } from '../../../support/shell-corpus.ts';
import type { ClientResult, SshClient } from '../../../support/ssh/clients.ts';
import { useSshBroker } from '../../../support/ssh/ssh-broker.ts';
import { useSshd } from '../../../support/ssh/sshd.ts';
import { KEY, sshTerminal } from '../../../support/ssh/terminal.ts';
import { share } from '../../../support/thoroughness.ts';
import { decide, holdsOf } from '../hold-harness.ts';

const REFUSED = 126;
const AT_ONCE = 4;
const ROWS_MS_MAX = 600_000;
const GIVEN = 'given';
const LOOK_MS = 20;
/** What every command could read: a shell would run it. */
const SENT = 'touch x\n';
/** So that the connection is there before several want it. */
const FIRST = { id: 'first', command: 'echo first' };

const scratch = mkdtempSync(join(tmpdir(), 'sallyport-corpus-'));
const shell = join(scratch, 'shell');
writeFileSync(
  shell,
  `#!/bin/bash
# The last word is what the clean shell is to run; to split it off runs nothing.
eval "words=(\${2#exec })"
printf '%s\\0' "\${words[-1]}" >>"$HOME/../${GIVEN}"
exec /bin/bash "$@"
`,
);
chmodSync(scratch, 0o755);
chmodSync(shell, 0o755);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const sshd = useSshd({ shell });
const broker = useSshBroker({
  sshd,
  roles: `
      list: { shell: exec, programs: [ls, cat, echo] }
      plain: { shell: exec }
      list-prompt: { shell: guided, programs: [ls, cat, echo] }
      plain-prompt: { shell: guided }
      everything: { shell: exec, allow: [run, read-file, write-file, access-admin, indirect] }
      everything-prompt: { shell: guided, allow: [run, read-file, write-file, access-admin, indirect] }`,
  rules: `
  - { name: no-touch, on: { kind: ssh }, match: { programs: [touch] }, action: deny }`,
});

const ATTACKS = readShellAttacks().filter(({ command }) => !command.includes('\0'));
const INNOCENTS = readShellInnocents();

/** What the host was given to run since the last call, in order. */
function takeGiven(): string[] {
  const file = join(sshd.current.home, '..', GIVEN);
  const scripts = readFileSync(file, 'utf8').split('\0').slice(0, -1);
  writeFileSync(file, '');
  // What the broker asks for itself when it logs in has no place to go to first.
  return scripts.flatMap((script) => /\ncd \S+ \|\| exit 1\n([\s\S]*)\n$/.exec(script)?.[1] ?? []);
}

/** One connection that all commands share. */
const ONE_CONNECTION = ['ControlPath %d/.control-%C', 'ControlMaster auto', 'ControlPersist 120'];

async function shared(role: string): Promise<SshClient> {
  const client = await broker.current.client(role, { settings: ONE_CONNECTION });
  expect((await client.ssh('echo connected')).stdout).toBe('connected\n');
  return client;
}

interface Row {
  readonly id: string;
  readonly command: string;
}

/** As the command of `ssh`, or as lines that a guided shell reads. */
type Way = (client: SshClient, command: string) => Promise<ClientResult>;
const asCommand: Way = (client, command) => client.ssh(command, { arguments: ['-T'], input: SENT });
const asLines: Way = (client, command) => client.ssh(null, { arguments: ['-T'], input: `${command}\n` });

async function sendAll(
  client: SshClient,
  rows: readonly Row[],
  way: Way = asCommand,
): Promise<ReadonlyMap<string, ClientResult>> {
  const results = new Map<string, ClientResult>();
  const left = [...rows];
  const work = async (): Promise<void> => {
    for (let row = left.shift(); row !== undefined; row = left.shift())
      results.set(row.id, await way(client, row.command));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return results;
}

const statusOf = (results: ReadonlyMap<string, ClientResult>): Record<string, number | null> =>
  Object.fromEntries([...results].map(([id, { status }]) => [id, status]));

beforeAll(() => {
  expect(ATTACKS.length).toBeGreaterThan(250);
});

beforeEach(() => {
  writeFileSync(join(sshd.current.home, '..', GIVEN), '', { flag: 'a', mode: 0o666 });
  chmodSync(join(sshd.current.home, '..', GIVEN), 0o666);
});

describe('an attack of the corpus', () => {
  test.each(['list', 'plain'])(
    'is refused under the role %s, and the host is given nothing',
    async (role) => {
      const client = await shared(role);
      takeGiven();
      const rows = share(ATTACKS, 4);
      const results = await sendAll(client, rows);
      expect(statusOf(results)).toEqual(Object.fromEntries(rows.map(({ id }) => [id, REFUSED])));
      expect(takeGiven()).toEqual([]);
      expect(readdirSync(sshd.current.home)).toEqual([]);
      for (const [id, { stderr }] of results) expect(stderr, id).toMatch(/^sallyport: .{10}/m);
    },
    ROWS_MS_MAX,
  );
});

describe('typed and pasted at a prompt', () => {
  test.each(['list-prompt', 'plain-prompt'])(
    'no attack of a share of them runs what it hides under the role %s',
    async (role) => {
      const terminal = sshTerminal(await broker.current.client(role), { columns: 200 });
      await terminal.waitFor('$ ');
      takeGiven();
      const rows = share(ATTACKS, 6);
      for (const [index, { command }] of rows.entries()) {
        terminal.type(`${command}${KEY.enter}${KEY.ctrlC}`);
        terminal.type(`${KEY.pasteStart}${command}${KEY.pasteEnd}${KEY.enter}${KEY.ctrlC}`);
        terminal.type(`${KEY.ctrlC}${KEY.ctrlU}echo settled ${index}${KEY.enter}`);
        await terminal.waitFor(new RegExp(`^settled ${index}$`, 'm'));
      }
      const given = takeGiven();
      // A `!!` of the corpus is the line before, which is one of these: it may run twice.
      expect(new Set(given.filter((text) => text.startsWith('echo settled'))).size).toBe(rows.length);
      if (role === 'list-prompt') for (const text of given) expect(text).toMatch(/^(?:ls|cat|echo)\b/);
      expect(readdirSync(sshd.current.home)).toEqual([]);
      await terminal.close();
    },
    ROWS_MS_MAX,
  );
});

const REVIEW_ALL = `
  - { name: review-all, on: { kind: ssh }, match: { effects: [run] }, action: review, approval: { from: [{ group: dba, count: 1 }], within: 5m } }`;

/** Approves what is held for the grant, one after the other, until `over`. @returns what was shown, in order */
async function approveAll(connection: { readonly username: string }, over: AbortSignal): Promise<HoldView[]> {
  const shown: HoldView[] = [];
  while (!over.aborted) {
    for (const hold of await holdsOf(broker.current, connection, { state: 'held' })) {
      shown.push(hold);
      await decide(broker.current, hold);
    }
    await sleep(LOOK_MS);
  }
  return shown;
}

describe('with everything under review', () => {
  beforeAll(() => {
    const { access, policy } = broker.current;
    access.applyPolicy(policy.replace(/rules:[\s\S]*(?=\nmasks:)/, `rules:${REVIEW_ALL}`));
  });
  afterAll(() => {
    broker.current.access.applyPolicy(broker.current.policy);
  });

  test.each<[string, Way, number]>([
    ['everything', asCommand, 10],
    ['everything-prompt', asLines, 20],
  ])(
    'the approver saw exactly the bytes that the host was given, and nothing else was given, under the role %s',
    async (role, way, every) => {
      const client = await broker.current.client(role, { settings: ONE_CONNECTION });
      takeGiven();
      const over = new AbortController();
      const approving = approveAll(client.connection, over.signal);
      const rows = share(
        [...ATTACKS, ...INNOCENTS.filter(({ command }) => !command.includes('sleep'))],
        every,
      );
      const results = await sendAll(client, [FIRST, ...rows], way);
      over.abort();
      const shown = await approving;
      const given = takeGiven();
      expect(given.length).toBeGreaterThan(rows.length / 5);
      expect(given.toSorted()).toEqual(shown.map(({ text }) => text).toSorted());
      const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
      expect(given.map(sha256).toSorted()).toEqual(shown.map(({ textSha256 }) => textSha256).toSorted());
      if (way === asLines) return;
      // The rest was refused before anybody was asked.
      const refused = [...results.values()].filter(({ status }) => status === REFUSED);
      expect(refused.length).toBe(rows.length + 1 - given.length);
    },
    ROWS_MS_MAX,
  );
});
