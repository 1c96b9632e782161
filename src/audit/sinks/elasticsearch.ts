/**
 * Elasticsearch's bulk API, and OpenSearch's. Every event is created under its own id, so that one that is sent again
 * is not there twice; `create` is also what a data stream takes.
 * See https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk
 */
import { quoted } from '../../core/errors.ts';
import { createHttpCaller, parseObject, requireSuccess } from './http-call.ts';
import type { ElasticsearchSettings } from './settings.ts';
import { type Outgoing, type Refusal, type Sink, SinkFault } from './sink.ts';

const EVENTS_MAX = 500;
const CONFLICT = 409;

export function openElasticsearch(settings: ElasticsearchSettings): Sink {
  const http = createHttpCaller(settings);
  const base = settings.url.replace(/\/+$/, '');
  const url = new URL(`${base}/${settings.index}/_bulk?filter_path=errors,items.*.status,items.*.error`);
  const headers = { 'content-type': 'application/x-ndjson', ...authorizationOf(settings) };
  return {
    eventsMax: EVENTS_MAX,
    sendMsMax: settings.timeoutMs,
    send: async (events) => {
      const answer = await http.post({ url, headers, body: events.map(linesOf).join('') });
      requireSuccess(answer, quoted(answer.body));
      return refusalsIn(answer.body, events);
    },
    close: () => http.close(),
  };
}

function authorizationOf({ credential }: ElasticsearchSettings): { authorization?: string } {
  if (credential === null) return {};
  if ('apiKey' in credential) return { authorization: `ApiKey ${credential.apiKey.reveal()}` };
  const pair = Buffer.from(`${credential.username}:${credential.password.reveal()}`);
  return { authorization: `Basic ${pair.toString('base64')}` };
}

function linesOf({ uid, at, ocsf }: Outgoing): string {
  const document = { '@timestamp': at.toISOString(), ...ocsf };
  return `${JSON.stringify({ create: { _id: uid } })}\n${JSON.stringify(document)}\n`;
}

/** @throws SinkFault when some have to be sent again; those that are there by then are known by their id */
function refusalsIn(body: string, events: readonly Outgoing[]): Refusal[] {
  const answer = parseObject(body);
  if (answer?.['errors'] === false) return [];
  const items = answer?.['items'];
  if (!Array.isArray(items) || items.length !== events.length) {
    throw new SinkFault('its answer does not say what became of each event');
  }
  const outcomes = events.map((event, index) => ({ event, ...outcomeOf(items[index]) }));
  const again = outcomes.filter(({ status }) => status === 429 || status >= 500);
  const first = again[0];
  if (first !== undefined) {
    throw new SinkFault(`it could not take ${again.length} of ${events.length} events: ${first.reason}`);
  }
  return outcomes
    .filter(({ status }) => status >= 300 && status !== CONFLICT)
    .map(({ event, reason }) => ({ sequence: event.sequence, reason }));
}

function outcomeOf(item: unknown): { status: number; reason: string } {
  const create = field(item, 'create');
  const status = field(create, 'status');
  const error = field(create, 'error');
  const reason = [field(error, 'type'), field(error, 'reason')].filter((text) => typeof text === 'string');
  // What says nothing is taken for what has to be sent again.
  return {
    status: typeof status === 'number' ? status : 500,
    reason: quoted(`${String(status)} ${reason.join(': ')}`),
  };
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
