/**
 * However the wait for people ends, it ends alike for a command of `ssh`, a line at the guided prompt and a file of
 * `scp`: with the real clients, each on a terminal of its own.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { revokeGrant } from '../../../../src/access/end-grant.ts';
import type { HoldView } from '../../../../src/access/views.ts';
import { SERVER_ALIAS } from '../../../support/ssh/clients.ts';
import { useSshBroker } from '../../../support/ssh/ssh-broker.ts';
import { useSshd } from '../../../support/ssh/sshd.ts';
import { KEY, openTerminal, sshTerminal, type TestTerminal } from '../../../support/ssh/terminal.ts';
import { decide, heldBy, holdsIn } from '../hold-harness.ts';
import { ofType, PATIENCE, recorded } from './exec-harness.ts';

const WITHIN_MS = 2_000;
/** No sentence of the broker is broken into rows. */
const WIDE = { columns: 500 };

const sshd = useSshd();
const broker = useSshBroker({
  sshd,
  settings: 'oversight: { groups: [responders] }',
  roles: `
      runner: { shell: exec }
      operator: { shell: guided }`,
  rules: `
  - { name: hasty, on: { kind: ssh }, match: { paths: ["*/hasty/*"] }, action: review, approval: { from: [{ group: dba, count: 1 }], within: 1s } }
  - { name: careful, on: { kind: ssh }, match: { paths: ["*/held/*"] }, action: review, approval: { from: [{ group: dba, count: 1 }], within: 5m } }`,
});

const at = (name: string): string => join(sshd.current.home, name);

beforeAll(async () => {
  for (const name of ['held', 'hasty']) {
    await mkdir(at(name));
    await chmod(at(name), 0o777);
  }
});

interface Started {
  readonly grantId: string;
  readonly terminal: TestTerminal;
}

/** Each asks for a file on the host to be made. */
const KINDS = {
  command: async (file: string): Promise<Started> => {
    const client = await broker.current.client('runner');
    const terminal = sshTerminal(client, { ...WIDE, command: `touch ${file}` });
    return { grantId: client.connection.username, terminal };
  },
  prompt: async (file: string): Promise<Started> => {
    const client = await broker.current.client('operator');
    const terminal = sshTerminal(client, WIDE);
    await terminal.waitFor(/\$ ?$/);
    terminal.type(`touch ${file}${KEY.enter}`);
    return { grantId: client.connection.username, terminal };
  },
  file: async (file: string): Promise<Started> => {
    const client = await broker.current.client('runner');
    const local = join(client.directory, 'local');
    writeFileSync(local, 'some bytes\n');
    const args = ['-F', client.configFile, local, `${SERVER_ALIAS}:${file}`];
    const terminal = openTerminal('scp', args, { ...WIDE, environment: client.environment });
    return { grantId: client.connection.username, terminal };
  },
} as const;

interface Held extends Started {
  readonly kind: keyof typeof KINDS;
  readonly file: string;
  readonly hold: HoldView;
}

interface Outcome {
  readonly name: string;
  readonly act: (held: Held) => Promise<unknown>;
  readonly directory?: 'hasty';
  /** Of the hold. */
  readonly state: HoldView['state'];
  readonly because: HoldView['withdrawnBecause'] | 'either';
  /** What its client is told; null where nobody is there to read it. */
  readonly told: (hold: HoldView) => string | null;
  /** Kinds whose client the outcome ends. */
  readonly ends: readonly Held['kind'][];
  readonly endReason: string;
}

const CLIENT_ENDS = { ends: ['command', 'file'], endReason: 'client-closed' } as const;
const EVERY_ENDS = ['command', 'prompt', 'file'] as const;

