/** What stands for Splunk, Elasticsearch, a webhook's receiver and an OpenTelemetry collector. */
import { createHmac } from 'node:crypto';
import type { Call, Reply } from './http-receiver.ts';

/** An event as it came in, in OCSF. */
export interface Received {
  readonly uid: string;
  readonly sequence: number;
  readonly type: string;
  readonly subject: string;
  readonly ocsf: Readonly<Record<string, unknown>>;
}

export interface Store {
  /** In the order of arrival; what came twice is there twice, unless the receiver knows what it has. */
  readonly events: Received[];
  answer(call: Call): Reply;
}

interface OcsfShape {
  readonly metadata: { readonly uid: string; readonly sequence: number; readonly event_code: string };
  readonly unmapped: { readonly subject: string };
}

export function receivedFrom(ocsf: Readonly<Record<string, unknown>>): Received {
  const { metadata, unmapped } = ocsf as unknown as OcsfShape;
  return {
    uid: metadata.uid,
    sequence: metadata.sequence,
    type: metadata.event_code,
    subject: unmapped.subject,
    ocsf,
  };
}

/** Checks every signature as the specification says. @param secrets any of them is good */
export function webhookStore(secrets: readonly Buffer[]): Store {
  const events: Received[] = [];
  return {
    events,
    answer: ({ headers, body }) => {
      const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = headers;
      const given = String(signature).split(' ');
      const good = secrets.some((secret) => {
        const digest = createHmac('sha256', secret).update(`${String(id)}.${String(timestamp)}.${body}`);
        return given.includes(`v1,${digest.digest('base64')}`);
      });
      if (!good) return { status: 401, body: { error: 'bad signature' } };
      for (const event of JSON.parse(body).data.events) events.push(receivedFrom(event));
      return { status: 204, body: null };
    },
  };
}

/**
 * @param options.refuse the reason why an event is not taken: status 400 with code 6, for the whole call
 * @param options.acknowledge how often it is asked until events count as indexed; no acknowledgement when left out
 */
export function splunkStore(
  options: { readonly refuse?: (event: Received) => boolean; readonly acknowledge?: number } = {},
): Store & { readonly channels: Set<string> } {
  const events: Received[] = [];
  const channels = new Set<string>();
  const asked = new Map<number, number>();
  let ackId = 0;
  return {
    events,
    channels,
    answer: ({ path, headers, body }) => {
      if (headers.authorization !== 'Splunk test-token') {
        return { status: 403, body: { text: 'Invalid token', code: 4 } };
      }
      channels.add(String(headers['x-splunk-request-channel']));
      if (path.startsWith('/services/collector/ack')) {
        const acks: number[] = JSON.parse(body).acks;
        const known = acks.map((id): [string, boolean] => {
          asked.set(id, (asked.get(id) ?? 0) + 1);
          return [String(id), (asked.get(id) ?? 0) >= (options.acknowledge ?? 0)];
        });
        return { status: 200, body: { acks: Object.fromEntries(known) } };
      }
      const entries = body.split('\n').map((line) => receivedFrom(JSON.parse(line).event));
      const bad = entries.findIndex((entry) => options.refuse?.(entry) === true);
      if (bad >= 0) {
        const answer = { text: 'Invalid data format', code: 6, 'invalid-event-number': bad };
        return { status: 400, body: answer };
      }
      events.push(...entries);
      ackId += 1;
      const success = { text: 'Success', code: 0 };
      return { status: 200, body: options.acknowledge === undefined ? success : { ...success, ackId } };
    },
  };
}

/**
 * An id is there once, whatever is sent.
 * @param options.outcome the status of one event; 201 when left out
 */
export function elasticsearchStore(options: { readonly outcome?: (event: Received) => number } = {}): Store {
  const events: Received[] = [];
  const known = new Set<string>();
  return {
    events,
    answer: ({ body }) => {
      const lines = body.trimEnd().split('\n');
      const items: unknown[] = [];
      for (let at = 0; at < lines.length; at += 2) {
        const { create } = JSON.parse(lines[at] ?? '');
        const { '@timestamp': _at, ...ocsf } = JSON.parse(lines[at + 1] ?? '');
        const event = receivedFrom(ocsf);
        let status = options.outcome?.(event) ?? 201;
        if (known.has(create._id)) status = 409;
        if (status === 201) {
          known.add(create._id);
          events.push(event);
        }
        const error = { type: 'test_exception', reason: `status ${status}` };
        items.push({ create: { status, ...(status < 300 ? {} : { error }) } });
      }
      const errors = items.some((item) => (item as { create: { status: number } }).create.status >= 300);
      return { status: 200, body: { errors, items } };
    },
  };
}

export function otlpStore(): Store {
  const events: Received[] = [];
  return {
    events,
    answer: ({ body }) => {
      const [resource] = JSON.parse(body).resourceLogs;
      for (const record of resource.scopeLogs[0].logRecords) {
        events.push(receivedFrom(JSON.parse(record.body.stringValue)));
      }
      return { status: 200, body: { partialSuccess: {} } };
    },
  };
}
