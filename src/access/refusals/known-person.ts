/** Somebody whom several things are judged for: what is known of them is read once, and only when it matters. */
import type { Identity } from '../../core/identity.ts';
import type { AccessContext } from '../context.ts';
import { claimsAnywhere, readVoter, type Voter } from '../voting/voter.ts';

export interface KnownPerson {
  readonly identity: Identity;
  /** Null for a workload, which votes about nothing. */
  readonly asVoter: () => Promise<Voter | null>;
}

export function getToKnow(context: AccessContext, identity: Identity): KnownPerson {
  let voter: Promise<Voter | null> | null = null;
  return {
    identity,
    asVoter: () => {
      voter ??= voterOf(context, identity);
      return voter;
    },
  };
}

async function voterOf(context: AccessContext, identity: Identity): Promise<Voter | null> {
  if (identity.kind !== 'person') return null;
  const claims = await claimsAnywhere(context, { person: identity });
  return readVoter(context.store.read(), { person: identity, claims, now: context.clock.now() });
}
