/** A webhook signed as Standard Webhooks says: one message carries some events, in order. */

import { createHash } from 'node:crypto';
import { quoted } from '../../core/errors.ts';
import { createHttpCaller, requireSuccess } from './http-call.ts';
import type { WebhookSettings } from './settings.ts';
import { type Outgoing, type Sink, SinkFault } from './sink.ts';
import { readWebhookKeys, signWebhook } from './webhook-signature.ts';

const ID_CHARACTERS = 32;

/** @throws AppError `config_invalid` when a key is not one */
export function openWebhook(settings: WebhookSettings, now: () => Date): Sink {
  const { timeoutMs } = settings;
  const keys = readWebhookKeys(settings);
  const url = new URL(settings.url);
  const http = createHttpCaller(settings);
  return {
    eventsMax: settings.eventsPerMessage,
    sendMsMax: timeoutMs,
    send: async (events) => {
      const id = messageId(events);
      const timestamp = Math.floor(now().getTime() / 1_000);
      const body = bodyOf(events);
      const answer = await http.post({
        url,
        headers: {
          'content-type': 'application/json',
          'webhook-id': id,
          'webhook-timestamp': String(timestamp),
          'webhook-signature': signWebhook(keys, { id, timestamp, body }),
        },
        body,
      });
      if (answer.status === 410) throw new SinkFault('it answered 410: Gone', { gone: true });
      requireSuccess(answer, quoted(answer.body));
      return [];
    },
    close: () => http.close(),
  };
}

/** The same for the same events, so that a receiver knows a message that it has had before. */
function messageId(events: readonly Outgoing[]): string {
  const hash = createHash('sha256');
  for (const { uid } of events) hash.update(uid);
  return `msg_${hash.digest('hex').slice(0, ID_CHARACTERS)}`;
}

function bodyOf(events: readonly Outgoing[]): string {
  return JSON.stringify({
    type: 'audit.events',
    timestamp: events.at(-1)?.at.toISOString(),
    data: { events: events.map(({ ocsf }) => ocsf) },
  });
}
