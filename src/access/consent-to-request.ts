/**
 * Consenting to a request that somebody made for another. The beneficiary consents to hold the access; for a
 * workload its owner does. That is no vote and fills no seat, but without it nothing is granted.
 */
import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import type { VoteVerdict } from '../core/request.ts';
import type { RequestRow, VoteRow } from '../store/entities/access.ts';
import type { Database } from '../store/open-store.ts';
import { insertComment } from '../store/operations/request-comments.ts';
import {
  findRequest,
  listVotes,
  lockRequest,
  moveRequest,
  noteConsent,
} from '../store/operations/requests.ts';
import type { AccessContext } from './context.ts';
import { refusalWhenClosed } from './count-vote.ts';
import { refusalToGrant } from './grant-request.ts';
import { checkGroupsAge } from './group-facts.ts';
import { matchRequest, resourceNamed, unknownResource } from './match-request.ts';
import { readRequestView } from './read-views.ts';
import { askForJob, recordEvent } from './record.ts';
import { settleRequest } from './settle-request.ts';
import type { RequestView } from './views.ts';
import { isSameAddress, ownersOf } from './voting/same-person.ts';
import { linkedTooLate, refusalOfAccount } from './voting/through-account.ts';
import { checkNote, voteOnce } from './voting/vote-once.ts';

export interface Consent {
  readonly requestId: string;
  readonly by: Identity;
  readonly verdict: VoteVerdict;
  /** Needed to refuse; it becomes a comment on the request. */
  readonly note: string | null;
  readonly platform: string;
}

/**
 * @throws AppError `forbidden` (nobody asks this person, or the policy no longer gives the beneficiary this),
 *   `conflict` (given or decided already), `frozen`, `not_found`, `invalid_input`
 */
export async function consentToRequest(context: AccessContext, consent: Consent): Promise<RequestView> {
  const { requestId, by, verdict, note, platform } = consent;
  checkNote({ note, refuses: verdict === 'deny' });
  const at = context.clock.now();
  return voteOnce(context, { subject: requestId, voter: by, platform, at }, async (db) => {
    const seen = await findRequest(db, { id: requestId });
    if (seen === null) throw new AppError('not_found', `There is no request ${requestId.slice(0, 40)}.`);
    // The order of locks: freeze, request.
    const frozen =
      verdict === 'approve' ? await refusalToGrant(db, { request: { extendsId: null }, at }) : null;
    const request = (await lockRequest(db, { id: requestId })) ?? seen;
    const votes = await listVotes(db, { requestIds: [request.id] });
    const refusal =
      refusalOfConsent(context, { request, votes, consent, at }) ??
      (await refusalOfAccount(db, consent.by)) ??
      frozen;
    if (refusal !== null) return refusal;
    if (verdict === 'deny') await refuse(db, { request, consent, at });
    else await give(context, db, { request, consent, at });
    await askForJob(db, { job: 'sync-card', payload: { subject: 'request', id: request.id } }, { now: at });
    return readRequestView(db, request.id);
  });
}

interface Consenting {
  readonly request: RequestRow;
  readonly consent: Consent;
  readonly at: Date;
}

/** Why this person's consent does not count now, a freeze aside; null when it does. */
export function refusalOfConsent(
  context: AccessContext,
  input: Pick<Consenting, 'request' | 'at'> & {
    readonly votes: readonly VoteRow[];
    readonly consent: Pick<Consent, 'by' | 'verdict'>;
  },
): AppError | null {
  const { request, votes, consent, at } = input;
  const closed = refusalWhenClosed(request, { votes, at });
  if (closed !== null) return closed;
  if (!isAsked(context, request, consent.by)) {
    const text = `Nobody asks you for consent to ${request.id}. To decide about it, approve or deny it.`;
    return new AppError('forbidden', text);
  }
  if (request.consentedAt != null) {
    return new AppError('conflict', `${request.consentFrom} has consented to ${request.id} already.`);
  }
  const late = linkedTooLate(consent.by, { noun: 'request', openedAt: request.createdAt });
  if (late !== null) return late;
  return consent.verdict === 'approve' ? whyNoLonger(context, { request, by: consent.by, at }) : null;
}

/** True for the person whose consent was asked for, as long as a workload is still theirs. */
function isAsked(context: AccessContext, request: RequestRow, by: Identity): boolean {
  const { consentFrom, beneficiary } = request;
  if (by.kind !== 'person' || consentFrom == null || !isSameAddress(by.email, consentFrom)) return false;
  if (beneficiary.kind === 'person') return true;
  const { workloads } = context.policy.current().document;
  const owner = workloads.find(({ name }) => name === beneficiary.name)?.owner;
  return owner === undefined
    ? ownersOf(context, beneficiary).some((known) => isSameAddress(known, by.email))
    : isSameAddress(owner, by.email);
}

/**
 * The policy was asked about a beneficiary as they were last known. Now that they are here, what it would say to
 * them as they are counts.
 */
function whyNoLonger(
  context: AccessContext,
  { request, by, at }: Pick<Consenting, 'request' | 'at'> & Pick<Consent, 'by'>,
): AppError | null {
  if (by.kind !== 'person') return new AppError('forbidden', 'Only people consent.');
  const stale = checkGroupsAge(context, { seenAt: by.groupsSeenAt, now: at, next: 'consent' });
  if (stale !== null || request.beneficiary.kind !== 'person') return stale;
  const { document } = context.policy.current();
  const resource = resourceNamed(document, request.resource);
  if (resource === undefined) return new AppError('forbidden', unknownResource(document, request.resource));
  const { answer } = matchRequest(
    context,
    { document, resource },
    {
      holder: by,
      kind: request.kind,
      role: request.role,
      durationMs: request.durationMs,
      reason: request.reason,
      ticket: request.ticket ?? null,
      // It was good when it was asked about.
      ticketAnswers: null,
      incident: request.incident ?? null,
    },
  );
  if (!answer.allowed) return new AppError('forbidden', answer.explanation);
  // Another policy than the one that was matched may ask more of them as they are now.
  const isSame = answer.policy === request.policy || isDeepStrictEqual(answer.approval, request.approval);
  return isSame
    ? null
    : new AppError('forbidden', `Another policy is about you by now: ${answer.explanation} Ask again.`);
}

async function give(
  context: AccessContext,
  db: Database,
  { request, consent: { by, platform }, at }: Consenting,
): Promise<void> {
  if (!(await noteConsent(db, { id: request.id, byId: by.id, at }))) {
    throw new AppError('internal', `the consent to ${request.id} could not be stored`);
  }
  await recordEvent(db, {
    at,
    type: 'request.consented',
    actorId: by.id,
    subject: request.id,
    data: { platform },
  });
  const consented = await findRequest(db, { id: request.id });
  if (consented !== null) await settleRequest(context, db, { request: consented, actorId: by.id, at });
}

async function refuse(
  db: Database,
  { request, consent: { by, note, platform }, at }: Consenting,
): Promise<void> {
  await insertComment(db, {
    requestId: request.id,
    authorId: by.id,
    text: (note ?? '').trim(),
    platform,
    createdAt: at,
  });
  await moveRequest(db, { id: request.id, to: 'denied', at });
  await recordEvent(db, {
    at,
    type: 'request.denied',
    actorId: by.id,
    subject: request.id,
    data: { consentRefused: true, platform },
  });
}
