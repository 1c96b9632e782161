/**
 * A command that people must agree to first, as its broker sees it: held, watched, given up. The broker
 * keeps the bytes and their connection; here is what was asked, and the answer.
 */
import { createHash } from 'node:crypto';
import { after } from '../core/clock.ts';
import { formatDuration } from '../core/duration.ts';
import { AppError } from '../core/errors.ts';
import {
  type CommandContext,
  type HeldCommand,
  HOLD_PARAMETERS_BYTES_MAX,
  HOLD_TEXT_BYTES_MAX,
  isHostContext,
  UNAPPROVED_HOLDS_MAX,
  UNAPPROVED_HOLDS_WITHIN_MS,
  type WithdrawalCause,
} from '../core/hold.ts';
import type { CommandApproval } from '../core/verdict.ts';
import type { Database, Subscription } from '../store/open-store.ts';
import {
  countUnapprovedHolds,
  findHold,
  findHolds,
  insertHold,
  lockHold,
} from '../store/operations/holds.ts';
import { lockSession } from '../store/operations/sessions.ts';
import { type AccessContext, newId } from './context.ts';
import { holdViews } from './hold-views.ts';
import { askForJob, recordEvent } from './record.ts';
import { settleHold, withdrawHoldsOfSession } from './settle-hold.ts';
import type { HoldView } from './views.ts';

export interface HoldRequest extends HeldCommand {
  readonly sessionId: string;
  readonly approval: CommandApproval;
}

/**
 * Asks for approval. A connection waits for one command at a time: one that its session still holds was
 * given up, and is withdrawn. The wait ends with the grant at the latest.
 * @throws AppError `gone` when the session or its grant has ended, `rate_limited` when the grant has asked too
 *   often without an approval, `too_large` for a command that nobody could review, `invalid_input` when the hash is not that of the text or nobody is to be asked; whatever
 *   it throws, the command must not run
 */
export async function holdCommand(context: AccessContext, input: HoldRequest): Promise<HoldView> {
  checkCommand(input);
  const { sessionId, approval, ...command } = input;
  const now = context.clock.now();
  return context.store.transaction(async (db) => {
    const session = await lockSession(db, { id: sessionId });
    if (session === null || session.endedAt != null) {
      throw new AppError('gone', 'The session has ended, so nobody can be asked about its commands.');
    }
    const { grant } = session;
    if (grant.state !== 'active' || grant.expiresAt <= now) {
      throw new AppError('gone', 'The access has ended, so nobody can be asked about its commands.');
    }
    await checkRate(db, { grantId: grant.id, now });
    await withdrawHoldsOfSession(db, { sessionId, because: 'client', at: now });
    const id = newId(context, 'h');
    const expiresAt = new Date(Math.min(now.getTime() + approval.withinMs, grant.expiresAt.getTime()));
    await insertHold(db, {
      ...command,
      id,
      sessionId,
      seats: approval.seats,
      createdAt: now,
      expiresAt,
    });
    await recordEvent(db, {
      at: now,
      type: 'hold.created',
      actorId: grant.holder.id,
      subject: id,
      data: {
        sessionId,
        grantId: grant.id,
        resource: grant.request.resource,
        statement: command.statement,
        textSha256: command.textSha256,
        rule: command.rule,
        policyVersion: command.policyVersion,
        ...placeOf(command.context),
        expiresAt: expiresAt.toISOString(),
      },
    });
    await askForJob(db, { job: 'sync-card', payload: { subject: 'hold', id } }, { now });
    await askForJob(db, { job: 'expire-hold', payload: { holdId: id } }, { now, runAt: expiresAt });
    return readBack(db, id);
  });
}

/** On a host: under which account, where and with what a command would run. */
function placeOf(context: CommandContext): Record<string, string | readonly string[]> {
  if (!isHostContext(context)) return {};
  const { account, directory, environment, stdin } = context;
  return { account, directory, variables: environment.map(({ name }) => name), stdin };
}

async function checkRate(db: Database, { grantId, now }: { grantId: string; now: Date }): Promise<void> {
  const since = after(now, -UNAPPROVED_HOLDS_WITHIN_MS);
  if ((await countUnapprovedHolds(db, { grantId, since })) < UNAPPROVED_HOLDS_MAX) return;
  const within = formatDuration(UNAPPROVED_HOLDS_WITHIN_MS);
  throw new AppError(
    'rate_limited',
    `Nobody approved ${UNAPPROVED_HOLDS_MAX} commands of this access within ${within}, so nobody is asked about another for now.`,
  );
}

function checkCommand({ text, textSha256, parameters, approval }: HoldRequest): void {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length > HOLD_TEXT_BYTES_MAX) {
    throw new AppError('too_large', 'The command is too long for anybody to review.', {
      context: { bytesMax: HOLD_TEXT_BYTES_MAX },
    });
  }
  if (Buffer.byteLength(JSON.stringify(parameters), 'utf8') > HOLD_PARAMETERS_BYTES_MAX) {
    throw new AppError('too_large', 'The parameters are too long for anybody to review.', {
      context: { bytesMax: HOLD_PARAMETERS_BYTES_MAX },
    });
  }
  if (createHash('sha256').update(bytes).digest('hex') !== textSha256) {
    throw new AppError('invalid_input', 'The hash is not that of the command.');
  }
  if (approval.seats.length === 0 || approval.withinMs <= 0) {
    throw new AppError('invalid_input', 'The rule names nobody to ask, or no time to wait for them.');
  }
}

/** Nobody is asked any more. Idempotent: what is decided stays decided. */
export async function withdrawHold(
  context: AccessContext,
  input: { holdId: string; why: WithdrawalCause },
): Promise<void> {
  const now = context.clock.now();
  await context.store.transaction(async (db) => {
    const hold = await lockHold(db, { id: input.holdId });
    if (hold === null || hold.state !== 'held') return;
    const outcome = { to: 'withdrawn', because: input.why } as const;
    const actorId = input.why === 'client' ? hold.session.grant.holder.id : null;
    await settleHold(db, { id: hold.id, outcome, at: now, actorId });
  });
}

/** Where these holds stand, in no particular order; an id that is not known is left out. */
export async function readHolds(
  context: AccessContext,
  input: { holdIds: readonly string[] },
): Promise<HoldView[]> {
  if (input.holdIds.length === 0) return [];
  const db = context.store.read();
  return holdViews(db, await findHolds(db, { ids: input.holdIds }));
}

/** Hints that `readHolds` is worth calling now. Polling stays necessary: a hint can be lost. */
export async function watchHolds(context: AccessContext, onHint: () => void): Promise<Subscription> {
  return context.store.listen('sallyport_hold', () => onHint());
}

async function readBack(db: Database, id: string): Promise<HoldView> {
  const row = await findHold(db, { id });
  const [view] = await holdViews(db, row === null ? [] : [row]);
  if (view === undefined) throw new AppError('internal', 'the hold could not be read back');
  return view;
}
