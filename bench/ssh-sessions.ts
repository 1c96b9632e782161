/** Many sessions at once: that all live, how long a command takes in each, and what they keep in memory. */
import { type ChildProcess, spawn } from 'node:child_process';
import { SERVER_ALIAS, type SshClient } from '../test/support/ssh/clients.ts';
import { type BenchCost, median, quantile } from './report.ts';
import type { SshBenchSetup } from './ssh-setup.ts';

const SESSIONS = 200;
/** As many logins at once as two cores make good use of. */
const LOGINS_AT_ONCE = 10;
const ANSWER_MS_MAX = 30_000;
const MB = 1_000_000;

export async function holdManySessions({ commands, broker }: SshBenchSetup): Promise<BenchCost[]> {
  process.stderr.write(`${SESSIONS} sessions\n`);
  const before = memoryNow();
  const startedAtMs = performance.now();
  const sessions: Echo[] = [];
  try {
    while (sessions.length < SESSIONS) {
      const opened = Array.from({ length: LOGINS_AT_ONCE }, () => openEcho(commands.sallyport));
      sessions.push(...opened);
      await Promise.all(opened.map((session) => session.say('here')));
    }
    const openedMs = performance.now() - startedAtMs;
    const times = await Promise.all(sessions.map((session) => session.say('still here')));
    const cost = (name: string, unit: string, value: number): BenchCost => ({ name, unit, value });
    return [
      cost('sessions alive at once', 'of 200', broker.liveSessions),
      cost('sessions opened', 'per second', (SESSIONS * 1_000) / openedMs),
      cost('a line to all of them and back, median', 'ms', median(times)),
      cost('a line to all of them and back, 99th percentile', 'ms', quantile(times, 0.99)),
      cost('memory of a session', 'MB', (memoryNow() - before) / MB / SESSIONS),
    ];
  } finally {
    await Promise.all(sessions.map((session) => session.close()));
  }
}

/** Of this process, in which the broker runs. */
function memoryNow(): number {
  globalThis.gc?.();
  return process.memoryUsage().rss;
}

interface Echo {
  /** @returns after how many milliseconds it came back */
  say(text: string): Promise<number>;
  close(): Promise<void>;
}

/** A `cat` on the host, in a session of its own. */
function openEcho(client: SshClient): Echo {
  const child: ChildProcess = spawn('ssh', ['-F', client.configFile, SERVER_ALIAS, 'cat'], {
    env: client.environment,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    say: (text) => {
      const startedAtMs = performance.now();
      return new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error('a session does not answer')), ANSWER_MS_MAX);
        void closed.then(() => reject(new Error('a session has ended')));
        child.stdout?.once('data', () => {
          clearTimeout(late);
          resolve(performance.now() - startedAtMs);
        });
        child.stdin?.write(`${text}\n`);
      });
    },
    close: () => {
      child.stdin?.end();
      return closed;
    },
  };
}
