/**
 * When the head of the chain is signed: with the first new event, then at intervals while events arrive, and once a
 * day in any case. The day's head is the one that is posted where people chat, so that it exists outside of what
 * whoever runs the database can change.
 */
import type { Clock } from '../core/clock.ts';
import { AppError, isAppError } from '../core/errors.ts';
import type { AuditHeadRow } from '../store/entities/audit-head.ts';
import type { Database } from '../store/open-store.ts';
import { findLastAuditHead, findLastDailyHead, insertAuditHead } from '../store/operations/audit-heads.ts';
import { findChainBeginning, findEventSha256 } from '../store/operations/events.ts';
import { type HeadSigner, type HeadSigners, type SignedHead, signedHead } from './signed-head.ts';

/** Events wait at most this long for a signature. */
const INTERVAL_MS = 60_000;
/** And never behind more than so many others. */
const INTERVAL_EVENTS = 1_000;

/**
 * Signs the end of the chain when it is time, in the transaction that made it the end: nobody ever sees an event
 * that should have been covered and is not.
 * @returns why it is not signed: the log is not what the last head says it was, or the key is not to be had
 */
export async function signHeadIfDue(
  db: Database,
  input: {
    readonly end: { readonly sequence: number; readonly sha256: string };
    readonly signers: HeadSigners;
    readonly clock: Clock;
  },
): Promise<AppError | null> {
  const { end } = input;
  const now = input.clock.now();
  const last = await findLastAuditHead(db);
  const day = await dayThatIsDue(db, now);
  if (day === null && !isDue({ last, end, now })) return null;
  const refusal = last === null ? null : await refusalToContinue(db, { last, end });
  if (refusal !== null) return refusal;
  const signer = await newestSigner(db, input.signers);
  if (signer instanceof AppError) return signer;
  const head = signedHead({ ...end, at: now.toISOString() }, signer);
  await insertAuditHead(db, { ...head, at: now, day });
  return null;
}

/** Events get their places all the same when this process cannot sign. */
async function newestSigner(db: Database, signers: HeadSigners): Promise<HeadSigner | AppError> {
  try {
    return await signers.signerIn(db);
  } catch (error) {
    if (isAppError(error)) return error;
    throw error;
  }
}

/** A stored head as everybody sees it. */
export function headOf(row: AuditHeadRow): SignedHead {
  const { sequence, sha256, at, signingKeySha256, signature } = row;
  return { sequence, sha256, at: at.toISOString(), signingKeySha256, signature };
}

function isDue({
  last,
  end,
  now,
}: {
  readonly last: AuditHeadRow | null;
  readonly end: { readonly sequence: number };
  readonly now: Date;
}): boolean {
  if (last === null) return true;
  const waiting = end.sequence - last.sequence;
  // A chain that became shorter is looked at at once.
  if (waiting < 0 || waiting >= INTERVAL_EVENTS) return true;
  return waiting > 0 && now.getTime() - last.at.getTime() >= INTERVAL_MS;
}

/** The first day has no head of its own: the one of the second covers it. @returns null when today has one */
async function dayThatIsDue(db: Database, now: Date): Promise<string | null> {
  const today = dayOf(now);
  const before = (await findLastDailyHead(db))?.day ?? null;
  if (before !== null) return before < today ? today : null;
  const beginning = await findChainBeginning(db);
  return beginning !== null && dayOf(beginning) < today ? today : null;
}

function dayOf(instant: Date): string {
  return instant.toISOString().slice(0, 10);
}

/** Whoever changed what was signed gets no signature for the rest. */
async function refusalToContinue(
  db: Database,
  { last, end }: { readonly last: AuditHeadRow; readonly end: { readonly sequence: number } },
): Promise<AppError | null> {
  const found = await findEventSha256(db, { sequence: last.sequence });
  if (found === last.sha256) return null;
  const what =
    end.sequence < last.sequence ? `ends with event ${end.sequence}` : `has another event ${last.sequence}`;
  return new AppError(
    'conflict',
    `The audit log ${what}, though event ${last.sequence} was signed at ${last.at.toISOString()}: somebody has changed it. No head is signed. Run: sallyport audit verify`,
    { context: { sequence: last.sequence } },
  );
}
