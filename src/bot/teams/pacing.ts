/**
 * How fast we write to Teams. Of one bot a conversation takes 7 messages in a second, 8 in two, 60 in half a minute and
 * 1,800 in an hour, edits among them; we stay a little below, for all replicas together. What Teams says of its own
 * (Retry-After) is kept in the same rows.
 */
import { holdChatLane, takeChatPlace } from '../../access/chat-pace.ts';
import type { AccessContext } from '../../access/context.ts';
import { retryAfterMsOf, tooFast } from '../too-fast.ts';
import { TEAMS_PLATFORM } from './connector.ts';

export interface Pacing {
  /**
   * Waits for a place and sends.
   * @param message.conversation with or without the message that begins a thread: the limits are the conversation's
   * @param message.canWait what is sent anyway a little later, such as the counts of a live session
   * @throws AppError `rate_limited` with `retryAfterSeconds` when there is no place soon: nothing was sent; and
   *   whatever `send` throws
   */
  inTurn<T>(
    message: { readonly conversation: string; readonly canWait?: boolean },
    send: () => Promise<T>,
  ): Promise<T>;
}

/**
 * One after the other every `everyMs`, and up to `burstMs` ahead of that: in any stretch of time at most
 * (burst + stretch) / every + 1 messages. The shortest comes first, where a place that is taken in vain costs least.
 */
const LANES = [
  { name: 'seconds', everyMs: 500, burstMs: 1_400 },
  { name: 'half-minute', everyMs: 1_000, burstMs: 28_000 },
  { name: 'hour', everyMs: 2_100, burstMs: 175_000 },
] as const;

/** A worker that waits for its place does nothing else meanwhile. */
const WAIT_MS_MAX = 3_000;

/** @param sleep for milliseconds; a test passes in how its clock does that */
export function createPacing(access: AccessContext, sleep: (durationMs: number) => Promise<void>): Pacing {
  const take = async (conversation: string, canWait: boolean): Promise<number> => {
    let longestMs = 0;
    for (const { name, everyMs, burstMs } of LANES) {
      // Half of what may come at once is left to what people wait for.
      const waitMsMax = canWait ? burstMs / 2 : burstMs + WAIT_MS_MAX;
      const lane = laneOf(conversation, name);
      const place = await takeChatPlace(access, { platform: TEAMS_PLATFORM, lane, everyMs, waitMsMax });
      if (!place.taken)
        throw tooFast('Teams takes no more messages there', Math.max(place.waitMs - burstMs, everyMs));
      longestMs = Math.max(longestMs, place.waitMs - burstMs);
    }
    return longestMs;
  };

  return {
    inTurn: async ({ conversation: named, canWait = false }, send) => {
      const conversation = named.split(';')[0] ?? named;
      const waitMs = await take(conversation, canWait);
      if (waitMs > 0) await sleep(waitMs);
      try {
        return await send();
      } catch (error) {
        const holdMs = retryAfterMsOf(error);
        if (holdMs > 0) await hold(access, conversation, holdMs);
        throw error;
      }
    },
  };
}

async function hold(access: AccessContext, conversation: string, holdMs: number): Promise<void> {
  const [{ name, burstMs }] = LANES;
  const lane = laneOf(conversation, name);
  await holdChatLane(access, { platform: TEAMS_PLATFORM, lane, holdMs: holdMs + burstMs });
}

function laneOf(conversation: string, name: string): string {
  return `${conversation} ${name}`;
}
