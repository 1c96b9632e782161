/** How fast messages go where, for all replicas together: a chat platform's limits hold for the deployment. */
import { after } from '../core/clock.ts';
import {
  holdChatLane as holdRow,
  type Lane,
  takeChatPlace as takeRow,
} from '../store/operations/chat-pace.ts';
import type { AccessContext } from './context.ts';

/**
 * Takes the next place of a lane, when it comes up within `waitMsMax`.
 * @returns milliseconds until that place, or until the next one that is free
 */
export async function takeChatPlace(
  context: AccessContext,
  turn: Lane & { readonly everyMs: number; readonly waitMsMax: number },
): Promise<{ readonly taken: boolean; readonly waitMs: number }> {
  const now = context.clock.now();
  const { taken, at } = await takeRow(context.store.read(), { ...turn, now });
  return { taken, waitMs: Math.max(0, at.getTime() - now.getTime()) };
}

/** Nothing goes down the lane for `holdMs`: its platform said so. */
export async function holdChatLane(
  context: AccessContext,
  hold: Lane & { readonly holdMs: number },
): Promise<void> {
  const { holdMs, ...lane } = hold;
  await holdRow(context.store.read(), { ...lane, until: after(context.clock.now(), holdMs) });
}
