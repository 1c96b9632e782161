/**
 * Splunk's HTTP Event Collector. Where the token has indexer acknowledgement, events count as delivered once they are
 * indexed, which takes seconds: several requests wait for it together.
 * See https://docs.splunk.com/Documentation/Splunk/latest/Data/FormateventsforHTTPEventCollector
 */

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatDuration } from '../../core/duration.ts';
import { quoted } from '../../core/errors.ts';
import { createHttpCaller, type HttpAnswer, parseObject, requireSuccess } from './http-call.ts';
import type { SplunkSettings } from './settings.ts';
import { ContentRefused, type Outgoing, type Sink, SinkFault } from './sink.ts';

/** Of one request: Splunk Cloud takes a megabyte. */
const EVENTS_PER_REQUEST = 200;
/** Of one batch, where it is waited until all of it is indexed. */
const REQUESTS_MAX = 10;
const ASK_FIRST_MS = 100;
const ASK_MS_MAX = 5_000;
/** Codes of the collector that are about what an event holds; others with status 400 are about our settings. */
const CONTENT_CODES = [5, 6, 12, 13, 15];

export function openSplunkHec(settings: SplunkSettings): Sink {
  const { timeoutMs, acknowledgedWithinMs } = settings;
  const base = settings.url.replace(/\/+$/, '');
  const channel = randomUUID();
  const http = createHttpCaller(settings);
  const closed = new AbortController();
  const headers = {
    'content-type': 'application/json',
    authorization: `Splunk ${settings.token.reveal()}`,
    'x-splunk-request-channel': channel,
  };

  /** Told by the first answer. */
  let acknowledges = false;

  /** @returns what to ask about them by; null for a token without acknowledgement */
  const post = async (events: readonly Outgoing[]): Promise<number | null> => {
    const url = new URL(`${base}/services/collector/event`);
    const body = events.map((event) => JSON.stringify(entryOf(event, settings))).join('\n');
    const answer = await http.post({ url, headers, body });
    requireTaken(answer);
    const { ackId } = parseObject(answer.body) ?? {};
    return typeof ackId === 'number' ? ackId : null;
  };

  const waitUntilIndexed = async (ackIds: readonly number[]): Promise<void> => {
    let asked = ackIds;
    const url = new URL(`${base}/services/collector/ack?channel=${channel}`);
    const giveUpAtMs = performance.now() + acknowledgedWithinMs;
    for (let waitMs = ASK_FIRST_MS; ; waitMs = Math.min(waitMs * 2, ASK_MS_MAX)) {
      await sleep(waitMs, undefined, { signal: closed.signal });
      const answer = await http.post({ url, headers, body: JSON.stringify({ acks: asked }) });
      requireSuccess(answer, textOf(answer));
      const acks = parseObject(answer.body)?.['acks'];
      asked = asked.filter((ackId) => !isTrueOf(acks, ackId));
      if (asked.length === 0) return;
      if (performance.now() >= giveUpAtMs) {
        throw new SinkFault(`it has not indexed the events within ${formatDuration(acknowledgedWithinMs)}`);
      }
    }
  };

  return {
    get eventsMax() {
      return acknowledges ? REQUESTS_MAX * EVENTS_PER_REQUEST : EVENTS_PER_REQUEST;
    },
    sendMsMax: (REQUESTS_MAX + 1) * timeoutMs + acknowledgedWithinMs,
    send: async (events) => {
      const ackIds: number[] = [];
      for (let from = 0; from < events.length; from += EVENTS_PER_REQUEST) {
        const ackId = await post(events.slice(from, from + EVENTS_PER_REQUEST));
        if (ackId !== null) ackIds.push(ackId);
      }
      acknowledges = ackIds.length > 0;
      if (acknowledges) await waitUntilIndexed(ackIds);
      return [];
    },
    close: () => {
      closed.abort();
      http.close();
    },
  };
}

function requireTaken(answer: HttpAnswer): void {
  const code = parseObject(answer.body)?.['code'];
  if (answer.status === 400 && typeof code === 'number' && !CONTENT_CODES.includes(code)) {
    throw new SinkFault(`it answered 400: ${textOf(answer)}`);
  }
  requireSuccess(answer, textOf(answer));
  if (typeof code === 'number' && code !== 0) throw new ContentRefused(`it answered: ${textOf(answer)}`);
}

function textOf({ body }: HttpAnswer): string {
  const { text, code } = parseObject(body) ?? {};
  return typeof text === 'string' ? quoted(`${text} (code ${String(code)})`) : quoted(body);
}

function isTrueOf(acks: unknown, ackId: number): boolean {
  return typeof acks === 'object' && acks !== null && Reflect.get(acks, String(ackId)) === true;
}

function entryOf(event: Outgoing, { index, source, sourcetype }: SplunkSettings) {
  return {
    time: event.at.getTime() / 1_000,
    source,
    sourcetype,
    ...(index === null ? {} : { index }),
    fields: { uid: event.uid, sequence: event.sequence, event_code: event.type },
    event: event.ocsf,
  };
}
