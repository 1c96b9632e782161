/** The same of acts that are no votes, by the use cases' own judgement: null, or what they would refuse with now. */
import { AppError } from '../../core/errors.ts';
import type { VoteVerdict } from '../../core/request.ts';
import type { GrantRow } from '../../store/entities/access.ts';
import { refusalToAccept } from '../accept-delegation.ts';
import { refusalToCancel } from '../close-request.ts';
import { refusalOfComment } from '../comment-on-request.ts';
import { refusalOfConsent } from '../consent-to-request.ts';
import type { AccessContext } from '../context.ts';
import { refusalToEndDelegation } from '../delegate-votes.ts';
import { delegationNamed } from '../delegation-views.ts';
import { refusalOfLiveSession } from '../documents.ts';
import { refusalToFinish, refusalToRevoke } from '../end-grant.ts';
import { readIncident, refusalToClose } from '../incidents/incidents.ts';
import { readSession } from '../read-access.ts';
import { refusalToAskAgain } from '../request-again.ts';
import { refusalToAskForTime } from '../request-extension.ts';
import { refusalToReveal } from '../reveal-connection.ts';
import { decidesAbout, isOverseer } from '../rights.ts';
import { refusalToTerminate } from '../run-session.ts';
import type { KnownPerson } from './known-person.ts';
import { mayVoteOn, requestFacts } from './of-votes.ts';

/** Each throws AppError `not_found` for an id that nobody has, or that this person may not know. */
export type Refusal = (context: AccessContext, known: KnownPerson, id: string) => Promise<AppError | null>;

export const REFUSALS = {
  comment: async (context, known, id) => {
    const facts = await requestFacts(known, id);
    const mayVote = (): Promise<boolean> => mayVoteOn(context, known, facts);
    return refusalOfComment(context, { ...facts, by: known.identity, mayVote });
  },
  cancel: async (_context, known, id) =>
    refusalToCancel((await requestFacts(known, id)).request, known.identity),
  again: async (context, known, id) => {
    const { request } = await requestFacts(known, id);
    return refusalToAskAgain(context.store.read(), { request, by: known.identity });
  },
  consent: refusalToConsent('approve'),
  'refuse-consent': refusalToConsent('deny'),
  reveal: async (context, known, id) =>
    refusalToReveal(await grantOf(known, id), { by: known.identity, now: context.clock.now() }),
  extend: async (context, known, id) =>
    refusalToAskForTime(await grantOf(known, id), { by: known.identity, now: context.clock.now() }),
  done: async (_context, known, id) => refusalToFinish(await grantOf(known, id), known.identity),
  revoke: async (context, known, id) => {
    const grant = await grantOf(known, id);
    return refusalToRevoke({ grant, mayOversee: () => mayOverseeGrant(context, known, grant) });
  },
  terminate: async (context, { identity: by }, id) =>
    refusalToTerminate(context, { session: await readSession(context, { id, viewer: by }), by }),
  replay: async (context, { identity: viewer }, id) => {
    await readSession(context, { id, viewer });
    return null;
  },
  document: async (context, { identity: viewer }, id) =>
    refusalOfLiveSession(await readSession(context, { id, viewer })),
  'accept-delegation': async (context, { identity: by }, id) => {
    const delegation = await delegationNamed(context.store.read(), id);
    return refusalToAccept(delegation, { by, now: context.clock.now() });
  },
  'end-delegation': async (context, { identity: by }, id) => {
    const delegation = await delegationNamed(context.store.read(), id);
    return refusalToEndDelegation(context, { delegation, by });
  },
  'close-incident': async (context, { identity: by }, id) =>
    refusalToClose(context, { incident: await readIncident(context, { id }), by }),
} as const satisfies Readonly<Record<string, Refusal>>;

function refusalToConsent(verdict: VoteVerdict): Refusal {
  return async (context, known, id) => {
    const consent = { by: known.identity, verdict };
    const facts = await requestFacts(known, id);
    const refusal = refusalOfConsent(context, { ...facts, consent, at: context.clock.now() });
    return refusal ?? (verdict === 'approve' ? known.facts.freeze() : null);
  };
}

/** As `mayOversee`, by what is known. */
async function mayOverseeGrant(
  context: AccessContext,
  { identity, claimsToSee, facts }: KnownPerson,
  { request }: GrantRow,
): Promise<boolean> {
  if (identity.kind !== 'person') return false;
  if (isOverseer(context, identity)) return true;
  const found = await facts.request(request.id);
  if (found === null) return false;
  return decidesAbout(found.request.approval, {
    identity,
    votes: async () => found.votes,
    claims: claimsToSee,
  });
}

async function grantOf({ facts }: KnownPerson, id: string): Promise<GrantRow> {
  const grant = await facts.grant(id);
  if (grant === null) throw new AppError('not_found', `There is no grant ${id.slice(0, 40)}.`);
  return grant;
}
