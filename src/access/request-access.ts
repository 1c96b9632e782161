/** Asking for access, for oneself or for another. */
import { AppError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import type { Origin } from '../core/request.ts';
import { findRequestByKey } from '../store/operations/requests.ts';
import { consentNeeded } from './beneficiary.ts';
import { checkDuration, checkIncident, checkTexts } from './check-request.ts';
import type { AccessContext } from './context.ts';
import { staleGroups } from './group-facts.ts';
import { askAboutTicket, matchRequest, resourceNamed, unknownResource } from './match-request.ts';
import { placeRequest } from './place-request.ts';
import { readRequestView } from './read-views.ts';
import { refusalWhileUnreviewed } from './unreviewed.ts';
import type { RequestView } from './views.ts';

export interface RequestDraft {
  /** An ordinary request when left out. */
  readonly kind?: 'access' | 'break-glass';
  readonly requester: Identity;
  /** Who will hold the access; null or left out for the requester. The policy is asked about them. */
  readonly beneficiary?: Identity | null;
  readonly resource: string;
  /** Null: the first role of the resource that the beneficiary may have. */
  readonly role: string | null;
  /** Null: an hour, or the longest that the policy gives if that is less. */
  readonly durationMs: number | null;
}

export interface NewAccessRequest extends RequestDraft {
  readonly reason: string;
  readonly ticket: string | null;
  readonly incident: string | null;
  readonly origin: Origin | null;
  /** The request that is asked once more. */
  readonly againOf?: string | null;
  /** The platform's event id, or the caller's: the same key gives the same request. */
  readonly idempotencyKey: string;
}

/** How long a consent is waited for where nobody has to vote. */
const CONSENT_WITHIN_MS = 3_600_000;

/**
 * Makes a request; an automatic policy approves it in the same transaction.
 * @throws AppError `invalid_input` (reason, duration), `not_found` (resource), `forbidden` (no policy
 *   gives this, with the reason; groups too old for what is granted at once), `frozen` (what would be granted at once)
 */
export async function requestAccess(context: AccessContext, input: NewAccessRequest): Promise<RequestView> {
  const { requester, kind = 'access', incident, origin, idempotencyKey } = input;
  const holder = input.beneficiary ?? requester;
  const texts = checkTexts(input);
  const { document, version } = context.policy.current();
  await checkIncident(context, { incident, patterns: document.incidents.channels });
  const resource = resourceNamed(document, input.resource);
  if (resource === undefined) throw new AppError('not_found', unknownResource(document, input.resource));
  const target = { document, resource };
  const asked = { ...input, ...texts, holder };
  const facts = { ...asked, ticketAnswers: await askAboutTicket(context, target, asked) };
  const { role, durationMs, answer } = matchRequest(context, target, facts);
  checkDuration(durationMs);
  if (!answer.allowed || role === null) throw new AppError('forbidden', answer.explanation);
  const at = context.clock.now();
  const votes = answer.approval.kind === 'votes';
  // Nobody else looks at it, so what it is decided by must be known lately; whoever consents is looked at then.
  const stale =
    votes || holder.id !== requester.id
      ? null
      : staleGroups(document, { identity: holder, now: at, next: 'ask' });
  if (stale !== null) throw stale;
  const consent = consentNeeded({ kind, requester, beneficiary: holder });
  const review = answer.approval.kind === 'break-glass' ? answer.approval.review : null;
  return context.store.transaction(async (db) => {
    const known = await findRequestByKey(db, { idempotencyKey: `${requester.id}:${idempotencyKey}` });
    const unreviewed =
      review === null || known !== null
        ? null
        : await refusalWhileUnreviewed(db, { holder, openMax: review.openMax });
    if (unreviewed !== null) throw unreviewed;
    const placed = await placeRequest(context, db, {
      at,
      request: {
        kind,
        requesterId: requester.id,
        beneficiaryId: holder.id,
        consent,
        extension: null,
        againOfId: input.againOf ?? null,
        resource: resource.name,
        resourceKind: resource.kind,
        role,
        durationMs,
        ...texts,
        incident,
        origin,
        policy: answer.policy,
        policyVersion: version,
        explanation: answer.explanation,
        approval: answer.approval,
        withinMs: votes || consent === null ? answer.withinMs : CONSENT_WITHIN_MS,
        idempotencyKey,
      },
    });
    return readRequestView(db, placed.id);
  });
}
