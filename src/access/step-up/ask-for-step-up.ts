/**
 * A vote that needs a fresh sign-in is not counted; its voter gets a link instead. The link is bound to the person,
 * to what was shown and to the decision, and works once.
 */
import { createHash } from 'node:crypto';
import { after } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { base32 } from '../../core/grant.ts';
import type { Identity } from '../../core/identity.ts';
import type { VoteVerdict } from '../../core/request.ts';
import type { RequestRow } from '../../store/entities/access.ts';
import type { Database } from '../../store/open-store.ts';
import { listComments } from '../../store/operations/request-comments.ts';
import { insertStepUp } from '../../store/operations/step-ups.ts';
import type { AccessContext } from '../context.ts';
import { recordEvent } from '../record.ts';
import { seatsOf } from '../request-matter.ts';

const NONCE_BYTES = 20;
/** How long the link of a vote works. */
const STEP_UP_MS = 10 * 60_000;

export interface StepUpAsked {
  readonly url: string;
  readonly expiresAt: Date;
}

/** @param input.ballot one that would count, were it not for the sign-in */
export async function askForStepUp(
  context: AccessContext,
  db: Database,
  input: {
    request: RequestRow;
    ballot: {
      readonly voter: Identity;
      readonly verdict: VoteVerdict;
      readonly durationMs: number | null;
      readonly note: string | null;
      readonly platform: string;
    };
    at: Date;
  },
): Promise<StepUpAsked> {
  const { request, ballot, at } = input;
  const { voter, verdict, durationMs, note, platform } = ballot;
  const nonce = base32(context.random(NONCE_BYTES));
  const expiresAt = after(at, STEP_UP_MS);
  await insertStepUp(db, {
    idSha256: sha256(nonce),
    requestId: request.id,
    shownSha256: await hashOfShown(db, request),
    identityId: voter.id,
    verdict,
    durationMs,
    note,
    platform,
    createdAt: at,
    expiresAt,
  });
  await recordEvent(db, {
    at,
    type: 'vote.step-up-asked',
    actorId: voter.id,
    subject: request.id,
    data: { verdict, platform },
  });
  return { url: `${context.settings.publicUrl}/step-up/${nonce}`, expiresAt };
}

export function stepUpRequired({ url, expiresAt }: StepUpAsked): AppError {
  return new AppError(
    'step_up_required',
    `This vote needs a fresh sign-in. Confirm it within ${STEP_UP_MS / 60_000} minutes at ${url}`,
    { context: { url, expiresAt: expiresAt.toISOString() } },
  );
}

/** Everything that a voter is shown and decides by; who else has voted and who was asked later is not of it. */
export async function hashOfShown(db: Database, request: RequestRow): Promise<string> {
  const comments = await listComments(db, { requestIds: [request.id] });
  const { id, kind, requester, beneficiary, resource, role, durationMs, reason, ticket, incident } = request;
  const shown = [
    [
      id,
      kind,
      requester.id,
      beneficiary.id,
      resource,
      role,
      durationMs,
      reason,
      ticket ?? null,
      incident ?? null,
    ],
    [request.extendsId ?? null, request.policy, request.policyVersion, request.approval.kind],
    seatsOf(request).map(({ name, count }) => [name, count]),
    comments.map(({ author, text }) => [author.id, text]),
  ];
  return sha256(JSON.stringify(shown));
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
