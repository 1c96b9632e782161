/**
 * The terminal side of a host's recording: what is shown, sent and transferred on the channels of one connection, in
 * the masked view. A recorder that fails ends the session: see the gate, which everything goes through.
 */
import type { Secret } from '../../../core/secret.ts';
import type { EndReason } from '../../../core/session.ts';
import { createDetection, type Detection } from '../../../policies/detectors/detection.ts';
import type { Mask } from '../../../policies/document/schema.ts';
import type { Gate } from '../../gate.ts';
import type { LiveSession } from '../../session.ts';
import type { HostInspection, HostRecord, HostSessionPolicy } from '../host-session.ts';
import { RecordedChannel } from './channel-record.ts';
import type { CurrentDetection } from './output-flow.ts';

export interface RecordingLimits {
  /** Of the output of one command. */
  readonly outputBytesPerCommandMax: number;
  /** Printed by all terminals of a session; it ends then. */
  readonly terminalBytesMax: number;
}

export function createHostRecord(options: {
  readonly live: Pick<LiveSession, 'ageMs' | 'onEnd'>;
  readonly gate: Pick<Gate<HostInspection>, 'noteChannel'>;
  readonly policy: Pick<HostSessionPolicy, 'applies'>;
  readonly hashKey: Secret<Buffer> | null;
  readonly limits: RecordingLimits;
  readonly end: (reason: EndReason, message: string) => void;
}): HostRecord {
  const { live, gate, limits } = options;
  const channels = new Set<RecordedChannel>();
  const detection = currentDetection(() => options.policy.applies.masks, options.hashKey);
  let terminalBytes = 0;
  live.onEnd(() => {
    // Whoever listens for the end has something to record of it.
    queueMicrotask(() => {
      for (const channel of channels) channel.close({ status: null, signal: null });
    });
  });

  function countTerminal(bytes: number): boolean {
    terminalBytes += bytes;
    if (terminalBytes <= limits.terminalBytesMax) return true;
    options.end('recording-full', tooMuchPrinted(limits.terminalBytesMax));
    return false;
  }

  return {
    openChannel: ({ number: channel, kind, terminal, detail }) => {
      gate.noteChannel({ type: 'channel', atMs: live.ageMs, channel, kind, terminal, detail });
      const record = new RecordedChannel({
        channel,
        note: (event) => {
          gate.noteChannel(event);
          if (event.type === 'channel-end') channels.delete(record);
        },
        ageMs: () => live.ageMs,
        detection,
        outputBytesMax: limits.outputBytesPerCommandMax,
        countTerminal,
      });
      channels.add(record);
      return record;
    },
  };
}

function tooMuchPrinted(bytesMax: number): string {
  return `This session is over: its terminals printed more than the ${bytesMax} bytes that are recorded of one session (recording.terminalBytesMax).`;
}

/** Made anew only when the policy has other masks. */
function currentDetection(masks: () => readonly Mask[], hashKey: Secret<Buffer> | null): CurrentDetection {
  let known: { readonly masks: readonly Mask[]; readonly detection: Detection | null } | null = null;
  return () => {
    const now = masks();
    if (known?.masks !== now) known = { masks: now, detection: createDetection(now, { hashKey }) };
    return known.detection;
  };
}
