/** A host's recording without a session: what it would note, in order. */

import type { HostRecord, OutputFlow } from '../../../../src/broker/ssh/host-session.ts';
import { createHostRecord, type RecordingLimits } from '../../../../src/broker/ssh/recording/host-record.ts';
import type { EndReason } from '../../../../src/core/session.ts';
import type { HostPolicy } from '../../../../src/policies/rules/host-policy.ts';
import type { HostEvent } from '../../../../src/recording/events.ts';

/** What each of these would find stands in `SECRETS`. */
export const DETECTED = ['credit-card', 'aws-key', 'private-key', 'jwt', 'email', 'url-password'];

export interface RecordedHost {
  readonly record: HostRecord;
  readonly events: HostEvent[];
  readonly ended: { reason: EndReason; message: string }[];
  /** What was recorded as output, together. */
  text(): string;
  end(): void;
}

export function recordedHost(
  options: { readonly detect?: readonly string[]; readonly limits?: Partial<RecordingLimits> } = {},
): RecordedHost {
  const { detect = [], limits } = options;
  const events: HostEvent[] = [];
  const ended: RecordedHost['ended'] = [];
  const listeners: ((reason: EndReason) => void)[] = [];
  const startedAtMs = Date.now();
  const masks =
    detect.length === 0 ? [] : [{ name: 'secrets', detect: [...detect], with: 'redact' as const }];
  const record = createHostRecord({
    live: {
      get ageMs() {
        return Date.now() - startedAtMs;
      },
      onEnd: (listener) => {
        listeners.push(listener);
        return () => undefined;
      },
    },
    gate: { noteChannel: (event) => void events.push(event) },
    policy: { applies: { masks } as unknown as HostPolicy },
    hashKey: null,
    limits: { outputBytesPerCommandMax: 1_048_576, terminalBytesMax: 1_048_576, ...limits },
    end: (reason, message) => void ended.push({ reason, message }),
  });
  return {
    record,
    events,
    ended,
    text: () => events.map((event) => (event.type === 'output' ? event.text : '')).join(''),
    end: () => {
      for (const listener of listeners) listener('client-closed');
    },
  };
}

/** Pushes the pieces and ends. @returns what the client was shown */
export function shownOf(flow: OutputFlow, pieces: readonly Buffer[]): Buffer {
  return Buffer.concat([...pieces.map((piece) => flow.push(piece)), flow.end()]);
}

/** The bytes cut at these places, in any order. */
export function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const inside = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...inside, bytes.length].map((end, index) => bytes.subarray(inside[index - 1] ?? 0, end));
}
