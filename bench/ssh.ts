/**
 * SSH through the broker, rules and recording on, beside a direct connection to the same OpenSSH server: bulk over exec
 * and SFTP both ways, the time to log in, keystrokes in a terminal, and many sessions at once.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SERVER_ALIAS, type SshClient } from '../test/support/ssh/clients.ts';
import { openTerminal } from '../test/support/ssh/terminal.ts';
import { type BenchReport, type Measurement, measure, median } from './report.ts';
import { holdManySessions } from './ssh-sessions.ts';
import { BULK_BYTES, BULK_FILE, type SshBenchSetup, type SshRoute, startSshBench } from './ssh-setup.ts';

const ROUNDS = 3;
const LOGINS = 8;
const KEYSTROKES = 120;
const COMMAND_MS_MAX = 120_000;
const MB = 1_000_000;

export async function benchSsh(): Promise<BenchReport> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-bench-'));
  try {
    const setup = await startSshBench(directory);
    try {
      process.stderr.write(`ssh2 encrypts with its ${setup.crypto} code\nwarm-up\n`);
      for (const { run } of measurementsOf(setup)) for (const route of ROUTES) await run(route);
      const results = await measure({ rounds: ROUNDS, measurements: measurementsOf(setup) });
      return { bench: 'ssh', rounds: ROUNDS, results, costs: await holdManySessions(setup) };
    } finally {
      await setup.stop();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const ROUTES = ['direct', 'sallyport'] as const;

function measurementsOf({ commands, raw, bulkFile }: SshBenchSetup): Measurement[] {
  const of = (name: string, unit: string, run: (route: SshRoute) => Promise<number>): Measurement => ({
    name,
    unit,
    moreIsBetter: unit !== 'ms',
    routes: ROUTES,
    // Only these two are asked for.
    run: (route) => run(route === 'sallyport' ? 'sallyport' : 'direct'),
  });
  const bulk = `${BULK_BYTES / MB} MB`;
  return [
    of(`exec, ${bulk} down`, 'MB per second', (route) => execBulk(commands[route], `cat ${BULK_FILE}`, null)),
    of(`exec, ${bulk} up`, 'MB per second', (route) => execBulk(commands[route], 'cat >/dev/null', bulkFile)),
    of(`SFTP, ${bulk} down`, 'MB per second', (route) =>
      sftpBulk(commands[route], `get ${BULK_FILE} /dev/null`),
    ),
    of(`SFTP, ${bulk} up`, 'MB per second', (route) => sftpBulk(commands[route], `put ${bulkFile} uploaded`)),
    of('log in and run true', 'ms', (route) => loginMs(commands[route])),
    of('echo of a keystroke in a terminal, median', 'ms', (route) => echoMs(raw[route])),
  ];
}

/** Prints how many bytes came. */
const COUNTED = 'ssh -F "$1" "$2" "$3" | wc -c';

async function execBulk(client: SshClient, command: string, input: string | null): Promise<number> {
  const stdin = input === null ? null : await open(input);
  try {
    const startedAtMs = performance.now();
    // Counted outside this process, which one of the routes runs in.
    const child = spawn('sh', ['-c', COUNTED, 'sh', client.configFile, SERVER_ALIAS, command], {
      env: client.environment,
      stdio: [stdin?.fd ?? 'ignore', 'pipe', 'inherit'],
      timeout: COMMAND_MS_MAX,
    });
    let counted = '';
    child.stdout?.on('data', (chunk: Buffer) => (counted += chunk.toString()));
    const status = await new Promise((resolve) => child.once('close', resolve));
    const received = Number(counted);
    if (status !== 0 || (input === null && received !== BULK_BYTES))
      throw new Error(`${command} ended with ${status} after ${received} bytes`);
    return rateSince(startedAtMs);
  } finally {
    await stdin?.close();
  }
}

async function sftpBulk(client: SshClient, command: string): Promise<number> {
  const startedAtMs = performance.now();
  const { status, stderr } = await client.sftp([command], { timeoutMs: COMMAND_MS_MAX });
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr}`);
  return rateSince(startedAtMs);
}

function rateSince(startedAtMs: number): number {
  return BULK_BYTES / MB / ((performance.now() - startedAtMs) / 1_000);
}

async function loginMs(client: SshClient): Promise<number> {
  const times: number[] = [];
  for (let count = 0; count < LOGINS; count += 1) {
    const startedAtMs = performance.now();
    const { status, stderr } = await client.ssh('true');
    if (status !== 0) throw new Error(`the login ended with ${status}: ${stderr}`);
    times.push(performance.now() - startedAtMs);
  }
  return median(times);
}

/** From a key to the letter on the screen, which the terminal of the host sends back. */
async function echoMs(client: SshClient): Promise<number> {
  const terminal = openTerminal('ssh', ['-F', client.configFile, '-tt', SERVER_ALIAS], {
    environment: client.environment,
  });
  try {
    await terminal.waitFor(/[$#] /);
    terminal.type('exec cat\r');
    await terminal.waitFor('exec cat');
    terminal.type('ready\r');
    await terminal.waitFor(/^ready\nready$/m);
    const times: number[] = [];
    for (let count = 0; count < KEYSTROKES; count += 1) {
      const echoed = terminal.nextOutput();
      const startedAtMs = performance.now();
      terminal.type('x');
      await echoed;
      times.push(performance.now() - startedAtMs);
    }
    return median(times);
  } finally {
    await terminal.close();
  }
}
