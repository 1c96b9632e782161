/**
 * What comes in, over HTTP or a socket: each happening once, acknowledged before anything slow is done. Acts are
 * done after their acknowledgement; one that a crash takes away in between has changed nothing, and its card still
 * offers it.
 */
import type { ReceiverEvent } from '@slack/bolt';
import { AppError } from '../../core/errors.ts';
import type { BotLogger } from '../bot-context.ts';
import type { Dedupe, DeliveryKeys } from './dedupe.ts';

/** After this, Slack has told the person that it failed: doing it all the same would make that a lie. */
const TOO_LATE_MS = 2_800;
/** What a stopping process gives to acts under way. */
const DRAIN_MS = 10_000;

export interface Delivery {
  readonly body: ReceiverEvent['body'];
  readonly keys: DeliveryKeys;
  readonly retryNum: number | null;
  readonly retryReason: string | null;
  /** Sends the acknowledgement; rejects when it cannot be sent. */
  readonly acknowledge: (response: unknown) => Promise<void>;
}

/** `unanswered`: nothing of ours answers it, or it came too late; it may be delivered again. */
export type Outcome = 'acknowledged' | 'repeated' | 'replayed' | 'unanswered';

export interface Intake {
  /**
   * @returns as soon as it is acknowledged, while the act may still be under way
   * @throws AppError `unavailable` when it is stopping
   */
  take(delivery: Delivery): Promise<Outcome>;
  /** Takes nothing more, and waits for what is under way. */
  drain(): Promise<void>;
}

/** @param options.process Bolt's `processEvent`; may reject */
export function createIntake(options: {
  readonly dedupe: Dedupe;
  readonly process: (event: ReceiverEvent) => Promise<void>;
  readonly logger: BotLogger;
  readonly drainMs?: number;
  readonly tooLateMs?: number;
}): Intake {
  const { dedupe, logger, drainMs = DRAIN_MS, tooLateMs = TOO_LATE_MS } = options;
  const underWay = new Set<Promise<void>>();
  let draining = false;

  /** Runs to its end; calls back when it is acknowledged, and when it ends without. */
  const process = async (delivery: Delivery, settle: (outcome: Outcome) => void): Promise<void> => {
    const { body, retryNum, retryReason } = delivery;
    const acknowledgement = onceOnly(delivery.acknowledge);
    try {
      await options.process({
        body,
        ...(retryNum === null ? {} : { retryNum }),
        ...(retryReason === null ? {} : { retryReason }),
        ack: async (response: unknown) => {
          await acknowledgement.send(response);
          settle('acknowledged');
        },
      });
    } catch (error) {
      logger.error({ err: error, type: body['type'] }, 'a delivery of Slack could not be handled');
    }
    if (acknowledgement.wasSent()) return;
    await dedupe.giveBack(delivery.keys).catch(() => undefined);
    settle('unanswered');
  };

  return {
    take: async (delivery) => {
      if (draining) throw new AppError('unavailable', 'Sallyport is stopping.');
      const startedAt = performance.now();
      const fate = await dedupe.take(delivery.keys);
      if (fate !== 'new') return fate;
      if (performance.now() - startedAt > tooLateMs) {
        await dedupe.giveBack(delivery.keys);
        return 'unanswered';
      }
      return new Promise((settle) => {
        const work = process(delivery, settle).finally(() => underWay.delete(work));
        underWay.add(work);
      });
    },
    drain: async () => {
      draining = true;
      let timer: NodeJS.Timeout | undefined;
      const timeUp = new Promise((resolve) => {
        timer = setTimeout(resolve, drainMs);
      });
      await Promise.race([Promise.all(underWay), timeUp]);
      clearTimeout(timer);
    },
  };
}

/** Bolt and a handler may both acknowledge; the first one counts. */
function onceOnly(send: (response: unknown) => Promise<void>): {
  readonly send: (response: unknown) => Promise<void>;
  readonly wasSent: () => boolean;
} {
  let sending: Promise<void> | null = null;
  let sent = false;
  return {
    send: async (response) => {
      sending ??= send(response);
      await sending;
      sent = true;
    },
    wasSent: () => sent,
  };
}
