import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { readEventStream, type StreamedEvent } from '../../../src/core/event-stream.ts';
import type { RecordingEvent, SessionFacts } from '../../../src/recording/events.ts';
import { type FeedSettings, LiveFeed } from '../../../src/recording/live/feed.ts';
import { LiveFeeds } from '../../../src/recording/live/feeds.ts';
import type { LiveSource } from '../../../src/recording/live/source.ts';
import type { RecordingEnd } from '../../../src/recording/reader.ts';
import { encodePart, WatchStream } from '../../../src/web/live/watch-stream.ts';

const FACTS = {
  sessionId: 's-abcd2345',
  resource: 'orders-db',
  resourceKind: 'postgres',
  startedAt: '2026-11-21T14:30:00.000Z',
} as SessionFacts;
const START: RecordingEvent = { type: 'start', atMs: 0, facts: FACTS };

function statement(number: number, text = `select ${number}`): RecordingEvent {
  return {
    type: 'statement',
    atMs: number,
    statement: number,
    text,
    textSha256: '0'.repeat(64),
    protocol: 'simple',
    parameters: [],
    analysis: [],
    verdict: { action: 'allow', rule: null, reason: 'the role allows it' },
  };
}

/** A recording that grows when it is told to. */
class GrowingSource implements LiveSource {
  readonly #come: RecordingEvent[] = [];
  reads = 0;
  closed = false;

  append(...events: readonly RecordingEvent[]): void {
    this.#come.push(...events);
  }

  async look(): Promise<boolean> {
    return this.#come.length > 0;
  }

