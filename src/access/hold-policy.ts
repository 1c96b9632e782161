/** The policy in force in this process, and putting another into force. */
import type { PolicyDocument } from '../policies/document/schema.ts';
import { savePolicyVersion } from '../store/operations/deployment.ts';
import type { AccessContext, PolicySource } from './context.ts';
import { recordEvent } from './record.ts';

export interface PolicyInForce {
  readonly version: string;
  readonly document: PolicyDocument;
  readonly text: string;
}

export interface HeldPolicy extends PolicySource {
  /** From now on decisions use this one, those of live sessions too; what runs goes on. */
  replace(policy: PolicyInForce): void;
}

export function holdPolicy(first: PolicyInForce): HeldPolicy {
  let inForce = first;
  return {
    current: () => inForce,
    replace: (policy) => {
      inForce = policy;
    },
  };
}

/** Keeps the policy's text, so that the version stored with a decision can be looked up later. */
export async function notePolicyApplied(
  context: Pick<AccessContext, 'store' | 'clock'>,
  policy: PolicyInForce,
): Promise<void> {
  const now = context.clock.now();
  await context.store.transaction(async (db) => {
    await savePolicyVersion(db, { version: policy.version, document: policy.text, createdAt: now });
    await recordEvent(db, { at: now, type: 'policy.applied', actorId: null, subject: policy.version });
  });
}
