/** The same of acts that are no votes, by the use cases' own judgement: null, or what they would refuse with now. */
import { AppError } from '../../core/errors.ts';
import type { VoteVerdict } from '../../core/request.ts';
import type { GrantRow, RequestRow } from '../../store/entities/access.ts';
import { findGrant } from '../../store/operations/grants.ts';
import { findRequest } from '../../store/operations/requests.ts';
import { refusalToAccept } from '../accept-delegation.ts';
import { refusalToCancel } from '../close-request.ts';
import { refusalOfComment } from '../comment-on-request.ts';
import { refusalOfConsent } from '../consent-to-request.ts';
import type { AccessContext } from '../context.ts';
import { refusalToEndDelegation } from '../delegate-votes.ts';
import { delegationNamed } from '../delegation-views.ts';
import { refusalOfLiveSession } from '../documents.ts';
import { refusalToFinish, refusalToRevoke } from '../end-grant.ts';
import { refusalByFreezeSeen } from '../freeze.ts';
import { readIncident, refusalToClose } from '../incidents/incidents.ts';
import { readSession } from '../read-access.ts';
import { refusalToAskAgain } from '../request-again.ts';
import { refusalToAskForTime } from '../request-extension.ts';
import { refusalToReveal } from '../reveal-connection.ts';
import { refusalToTerminate } from '../run-session.ts';
import type { KnownPerson } from './known-person.ts';

/** Each throws AppError `not_found` for an id that nobody has, or that this person may not know. */
export type Refusal = (context: AccessContext, known: KnownPerson, id: string) => Promise<AppError | null>;

export const REFUSALS = {
  comment: async (context, known, id) => {
    const { identity: by } = known;
    const claims = (await known.asVoter())?.claims ?? [];
    const [request, at] = [await requestOf(context, id), context.clock.now()];
    return refusalOfComment(context, context.store.read(), { request, by, claims, at });
  },
  cancel: async (context, { identity }, id) => refusalToCancel(await requestOf(context, id), identity),
  again: async (context, { identity: by }, id) =>
    refusalToAskAgain(context.store.read(), { request: await requestOf(context, id), by }),
  consent: refusalToConsent('approve'),
  'refuse-consent': refusalToConsent('deny'),
  reveal: async (context, { identity: by }, id) =>
    refusalToReveal(await grantOf(context, id), { by, now: context.clock.now() }),
  extend: async (context, { identity: by }, id) =>
    refusalToAskForTime(await grantOf(context, id), { by, now: context.clock.now() }),
  done: async (context, { identity }, id) => refusalToFinish(await grantOf(context, id), identity),
  revoke: async (context, { identity: by }, id) =>
    refusalToRevoke(context, { grant: await grantOf(context, id), by }),
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
  return async (context, { identity: by }, id) => {
    const db = context.store.read();
    const [request, at] = [await requestOf(context, id), context.clock.now()];
    const refusal = await refusalOfConsent(context, db, { request, consent: { by, verdict }, at });
    return refusal ?? (verdict === 'approve' ? refusalByFreezeSeen(db) : null);
  };
}

async function requestOf(context: AccessContext, id: string): Promise<RequestRow> {
  const request = await findRequest(context.store.read(), { id });
  if (request === null) throw new AppError('not_found', `There is no request ${id.slice(0, 40)}.`);
  return request;
}

async function grantOf(context: AccessContext, id: string): Promise<GrantRow> {
  const grant = await findGrant(context.store.read(), { id });
  if (grant === null) throw new AppError('not_found', `There is no grant ${id.slice(0, 40)}.`);
  return grant;
}
