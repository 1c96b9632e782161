/**
 * A question that the shell itself asks the target, through the gate like any command: where a path leads, what a
 * directory holds. Its answer is short, in time, and shown to nobody as it is.
 */
import type { Readable } from 'node:stream';
import type { Verdict } from '../../../../core/verdict.ts';
import type { Judged } from '../../../gate.ts';
import type { HostInspection, HostSession, TargetCommand } from '../../host-session.ts';

const ANSWER_MS_MAX = 5_000;
const NO_VARIABLES: ReadonlyMap<string, string> = new Map();

export interface Question {
  /** As it is recorded. */
  readonly text: string;
  readonly inspection: HostInspection;
  /** What is longer is cut to the last whole line. */
  readonly answerBytesMax: number;
  /** Set where nobody has typed it: it counts as no command. */
  readonly isLookUp?: true;
}

export type Answer =
  | {
      readonly kind: 'answer';
      readonly status: number | null;
      readonly stdout: string;
      readonly stderr: string;
    }
  | { readonly kind: 'not-allowed'; readonly verdict: Exclude<Verdict, { action: 'allow' }> }
  /** The session has ended, or ends because of what came. */
  | { readonly kind: 'ended' };

/** @throws AppError when the target cannot be asked */
export async function askTarget(session: HostSession, question: Question): Promise<Answer> {
  if (!session.policy.renew()) return { kind: 'ended' };
  const { text, inspection, isLookUp } = question;
  const judged = session.gate.judge({
    protocol: 'simple',
    text,
    parameters: [],
    prepared: null,
    inspected: inspection,
    refusal: null,
    ...(isLookUp === undefined ? {} : { isLookUp }),
  });
  if (judged.verdict.action !== 'allow') return { kind: 'not-allowed', verdict: judged.verdict };
  const done = session.busy();
  try {
    return await run(session, judged, question);
  } finally {
    done();
  }
}

async function run(
  session: HostSession,
  judged: Judged<HostInspection>,
  { inspection, answerBytesMax, isLookUp }: Question,
): Promise<Answer> {
  const { gate, target, live } = session;
  const startedMs = live.ageMs;
  let starting: Promise<TargetCommand> | null = null;
  gate.release(() => {
    starting = target.run(inspection.canonical ?? 'false', { directory: '/', environment: NO_VARIABLES });
  });
  let answer: Answer = { kind: 'ended' };
  try {
    const command = await (starting as Promise<TargetCommand> | null);
    if (command !== null) answer = await answerOf(session, judged, { command, answerBytesMax });
  } finally {
    const tags =
      answer.kind === 'answer'
        ? [`exit ${answer.status ?? 1}`, ...(isLookUp === true ? ['look-up'] : [])]
        : [];
    const durationMs = live.ageMs - startedMs;
    gate.complete(judged, { durationMs, tags, rows: 0, maskedCells: 0, error: null });
  }
  return answer;
}

async function answerOf(
  session: HostSession,
  judged: Judged<HostInspection>,
  of: { readonly command: TargetCommand; readonly answerBytesMax: number },
): Promise<Answer> {
  const { command, answerBytesMax } = of;
  const stop = (): void => command.signal('KILL');
  const late = setTimeout(stop, ANSWER_MS_MAX);
  command.stdin.end();
  try {
    const [stdout, stderr, { status }] = await Promise.all([
      startOf(command.stdout, { bytesMax: answerBytesMax, stop }),
      startOf(command.stderr, { bytesMax: answerBytesMax, stop }),
      command.exited,
    ]);
    const mayPass = await session.countBytes(judged, stdout.length + stderr.length);
    if (!mayPass) return { kind: 'ended' };
    return { kind: 'answer', status, stdout: textOf(stdout), stderr: textOf(stderr) };
  } finally {
    clearTimeout(late);
  }
}

/** Reads to the end, and keeps the beginning. */
async function startOf(
  stream: Readable,
  { bytesMax, stop }: { readonly bytesMax: number; readonly stop: () => void },
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // A stream that is destroyed at its end takes the channel with it, before the status has come.
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    if (bytes <= bytesMax) chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > bytesMax) stop();
  }
  const all = Buffer.concat(chunks);
  return bytes <= bytesMax ? all : all.subarray(0, all.lastIndexOf(0x0a, bytesMax) + 1);
}

function textOf(bytes: Buffer): string {
  return bytes.toString('utf8');
}
