/** What a chat platform has sent, so that a redelivery and a replay do nothing. */
import { deleteChatDelivery, insertChatDelivery } from '../store/operations/chat-deliveries.ts';
import type { AccessContext } from './context.ts';

/** Longer than any platform redelivers, and than any signature is accepted for. */
export const DELIVERIES_KEPT_MS = 3_600_000;

export interface Delivery {
  readonly platform: string;
  /** At most 200 characters. */
  readonly key: string;
}

/** @returns true for the first that comes with this key, on whichever replica; false for every other */
export async function takeDelivery(context: AccessContext, delivery: Delivery): Promise<boolean> {
  return insertChatDelivery(context.store.read(), { ...delivery, at: context.clock.now() });
}

/** Forgets one that was taken and then not acknowledged, so that its redelivery is taken. */
export async function giveDeliveryBack(context: AccessContext, delivery: Delivery): Promise<void> {
  await deleteChatDelivery(context.store.read(), delivery);
}
