/**
 * What Slack delivers twice is done once. Slack delivers again what was not acknowledged in time, over another
 * connection or to another replica, and whoever has recorded a call can send it again.
 */
import { createHash } from 'node:crypto';
import { giveDeliveriesBack, takeDeliveries } from '../../access/chat-deliveries.ts';
import type { AccessContext } from '../../access/context.ts';
import { SLACK_PLATFORM } from './slack-platform.ts';

/** `repeated`: sent again by Slack. `replayed`: the very same call, which Slack signs afresh when it sends again. */
export type Fate = 'new' | 'repeated' | 'replayed';

export interface DeliveryKeys {
  /** Of the call or the envelope: `signature:…`, `envelope:…`. */
  readonly call: string;
  /** Of what happened; null for what has no id and may be answered twice. */
  readonly happening: string | null;
}

export interface Dedupe {
  take(keys: DeliveryKeys): Promise<Fate>;
  /** For what was taken and could not be acknowledged: its redelivery is as good as the first. */
  giveBack(keys: DeliveryKeys): Promise<void>;
}

export function createDedupe(access: AccessContext): Dedupe {
  return {
    take: async (keys) => {
      const taken = await takeDeliveries(access, { platform: SLACK_PLATFORM, keys: listed(keys) });
      if (!taken.has(keys.call)) return 'replayed';
      return keys.happening === null || taken.has(keys.happening) ? 'new' : 'repeated';
    },
    giveBack: (keys) => giveDeliveriesBack(access, { platform: SLACK_PLATFORM, keys: listed(keys) }),
  };
}

function listed({ call, happening }: DeliveryKeys): string[] {
  return happening === null ? [call] : [call, happening];
}

/** The key of what a body tells of: the same for every delivery of it, over HTTP and over a socket. */
export function happeningOf(body: Readonly<Record<string, unknown>>): string | null {
  const { event_id: eventId, trigger_id: triggerId } = body;
  if (typeof eventId === 'string') return `event:${fingerprint(eventId)}`;
  return typeof triggerId === 'string' ? `trigger:${fingerprint(triggerId)}` : null;
}

/**
 * The key of an act. One modal is submitted once, however often its button is pressed; anything else is told apart
 * by what Slack calls it.
 */
export function actKeyOf(body: Readonly<Record<string, unknown>>): string {
  const { type, view } = body;
  const isSubmission =
    type === 'view_submission' && typeof view === 'object' && view !== null && 'id' in view;
  const name = isSubmission ? `view:${fingerprint(String(view.id))}` : happeningOf(body);
  return `slack:${name ?? `body:${fingerprint(JSON.stringify(body))}`}`;
}

const FINGERPRINT_CHARACTERS = 43;

function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, FINGERPRINT_CHARACTERS);
}
