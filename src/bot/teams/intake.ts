/**
 * What comes in, once it is known to be from Teams. Invokes are answered; everything else is acknowledged first, since
 * Teams sends again what takes long, and done after that. One that a crash takes away in between has changed nothing.
 */
import { giveDeliveriesBack, takeDeliveries } from '../../access/chat-deliveries.ts';
import type { AccessContext } from '../../access/context.ts';
import { AppError } from '../../core/errors.ts';
import type { BotLogger } from '../bot-context.ts';
import { inLanguageOf } from '../texts/texts.ts';
import { readActivity, type TeamsActivity } from './activity.ts';
import type { HttpAnswer } from './adapter.ts';
import { TEAMS_PLATFORM } from './connector.ts';
import type { Invokes } from './invokes.ts';
import { requireTenant } from './tenants.ts';

/** What a stopping process gives to what is under way. */
const DRAIN_MS = 10_000;

export interface Intake {
  /**
   * @param body of a call that was admitted
   * @throws AppError `invalid_input`, `forbidden` for a tenant that may not act, `unavailable` when it is stopping
   */
  take(body: unknown): Promise<HttpAnswer>;
  /** Takes nothing more, and waits for what is under way. */
  drain(): Promise<void>;
}

export type Handler = (activity: TeamsActivity) => Promise<void>;

export function createIntake(options: {
  readonly access: AccessContext;
  readonly invokes: Invokes;
  /** By the type of activity; null for one that is not for us. */
  readonly handlerOf: (activity: TeamsActivity) => Handler | null;
  readonly logger: BotLogger;
  readonly drainMs?: number;
}): Intake {
  const { access, invokes, handlerOf, logger, drainMs = DRAIN_MS } = options;
  const underWay = new Set<Promise<void>>();
  let draining = false;

  const track = (work: Promise<void>): void => {
    const tracked = work
      .catch((error: unknown) => logger.error({ err: error }, 'an activity of Teams could not be handled'))
      .finally(() => underWay.delete(tracked));
    underWay.add(tracked);
  };

  /** Also of what began to be tracked meanwhile, such as an answer that comes after its invoke was answered. */
  const allDone = async (): Promise<void> => {
    while (underWay.size > 0) await Promise.all(underWay);
  };

  /** Also while it is being answered: a stop waits for it. */
  const answer = async (activity: TeamsActivity): Promise<HttpAnswer> => {
    const answering = invokes.take(activity, track);
    track(answering.then(() => undefined));
    return answering;
  };

  const take: Intake['take'] = async (body) => {
    if (draining) throw new AppError('unavailable', 'Sallyport is stopping.');
    const activity = readActivity(body);
    requireTenant(access, activity.scene);
    if (activity.type === 'invoke') return answer(activity);
    const handler = handlerOf(activity);
    if (handler === null) return { status: 200 };
    const delivery = { platform: TEAMS_PLATFORM, keys: [activity.scene.key] };
    const taken = await takeDeliveries(access, delivery);
    if (taken.size === 0) return { status: 200 };
    if (draining) {
      await giveDeliveriesBack(access, delivery);
      throw new AppError('unavailable', 'Sallyport is stopping.');
    }
    track(handler(activity));
    return { status: 200 };
  };

  return {
    take: (body) => inLanguageOf(access, () => take(body)),
    drain: async () => {
      draining = true;
      let timer: NodeJS.Timeout | undefined;
      const timeUp = new Promise((resolve) => {
        timer = setTimeout(resolve, drainMs);
      });
      await Promise.race([allDone(), timeUp]);
      clearTimeout(timer);
    },
  };
}
