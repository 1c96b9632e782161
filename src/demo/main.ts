/** `sallyport demo`: the embedded shape with sample targets, or the tour through it. */
import { mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { messageOf } from '../core/errors.ts';
import type { Demo } from './start-demo.ts';
import type { StepReport } from './tour/run-tour.ts';

const USAGE = `Usage: sallyport demo [--once] [--json] [--port PORT]

Starts Sallyport with everything it needs on this machine: a database of its own, a sample database to
protect, a sample identity provider and the web chat. State is kept in .sallyport/demo.

  --once       run the tour by itself and exit 0 if every step held
  --json       with --once: one JSON line for each step, { step, ok, detail }, and nothing else
  --port PORT  where the web pages are (7180)

Environment: REDIS_URL (else jobs are kept in PostgreSQL), LOG_LEVEL.
`;

interface DemoArguments {
  readonly once: boolean;
  readonly json: boolean;
  readonly port: number | null;
}

const ONCE_LASTS_MS = 175_000;
const STATUS_INTERRUPTED = 130;

async function runFromCommandLine(): Promise<number> {
  let given: DemoArguments | null;
  try {
    given = readArguments();
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n\n${USAGE}`);
    return 2;
  }
  if (given === null) {
    process.stdout.write(USAGE);
    return 0;
  }
  const report = reporter(given);
  const interrupted = watchInterrupts();
  let demo: Demo;
  try {
    const { startDemo } = await import('./start-demo.ts');
    demo = await startDemo({ workingDirectory: process.cwd(), port: given.port });
  } catch (error) {
    if (given.once) report({ step: 'start', ok: false, detail: messageOf(error) });
    else process.stderr.write(`sallyport: ${messageOf(error)}\n`);
    return 1;
  }
  try {
    if (given.once) return await Promise.race([tour(demo, report), interrupted.once]);
    if (interrupted.already()) return STATUS_INTERRUPTED;
    const { renderStartScreen } = await import('./start-screen.ts');
    process.stdout.write(
      renderStartScreen(demo, { command: commandFrom(process.cwd()), workingDirectory: process.cwd() }),
    );
    await interrupted.once;
    process.stdout.write('\nStopping…\n');
    return 0;
  } finally {
    await demo.stop();
  }
}

/** How to call this Sallyport from a directory: relative where that is short. */
function commandFrom(directory: string): string {
  const path = fileURLToPath(new URL('../../bin/sallyport', import.meta.url));
  const fromHere = relative(directory, path);
  return fromHere.startsWith('..') ? path : fromHere;
}

/** @returns null when help was asked for */
function readArguments(): DemoArguments | null {
  const { values } = parseArgs({
    options: {
      once: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      port: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return null;
  if (values.json && !values.once) throw new Error('--json goes with --once.');
  const port = values.port === undefined ? null : Number(values.port);
  if (port !== null && !(Number.isInteger(port) && port >= 1 && port <= 65_535)) {
    throw new Error(`--port ${values.port}: write a number from 1 to 65535.`);
  }
  return { once: values.once, json: values.json, port };
}

async function tour(demo: Demo, report: (line: StepReport) => void): Promise<number> {
  const notices = demo.notices.map((notice) => ` ${notice}`).join('');
  report({ step: 'start', ok: true, detail: `${demo.url}, jobs in ${demo.queue}.${notices}` });
  const directory = join(demo.directory.root, 'tour');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { chooseSqlClient } = await import('./tour/choose-sql-client.ts');
  const { runTour } = await import('./tour/run-tour.ts');
  const sqlClient = chooseSqlClient();
  const allHeld = await runTour(
    { publicUrl: demo.url, target: demo.target, host: demo.host, sqlClient, directory },
    report,
  );
  return allHeld ? 0 : 1;
}

function reporter({ json }: DemoArguments): (line: StepReport) => void {
  return (line) => {
    const text = json
      ? JSON.stringify(line)
      : `${line.ok ? 'ok    ' : 'FAILED'}  ${line.step.padEnd(15)} ${line.detail}`;
    process.stdout.write(`${text}\n`);
  };
}

/** Ctrl-C, an ending service or a closed terminal: all mean to stop in order. A second one does not wait. */
function watchInterrupts(): { readonly once: Promise<number>; already(): boolean } {
  let count = 0;
  const once = new Promise<number>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        count += 1;
        if (count > 1) process.exit(STATUS_INTERRUPTED);
        resolve(STATUS_INTERRUPTED);
      });
    }
  });
  return { once, already: () => count > 0 };
}

if (import.meta.main) {
  if (process.argv.includes('--once')) {
    setTimeout(() => {
      process.stderr.write('sallyport: the tour did not end in time\n');
      process.exit(1);
    }, ONCE_LASTS_MS).unref();
  }
  // Everything is stopped by now; whatever still holds the process must not keep a terminal waiting.
  process.exit(await runFromCommandLine());
}
