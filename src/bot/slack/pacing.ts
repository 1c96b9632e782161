/**
 * How fast we write to Slack: about one message a second in a channel, and about fifty edits a minute in all, of
 * which the edits that can wait get less than half. Slack's Retry-After is kept in the same rows, so that what one
 * replica was told holds for all.
 */
import { holdChatLane, takeChatPlace } from '../../access/chat-pace.ts';
import type { AccessContext } from '../../access/context.ts';
import { retryAfterMsOf, tooFast } from '../too-fast.ts';

export interface Pacing {
  /**
   * Waits for a place and sends.
   * @param message.method whose limit it counts towards, besides the channel's
   * @param message.canWait what is sent anyway a little later, such as the counts of a live session
   * @throws AppError `rate_limited` with `retryAfterSeconds` when there is no place soon: nothing was sent; and
   *   whatever `send` throws
   */
  inTurn<T>(
    message: { readonly method: PacedMethod; readonly channel: string; readonly canWait?: boolean },
    send: () => Promise<T>,
  ): Promise<T>;
}

export type PacedMethod = 'post' | 'update';

interface LaneLimits {
  readonly everyMs: number;
  /** How far ahead of that pace the lane may get before anybody waits. */
  readonly burstMs: number;
  readonly waitMsMax: number;
}

/** A worker that waits for its place does nothing else meanwhile. */
const WAIT_MS_MAX = 3_000;
const POSTS: LaneLimits = { everyMs: 1_000, burstMs: 0, waitMsMax: WAIT_MS_MAX };
const EDITS: LaneLimits = { everyMs: 1_200, burstMs: 12_000, waitMsMax: WAIT_MS_MAX };
const BACKGROUND: LaneLimits = { everyMs: 3_000, burstMs: 6_000, waitMsMax: 0 };

/**
 * @param options.platform whose lanes they are
 * @param options.sleep for milliseconds; a test passes in how its clock does that
 */
export function createPacing(
  access: AccessContext,
  options: { readonly platform: string; readonly sleep: (durationMs: number) => Promise<void> },
): Pacing {
  const { platform, sleep } = options;

  const take = async (lane: string, limits: LaneLimits): Promise<void> => {
    const { everyMs, burstMs, waitMsMax } = limits;
    const place = await takeChatPlace(access, { platform, lane, everyMs, waitMsMax: burstMs + waitMsMax });
    const waitMs = place.waitMs - burstMs;
    if (!place.taken) throw tooFast('Slack takes no more messages', waitMs);
    if (waitMs > 0) await sleep(waitMs);
  };

  return {
    inTurn: async ({ method, channel, canWait = false }, send) => {
      if (canWait) await take('background', BACKGROUND);
      // Slack counts posts by channel, and edits by workspace.
      const [lane, limits] = method === 'post' ? ([channel, POSTS] as const) : (['update', EDITS] as const);
      await take(lane, limits);
      try {
        return await send();
      } catch (error) {
        const holdMs = retryAfterMsOf(error);
        if (holdMs > 0) await holdChatLane(access, { platform, lane, holdMs: holdMs + limits.burstMs });
        throw error;
      }
    },
  };
}
