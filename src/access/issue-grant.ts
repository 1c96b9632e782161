/**
 * From approved to usable. What cannot be prepared is told to its holder and tried again, ever more rarely, until
 * the grant's deadline ends it like any other.
 */
import { after } from '../core/clock.ts';
import { isAppError, messageOf } from '../core/errors.ts';
import type { GrantRow } from '../store/entities/access.ts';
import { findFreeze } from '../store/operations/freeze.ts';
import { activateGrant, findGrant, lockGrant, noteIssueProblem } from '../store/operations/grants.ts';
import type { AccessContext } from './context.ts';
import { refusalWhileFrozen } from './freeze.ts';
import type { ConnectionPreparer } from './ports.ts';
import { askForJob, recordEvent } from './record.ts';

const RETRY_FIRST_MS = 2_000;
const RETRY_LONGEST_MS = 300_000;
const PROBLEM_CHARACTERS_MAX = 500;

/**
 * Makes a grant usable: the broker prepares what it needs, then the grant becomes active and its
 * holder is told. Idempotent: a grant that is past `issuing` is left alone, and so is every one during a freeze,
 * which asks for this again when it is lifted.
 * @throws what the preparation throws, after the holder was told, for the queue to try again
 */
export async function issueGrant(
  context: AccessContext,
  input: { grantId: string; preparer: ConnectionPreparer },
): Promise<'issued' | 'unchanged'> {
  const grant = await findGrant(context.store.read(), { id: input.grantId });
  if (grant === null || grant.state !== 'issuing' || grant.expiresAt <= context.clock.now())
    return 'unchanged';
  if ((await findFreeze(context.store.read())) !== null) return 'unchanged';
  try {
    await input.preparer.prepare(grant.id);
  } catch (error) {
    await noteProblem(context, grant, error);
    throw new Error(`could not prepare grant ${grant.id}: ${messageOf(error)}`, { cause: error });
  }
  const now = context.clock.now();
  return context.store.transaction(async (db) => {
    if ((await refusalWhileFrozen(db)) !== null) return 'unchanged';
    if (!(await activateGrant(db, { id: grant.id, now }))) return 'unchanged';
    await recordEvent(db, { at: now, type: 'grant.issued', actorId: null, subject: grant.id });
    await askForCards(db, grant, now);
    return 'issued';
  });
}

/** The first time, and whenever it is another problem, the holder is told. */
async function noteProblem(context: AccessContext, { id }: GrantRow, error: unknown): Promise<void> {
  const at = context.clock.now();
  const problem = problemOf(error);
  await context.store.transaction(async (db) => {
    const grant = await lockGrant(db, { id });
    if (grant === null || grant.state !== 'issuing') return;
    const attempts = grant.issueAttempts + 1;
    const waitMs = Math.min(RETRY_LONGEST_MS, RETRY_FIRST_MS * 2 ** Math.min(attempts - 1, 16));
    await noteIssueProblem(db, { id, problem, attempts, retryAt: after(at, waitMs), at });
    if (grant.issueProblem === problem) return;
    await recordEvent(db, { at, type: 'grant.issue-failed', actorId: null, subject: id, data: { problem } });
    await askForCards(db, grant, at);
  });
}

/** An `AppError` is written for people; of anything else they learn nothing here, the log has it. */
function problemOf(error: unknown): string {
  const text =
    isAppError(error) && error.code !== 'internal' ? error.message : 'Something went wrong on our side.';
  return text.slice(0, PROBLEM_CHARACTERS_MAX);
}

async function askForCards(db: Parameters<typeof askForJob>[0], grant: GrantRow, now: Date): Promise<void> {
  await askForJob(db, { job: 'sync-card', payload: { subject: 'grant', id: grant.id } }, { now });
  await askForJob(db, { job: 'sync-card', payload: { subject: 'request', id: grant.request.id } }, { now });
}