  async *open(more: () => Promise<boolean>): AsyncGenerator<RecordingEvent, RecordingEnd> {
    do {
      for (const event of this.#come.splice(0)) {
        this.reads += 1;
        yield event;
      }
    } while (await more());
    return { complete: false, sealedBy: null, problem: null };
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

const FAST: Partial<FeedSettings> = { pollMs: 1, restMs: 1 };
const feeds: LiveFeed[] = [];
afterEach(async () => {
  for (const feed of feeds.splice(0)) await feed.close();
});

function follow(source: LiveSource, settings: Partial<FeedSettings> = {}): LiveFeed {
  const feed = new LiveFeed({
    source,
    now: () => new Date(FACTS.startedAt),
    encode: encodePart,
    settings: { ...FAST, ...settings },
  });
  feeds.push(feed);
  return feed;
}

/** Reads as fast as it is told. */
function read(stream: WatchStream): StreamedEvent[] {
  const told: StreamedEvent[] = [];
  stream.setEncoding('utf8');
  void (async () => {
    for await (const event of readEventStream(stream)) told.push(event);
  })();
  return told;
}

const statementsIn = (told: readonly StreamedEvent[]): number[] =>
  told
    .filter(({ event }) => event === 'recorded')
    .flatMap(({ data }) => JSON.parse(data).entries.map((entry: { statement: number }) => entry.statement));
const waitFor = (holds: () => void): Promise<void> => vi.waitFor(holds, { timeout: 20_000, interval: 2 });
const caughtUp = (feed: LiveFeed) => waitFor(() => expect(feed.state).toMatchObject({ caughtUp: true }));

describe('a feed', () => {
  test('is read once for all watchers, whenever they come', async () => {
    const source = new GrowingSource();
    source.append(START, statement(1));
    const shared = new LiveFeeds({
      find: async () => source,
      now: () => new Date(),
      encode: encodePart,
      settings: FAST,
      lingerMs: 1,
    });
    const [first, second] = await Promise.all([shared.open('s-abcd2345'), shared.open('s-abcd2345')]);
    expect(second.feed).toBe(first.feed);
    await caughtUp(first.feed);
    const early = read(new WatchStream(first.feed, { after: 0 }));
    source.append(statement(2));
    await waitFor(() => expect(statementsIn(early)).toEqual([1, 2]));
    const late = read(new WatchStream(second.feed, { after: 0 }));
    await waitFor(() => expect(statementsIn(late)).toEqual([1, 2]));
    expect(source.reads).toBe(3);
    first.release();
    first.release();
    await sleep(20);
    expect(source.closed).toBe(false);
    second.release();
    await waitFor(() => expect(source.closed).toBe(true));
    expect(shared.size).toBe(0);
  });

  test('is refused beyond the number of sessions that are watched at a time', async () => {
    const shared = new LiveFeeds({
      find: async () => new GrowingSource(),
      now: () => new Date(),
      encode: encodePart,
      feedsMax: 2,
      settings: FAST,
    });
    await shared.open('s-aaaaaaaa');
    await shared.open('s-bbbbbbbb');
    await shared.open('s-aaaaaaaa');
    await expect(shared.open('s-cccccccc')).rejects.toMatchObject({ code: 'rate_limited' });
    await shared.close();
    expect(shared.size).toBe(0);
  });

  test('that fails says so to its watchers, and is not given to those who come later', async () => {
    let isGone = false;
    const broken: LiveSource = {
      look: async () => {
        if (isGone) throw new Error('the disk is gone');
        return false;
      },
      open: (more) => new GrowingSource().open(more),
      close: async () => undefined,
    };
    const sources: LiveSource[] = [broken, new GrowingSource()];
    const shared = new LiveFeeds({
      find: async () => sources.shift() ?? null,
      now: () => new Date(),
      encode: encodePart,
      settings: FAST,
    });
    const first = await shared.open('s-abcd2345');
    const told = read(new WatchStream(first.feed, { after: 0 }));
    isGone = true;
    await waitFor(() => expect(JSON.parse(told.at(-1)?.data ?? '{}')).toMatchObject({ because: 'failed' }));
    const second = await shared.open('s-abcd2345');
    expect(second.feed).not.toBe(first.feed);
    expect(second.feed.state.kind).toBe('following');
    first.release();
    second.release();
    await shared.close();
    await expect(shared.open('s-aaaaaaaa')).rejects.toMatchObject({ code: 'not_found' });
    await waitFor(() => expect(shared.size).toBe(0));
  });
});

describe('a watcher', () => {
  test('that goes on behind an event is told what follows it, and of a gap where that is not kept', async () => {
    const source = new GrowingSource();
    const feed = follow(source, { keptBytesMax: 2_000 });
    const all = read(new WatchStream(feed, { after: 0 }));
    source.append(START);
    for (let number = 1; number <= 20; number += 1) {
      source.append(statement(number));
      await waitFor(() => expect(statementsIn(all).at(-1)).toBe(number));
    }
    expect(statementsIn(all)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    const near = read(new WatchStream(feed, { after: 20 }));
    await waitFor(() => expect(statementsIn(near)).toEqual([20]));
    expect(near.some(({ event }) => event === 'gap')).toBe(false);
    const far = read(new WatchStream(feed, { after: 2 }));
    await waitFor(() => expect(statementsIn(far).at(-1)).toBe(20));
    const gap = JSON.parse(far.find(({ event }) => event === 'gap')?.data ?? '{}');
    expect(gap.from).toBe(3);
    expect(statementsIn(far)[0]).toBe(gap.to);
  });

  test('that reads nothing is dropped once what it left is gone, and keeps nobody waiting', async () => {
    const source = new GrowingSource();
    const feed = follow(source, { keptBytesMax: 65_536 });
    source.append(START);
    await caughtUp(feed);
    const slow = new WatchStream(feed, { after: 0 });
    // It takes what there is, and then nothing more.
    slow.read();
    await waitFor(() => expect(slow.readableLength).toBe(0));
    const quick = read(new WatchStream(feed, { after: 0 }));
    for (let number = 1; number <= 30; number += 1) {
      source.append(statement(number, 'x'.repeat(15_500)));
      await waitFor(() => expect(statementsIn(quick).at(-1)).toBe(number));
    }
    // What waits for it is bounded, too.
    expect(slow.readableLength).toBeLessThan(600_000);
    const told = read(slow);
    await waitFor(() => expect(JSON.parse(told.at(-1)?.data ?? '{}')).toMatchObject({ because: 'too-slow' }));
  });

  test('gets long texts cut', async () => {
    const source = new GrowingSource();
    const told = read(new WatchStream(follow(source), { after: 0 }));
    source.append(START, statement(1, 'a'.repeat(16_000)), statement(2, 'b'.repeat(16_001)));
    await waitFor(() => expect(statementsIn(told)).toEqual([1, 2]));
    const texts = told
      .filter(({ event }) => event === 'recorded')
      .flatMap(({ data }) => JSON.parse(data).entries.map((entry: { text: string }) => entry.text));
    expect(texts).toEqual(['a'.repeat(16_000), `${'b'.repeat(16_000)}… (1 more characters)`]);
  });

  test('hears the end of the session as its last event', async () => {
    const source = new GrowingSource();
    const told = read(new WatchStream(follow(source), { after: 0 }));
    source.append(START, { type: 'end', atMs: 5, reason: 'terminated', counts: {} as never });
    await waitFor(() => expect(told.at(-1)).toMatchObject({ event: 'end' }));
    expect(JSON.parse(told.at(-1)?.data ?? '{}')).toMatchObject({ because: 'session-ended' });
    expect(JSON.parse(told.at(-2)?.data ?? '{}')).toMatchObject({ ended: true });
  });
});

describe('a stream of events', () => {
  test('is read whole, however it is cut', async () => {
    const text = ': still here\n\nid: 3\nevent: recorded\ndata: {"a":\ndata: 1}\n\nevent: beat\ndata: {}\n\n';
    for (let cut = 0; cut <= text.length; cut += 1) {
      const events: StreamedEvent[] = [];
      async function* pieces() {
        yield text.slice(0, cut);
        yield text.slice(cut);
      }
      for await (const event of readEventStream(pieces())) events.push(event);
      expect(events).toEqual([
        { event: 'recorded', id: '3', data: '{"a":\n1}' },
        { event: 'beat', id: null, data: '{}' },
      ]);
    }
  });
});