const OUTCOMES: readonly Outcome[] = [
  {
    name: 'approved',
    act: ({ hold }) => decide(broker.current, hold),
    state: 'approved',
    because: null,
    told: ({ id }) => `${id} was approved by Dana`,
    ...CLIENT_ENDS,
  },
  {
    name: 'denied',
    act: ({ hold }) => decide(broker.current, hold, { verdict: 'deny', note: 'not today' }),
    state: 'denied',
    because: null,
    told: ({ id }) => `${id} was denied by Dana: not today. It did not run.`,
    ...CLIENT_ENDS,
  },
  {
    name: 'not decided in time',
    act: async () => undefined,
    directory: 'hasty',
    state: 'expired',
    because: null,
    told: ({ id }) => `${id} was not approved within 1s, so it did not run`,
    ...CLIENT_ENDS,
  },
  {
    name: 'withdrawn with Ctrl-C',
    act: async ({ terminal }) => terminal.type(KEY.ctrlC),
    state: 'withdrawn',
    because: 'client',
    told: () => 'You withdrew the command. It did not run.',
    ...CLIENT_ENDS,
  },
  {
    name: 'left by a client whose window is closed',
    act: ({ terminal }) => terminal.close(),
    state: 'withdrawn',
    // By its channel or by its connection, whichever is heard of first.
    because: 'either',
    told: () => null,
    ends: EVERY_ENDS,
    endReason: 'client-closed',
  },
  {
    name: 'ended with the access, which was revoked',
    act: async ({ grantId }) => {
      const by = await broker.current.access.person('carol', ['responders']);
      await revokeGrant(broker.current.context, { grantId, by, reason: 'laptop stolen' });
    },
    state: 'withdrawn',
    because: 'session-ended',
    told: () => 'access was revoked',
    ends: EVERY_ENDS,
    endReason: 'grant-revoked',
  },
];

async function hold(kind: Held['kind'], file: string): Promise<Held> {
  const started = await KINDS[kind](file);
  const view = await heldBy(broker.current, { username: started.grantId });
  await started.terminal.waitFor(`waits for approval: ${view.id}`);
  expect(view.text).toContain(file);
  expect(existsSync(file)).toBe(false);
  return { ...started, kind, file, hold: view };
}

/** The prompt is back, and what nobody has to agree to runs there. */
async function leavePrompt(terminal: TestTerminal): Promise<void> {
  terminal.type(`echo still here${KEY.enter}`);
  await terminal.waitFor(/^still here$/m);
  terminal.type(KEY.ctrlD);
}

async function endsAs(outcome: Outcome, held: Held): Promise<void> {
  const { state, because, ends } = outcome;
  const { kind, file, grantId, terminal } = held;
  await outcome.act(held);
  const fromMs = performance.now();
  const over = await heldBy(broker.current, { username: grantId }, { state });
  // The signal ends scp before it is answered: its channel or its connection is heard of first.
  const isGone = kind === 'file' && because === 'client';
  if (because !== 'either' && !isGone) expect(over.withdrawnBecause).toBe(because);
  const told = isGone ? null : outcome.told(over);
  if (told !== null) await terminal.waitFor(told);
  if (!ends.includes(kind)) await leavePrompt(terminal);
  await terminal.exited;
  if (outcome.endReason === 'grant-revoked') expect(performance.now() - fromMs).toBeLessThan(WITHIN_MS);
  await terminal.close();
  await expect(decide(broker.current, held.hold)).rejects.toMatchObject({ code: 'conflict' });

  const { events } = await recorded(broker.current, grantId);
  const isApproved = state === 'approved';
  expect(existsSync(file)).toBe(isApproved);
  const ofHold = holdsIn(
    events.filter((event) => !('statement' in event) || event.statement === held.hold.statement),
  );
  expect(ofHold.slice(0, 3).map((line) => line.split(' ')[1])).toEqual(['review', 'held', state]);
  if (!isApproved) expect(ofHold).toHaveLength(3);
  expect(ofType(events, 'end')).toMatchObject([{ reason: outcome.endReason }]);
}

test.each(OUTCOMES)('$name: a command, a line at the prompt and a file', async (outcome) => {
  const { directory = 'held' } = outcome;
  const kinds = Object.keys(KINDS) as Held['kind'][];
  await Promise.all(
    kinds.map(async (kind) => {
      const file = at(join(directory, `${kind}-${OUTCOMES.indexOf(outcome)}`));
      await endsAs(outcome, await hold(kind, file));
    }),
  );
  await expect.poll(() => sshd.current.processes(), PATIENCE).toEqual([]);
});
