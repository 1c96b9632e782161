/** An asciicast v3 as lines of JSON, read from our own server. */
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';

const HEADER = z.object({
  version: z.literal(3),
  term: z.object({ cols: z.number(), rows: z.number() }),
  idle_time_limit: z.number().optional(),
  title: z.string().optional(),
});
export type CastHeader = z.output<typeof HEADER>;

const EVENT = z.tuple([z.number().nonnegative(), z.string(), z.string()]);

export interface CastEvent {
  readonly afterMs: number;
  readonly code: string;
  readonly data: string;
}

export interface Cast {
  readonly header: CastHeader;
  readonly events: AsyncGenerator<CastEvent>;
}

/** @throws AppError `internal` when it is none */
export async function readCast(body: AsyncIterable<Uint8Array>): Promise<Cast> {
  const lines = linesOf(body);
  const first = await lines.next();
  const header = HEADER.safeParse(parseJson(first.done === true ? '' : first.value));
  if (!header.success) throw notACast();
  return { header: header.data, events: eventsOf(lines) };
}

async function* eventsOf(lines: AsyncGenerator<string>): AsyncGenerator<CastEvent> {
  for await (const line of lines) {
    if (line === '' || line.startsWith('#')) continue;
    const event = EVENT.safeParse(parseJson(line));
    if (!event.success) throw notACast();
    const [seconds, code, data] = event.data;
    yield { afterMs: seconds * 1_000, code, data };
  }
}

async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function notACast(): AppError {
  return new AppError('internal', 'The server answered with something that is no asciicast.');
}
