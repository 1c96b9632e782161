/**
 * Asking for more time on access that is live. The policy is asked again, as if all of the time had been asked for
 * at once; sessions stay connected whatever it says.
 */
import { after } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import type { Origin } from '../core/request.ts';
import type { TicketAnswers } from '../policies/access/ticket.ts';
import type { GrantRow } from '../store/entities/access.ts';
import type { Database } from '../store/open-store.ts';
import { findGrant, lockGrant } from '../store/operations/grants.ts';
import { findPendingExtension, findRequestByKey } from '../store/operations/requests.ts';
import { checkDuration, checkTexts } from './check-request.ts';
import type { AccessContext } from './context.ts';
import { whyNotExtended } from './extend-grant.ts';
import { refusalWhileFrozen } from './freeze.ts';
import { staleGroups } from './group-facts.ts';
import { askAboutTicket, matchRequest, resourceNamed } from './match-request.ts';
import { type PlacedRequest, placeRequest } from './place-request.ts';
import { readRequestView } from './read-views.ts';
import type { RequestView } from './views.ts';

export interface ExtensionRequest {
  readonly grantId: string;
  readonly by: Identity;
  /** How much later it should end. */
  readonly byMs: number;
  readonly reason: string;
  readonly origin: Origin | null;
  /** The same key gives the same request. */
  readonly idempotencyKey: string;
}

/**
 * Asks for more time; an automatic policy gives it in the same transaction.
 * @throws AppError `forbidden` (not the holder's, emergency access, longer than the policy lets it become),
 *   `conflict` (ended, being prepared, an extension is open already), `frozen`, `not_found`, `invalid_input`
 */
export async function requestExtension(
  context: AccessContext,
  input: ExtensionRequest,
): Promise<RequestView> {
  checkDuration(input.byMs);
  const texts = checkTexts({ ...input, ticket: null });
  const at = context.clock.now();
  const seen = await findGrant(context.store.read(), { id: input.grantId });
  if (seen === null) throw new AppError('not_found', `There is no grant ${input.grantId.slice(0, 40)}.`);
  const stranger = refusalUnlessHolder(seen, input.by);
  if (stranger !== null) throw stranger;
  const asked = askedFor(context, { ...input, reason: texts.reason }, seen);
  const ticketAnswers = await askAboutTicket(context, asked.target, asked.facts);
  return context.store.transaction(async (db) => {
    const key = `${input.by.id}:${input.idempotencyKey}`;
    const known = await findRequestByKey(db, { idempotencyKey: key });
    if (known !== null) return readRequestView(db, known.id);
    const obstacle = whyNotExtended(seen, at);
    if (obstacle !== null) throw obstacle;
    const request = requestFor(
      context,
      { ...input, reason: texts.reason },
      { grant: seen, ticketAnswers, at },
    );
    await lockAsSeen(db, { seen, request, key, at });
    const placed = await placeRequest(context, db, { request, at });
    return readRequestView(db, placed.id);
  });
}

/** Why this person does not ask for more time on this grant, whatever the policy says; null when they may. */
export function refusalToAskForTime(
  grant: GrantRow,
  { by, now }: { readonly by: Identity; readonly now: Date },
): AppError | null {
  return refusalUnlessHolder(grant, by) ?? whyNotExtended(grant, now);
}

function refusalUnlessHolder(grant: GrantRow, by: Identity): AppError | null {
  if (grant.holder.id === by.id) return null;
  return new AppError('forbidden', 'Only its holder can ask for more time on a grant.');
}

/** What the policy is asked: about all of the time, from the grant's start to the new deadline. */
function askedFor(context: AccessContext, input: ExtensionRequest, grant: GrantRow) {
  const { document } = context.policy.current();
  const { resource: name, role, ticket = null, incident = null } = grant.request;
  const resource = resourceNamed(document, name);
  if (resource === undefined) throw new AppError('not_found', `${name} is no longer configured.`);
  const until = after(grant.expiresAt, input.byMs);
  const durationMs = until.getTime() - grant.startsAt.getTime();
  const { by: holder, reason } = input;
  return {
    target: { document, resource },
    until,
    facts: { kind: 'extension', holder, role, durationMs, reason, ticket, incident } as const,
  };
}

function requestFor(
  context: AccessContext,
  input: ExtensionRequest,
  { grant, ticketAnswers, at }: { grant: GrantRow; ticketAnswers: TicketAnswers; at: Date },
): PlacedRequest {
  const { version } = context.policy.current();
  const { resource: name, role, resourceKind } = grant.request;
  const { target, facts, until } = askedFor(context, input, grant);
  const { ticket, incident } = facts;
  const { answer } = matchRequest(context, target, { ...facts, ticketAnswers });
  if (!answer.allowed) throw new AppError('forbidden', answer.explanation);
  const { by: holder } = input;
  const atOnce = answer.approval.kind !== 'votes';
  const stale = atOnce ? staleGroups(target.document, { identity: holder, now: at, next: 'ask' }) : null;
  if (stale !== null) throw stale;
  return {
    kind: 'extension',
    requesterId: input.by.id,
    beneficiaryId: grant.holder.id,
    consent: null,
    extension: { grantId: grant.id, until },
    againOfId: null,
    resource: name,
    resourceKind,
    role,
    durationMs: input.byMs,
    reason: input.reason,
    ticket,
    incident,
    origin: input.origin ?? grant.request.origin ?? null,
    policy: answer.policy,
    policyVersion: version,
    explanation: answer.explanation,
    approval: answer.approval,
    // Nobody can extend what has ended.
    withinMs: Math.min(answer.withinMs, grant.expiresAt.getTime() - at.getTime()),
    idempotencyKey: input.idempotencyKey,
  };
}

/**
 * Until the transaction ends the grant is as the policy was asked about it, and nobody else asks for more time.
 * @throws AppError `conflict`, `frozen`
 */
async function lockAsSeen(
  db: Database,
  input: { seen: GrantRow; request: PlacedRequest; key: string; at: Date },
): Promise<void> {
  const { seen, request, key, at } = input;
  // The order of locks: see `refusalToGrant`.
  const frozen = request.approval.kind === 'votes' ? null : await refusalWhileFrozen(db);
  const grant = await lockGrant(db, { id: seen.id });
  const obstacle = grant === null ? null : whyNotExtended(grant, at);
  if (obstacle !== null) throw obstacle;
  const pending = await findPendingExtension(db, { grantId: seen.id });
  if (pending !== null && pending.idempotencyKey !== key) {
    throw new AppError(
      'conflict',
      `More time was asked for already: ${pending.id}. Cancel that to ask anew.`,
    );
  }
  if (pending === null && grant?.expiresAt.getTime() !== seen.expiresAt.getTime())
    throw new AppError('conflict', `Grant ${seen.id} was extended meanwhile. Ask again.`);
  if (frozen !== null) throw frozen;
}
