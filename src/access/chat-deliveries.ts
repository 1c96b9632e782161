/** What a chat platform has sent, so that a redelivery and a replay do nothing. */
import { deleteChatDeliveries, insertChatDeliveries } from '../store/operations/chat-deliveries.ts';
import type { AccessContext } from './context.ts';

/** Longer than any platform redelivers, and than any signature is accepted for. */
export const DELIVERIES_KEPT_MS = 3_600_000;

export interface Deliveries {
  readonly platform: string;
  /** At most 200 characters each. */
  readonly keys: readonly string[];
}

/** @returns those of the keys that nothing came with before, on whichever replica */
export async function takeDeliveries(
  context: AccessContext,
  deliveries: Deliveries,
): Promise<ReadonlySet<string>> {
  const at = context.clock.now();
  return new Set(await insertChatDeliveries(context.store.read(), { ...deliveries, at }));
}

/** Forgets what was taken and then not acknowledged, so that its redelivery is taken. */
export async function giveDeliveriesBack(context: AccessContext, deliveries: Deliveries): Promise<void> {
  await deleteChatDeliveries(context.store.read(), deliveries);
}
