/** What a grant may still return under a rule that counts over all of its sessions. */
import { giveBackGrantEgress, takeGrantEgress } from '../store/operations/grant-egress.ts';
import type { AccessContext } from './context.ts';

/**
 * Takes this much of what is left, or nothing; atomic over all replicas.
 * @param input.max what the rule lets pass in all; null where it does not count
 * @returns whether it was taken, and what all sessions have taken so far
 */
export async function takeEgress(
  context: AccessContext,
  input: {
    grantId: string;
    rule: string;
    wanted: { rows: number; bytes: number };
    max: { rows: number | null; bytes: number | null };
  },
): Promise<{ granted: boolean; used: { rows: number; bytes: number } }> {
  return takeGrantEgress(context.store.read(), input);
}

/** Returns what a session took and did not use. */
export async function giveBackEgress(
  context: AccessContext,
  input: { grantId: string; rule: string; unused: { rows: number; bytes: number } },
): Promise<void> {
  await giveBackGrantEgress(context.store.read(), input);
}
