/** Somebody who watches a session over the HTTP API, and what they were told. */
import { vi } from 'vitest';
import { readEventStream, type StreamedEvent } from '../../src/core/event-stream.ts';
import type { TimelineEntry, WireBeat, WireLivePart, WireSession, WireWatchEnd } from '../../src/web/wire.ts';

const PATIENCE = { timeout: 20_000, interval: 5 };

export interface LiveWatch {
  /** Everything so far, in order. */
  readonly told: readonly StreamedEvent[];
  readonly parts: readonly WireLivePart[];
  readonly beats: readonly WireBeat[];
  /** As the stream said last. */
  readonly session: WireSession | null;
  /** How the server ended it; null while it goes on, and where it broke off. */
  readonly end: WireWatchEnd | null;
  /** Of a statement as it was told last. */
  entry(statement: number): TimelineEntry | undefined;
  /** Resolves when it holds. @throws when it does not for too long */
  until(holds: (watch: LiveWatch) => void): Promise<void>;
  close(): void;
}

export interface Refusal {
  readonly status: number;
  readonly detail: string;
}

/** @throws Refusal when the server does not stream it */
export async function watchSession(options: {
  readonly url: string;
  readonly sessionId: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly after?: number;
}): Promise<LiveWatch> {
  const { url, sessionId, headers, after } = options;
  const abort = new AbortController();
  const response = await fetch(`${url}/api/v1/sessions/${sessionId}/live`, {
    headers: { ...headers, ...(after === undefined ? {} : { 'last-event-id': String(after) }) },
    signal: abort.signal,
  });
  if (!response.ok || response.body === null) {
    const { detail }: { detail: string } = JSON.parse(await response.text());
    throw { status: response.status, detail } satisfies Refusal;
  }
  const told: StreamedEvent[] = [];
  const body = response.body.pipeThrough(new TextDecoderStream());
  const reading = (async () => {
    for await (const event of readEventStream(body)) told.push(event);
  })().catch(() => undefined);
  void reading;
  const of = <T>(name: string): T[] =>
    told.filter(({ event }) => event === name).map(({ data }) => JSON.parse(data));
  const watch: LiveWatch = {
    told,
    get parts() {
      return of<WireLivePart>('recorded');
    },
    get beats() {
      return of<WireBeat>('beat');
    },
    get session() {
      return of<{ session: WireSession }>('standing').at(-1)?.session ?? null;
    },
    get end() {
      return of<WireWatchEnd>('end').at(-1) ?? null;
    },
    entry: (statement) =>
      of<WireLivePart>('recorded')
        .flatMap(({ entries }) => entries)
        .findLast((entry) => entry.statement === statement),
    until: async (holds) => {
      await vi.waitFor(() => holds(watch), PATIENCE);
    },
    close: () => abort.abort(),
  };
  return watch;
}
