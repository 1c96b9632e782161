/**
 * Cancel requests that reached a replica which does not run the session: a load balancer sends them where it
 * likes. Nothing is stored; one that gets lost is a Ctrl-C to press again.
 */
import type { Subscription } from '../store/open-store.ts';
import { notifyCancel } from '../store/operations/cancels.ts';
import type { AccessContext } from './context.ts';

/** @param input.message opaque to everyone but the brokers, and shorter than a notification may be (8,000 bytes) */
export async function forwardCancel(context: AccessContext, input: { message: string }): Promise<void> {
  await notifyCancel(context.store.read(), input);
}

/** Hears of every forwarded request, its own replica's included. */
export async function watchCancels(
  context: AccessContext,
  onMessage: (message: string) => void,
): Promise<Subscription> {
  return context.store.listen('sallyport_cancel', (payload) => {
    if (payload !== null) onMessage(payload);
  });
}
