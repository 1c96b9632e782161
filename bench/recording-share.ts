/**
 * Which share of the data path's time recording takes, found in two ways that share nothing. pgbench runs through the
 * broker in this process. First V8 samples the event loop: a sample counts as recording when a function of
 * `src/recording` is on its stack, whatever that called, system calls among it; waiting for work counts for nothing. Then
 * the processor time of a statement, of all threads and without the profiler, is put beside what recording one takes
 * when it runs alone (`bench/recording.ts`). Statements of one turn of the event loop share a write; how many do varies,
 * so that the sampled share lies between that of a statement alone in its turn and that of one in a full turn.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runPgbench } from './pgbench.ts';
import { processorTimeOf } from './postgres-costs.ts';
import { type BenchSetup, startBenchBroker } from './postgres-setup.ts';
import { type BenchCost, median } from './report.ts';

const ROUNDS = 3;
const SECONDS = 4;
const CLIENTS = '8';
const SAMPLE_MICROSECONDS = 200;
/** A broker that has just started is not optimised yet. */
const WARM_UP_TRANSACTIONS = '4000';
const PROTOCOLS = ['simple', 'prepared'] as const;
const RECORDING = '/src/recording/';
/** Of V8: the loop waits. */
const IDLE = '(idle)';

/** What recording a statement and its outcome takes when nothing else runs. */
export interface AloneCost {
  /** Statements of one turn of the event loop. */
  readonly inTurn: number;
  readonly microseconds: number;
}

export async function measureShare(alone: readonly AloneCost[]): Promise<BenchCost[]> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-bench-'));
  try {
    const setup = await startBenchBroker(directory);
    try {
      const costs: BenchCost[] = [];
      for (const protocol of PROTOCOLS) costs.push(...(await shareWith(setup, protocol, alone)));
      return costs;
    } finally {
      await setup.stop();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function shareWith(
  setup: BenchSetup,
  protocol: string,
  alone: readonly AloneCost[],
): Promise<BenchCost[]> {
  process.stderr.write(`share of recording: ${protocol}\n`);
  const clients = ['-c', CLIENTS, '-j', '2', '-M', protocol];
  await runPgbench(setup.sallyport, [...clients, '-t', WARM_UP_TRANSACTIONS]);
  const sampled: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const profile = await profiled(() => runPgbench(setup.sallyport, [...clients, '-T', String(SECONDS)]));
    sampled.push(shareOf(profile));
  }
  const whole = await processorTimeOf(setup.sallyport, protocol);
  const share = (name: string, value: number): BenchCost => ({ name, unit: 'of 1', value });
  return [
    share(`share of the data path, ${protocol}`, median(sampled)),
    ...alone.map(({ inTurn, microseconds }) =>
      share(`  by processor time, ${inTurn} in a turn`, microseconds / whole),
    ),
  ];
}

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
    readonly children?: readonly number[] | undefined;
  }[];
  readonly samples?: readonly number[] | undefined;
  readonly timeDeltas?: readonly number[] | undefined;
}

async function profiled(work: () => Promise<unknown>): Promise<Profile> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_MICROSECONDS });
    await session.post('Profiler.start');
    await work();
    return (await session.post('Profiler.stop')).profile;
  } finally {
    session.disconnect();
  }
}

/** Of the time in which the loop did not wait. */
function shareOf({ nodes, samples = [], timeDeltas = [] }: Profile): number {
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const known = new Map(nodes.map((node) => [node.id, node]));
  const isRecording = new Map<number, boolean>();
  const recorded = (id: number | undefined): boolean => {
    if (id === undefined) return false;
    const before = isRecording.get(id);
    if (before !== undefined) return before;
    const found = known.get(id)?.callFrame.url.includes(RECORDING) === true || recorded(parents.get(id));
    isRecording.set(id, found);
    return found;
  };
  let [busy, recording] = [0, 0];
  for (const [index, id] of samples.entries()) {
    const microseconds = timeDeltas[index] ?? 0;
    if (known.get(id)?.callFrame.functionName === IDLE) continue;
    busy += microseconds;
    if (recorded(id)) recording += microseconds;
  }
  return recording / busy;
}
