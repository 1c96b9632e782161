/** Somebody whom several things are judged for: what is known of them is read once, and only when it matters. */
import type { Claim } from '../../core/claim.ts';
import type { Identity } from '../../core/identity.ts';
import type { AccessContext } from '../context.ts';
import { seenAs } from '../rights.ts';
import { claimsAnywhere, readVoter, type Voter } from '../voting/voter.ts';
import { type Facts, factsAbout, type JudgedIds } from './facts.ts';

export interface KnownPerson {
  readonly identity: Identity;
  /** Null for a workload, which votes about nothing. */
  readonly asVoter: () => Promise<Voter | null>;
  /** See `claimsToSee`. */
  readonly claimsToSee: () => Promise<readonly Claim[]>;
  readonly facts: Facts;
}

/** @param judged what will be judged, to be read together */
export function getToKnow(
  context: AccessContext,
  identity: Identity,
  judged: JudgedIds = { requestIds: [], grantIds: [] },
): KnownPerson {
  let voter: Promise<Voter | null> | null = null;
  const asVoter = (): Promise<Voter | null> => {
    voter ??= voterOf(context, identity);
    return voter;
  };
  return {
    identity,
    asVoter,
    claimsToSee: async () => {
      const known = await asVoter();
      return known === null ? [] : seenAs(known);
    },
    facts: factsAbout(context, judged),
  };
}

async function voterOf(context: AccessContext, identity: Identity): Promise<Voter | null> {
  if (identity.kind !== 'person') return null;
  const claims = await claimsAnywhere(context, { person: identity });
  return readVoter(context.store.read(), { person: identity, claims, now: context.clock.now() });
}
