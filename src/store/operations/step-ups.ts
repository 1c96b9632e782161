import { LockMode } from '@mikro-orm/postgresql';
import type { VoteVerdict } from '../../core/request.ts';
import { StepUpRow } from '../entities/step-up.ts';
import type { Database } from '../open-store.ts';

const WITH_PEOPLE = ['identity', 'request'] as const;

export async function insertStepUp(
  db: Database,
  stepUp: {
    idSha256: string;
    requestId: string;
    shownSha256: string;
    identityId: string;
    verdict: VoteVerdict;
    durationMs: number | null;
    note: string | null;
    platform: string;
    createdAt: Date;
    expiresAt: Date;
  },
): Promise<void> {
  const { requestId, identityId, ...rest } = stepUp;
  await db.insert(StepUpRow, {
    ...rest,
    request: requestId,
    identity: identityId,
    signedInAt: null,
    usedAt: null,
  });
}

export async function findStepUp(db: Database, options: { idSha256: string }): Promise<StepUpRow | null> {
  return db.findOne(StepUpRow, options, { populate: [...WITH_PEOPLE], disableIdentityMap: true });
}

/** Takes the row's lock, so that of two who follow one link one is counted. */
export async function lockStepUp(db: Database, options: { idSha256: string }): Promise<StepUpRow | null> {
  const locked = await db.findOne(StepUpRow, options, {
    fields: ['idSha256'],
    lockMode: LockMode.PESSIMISTIC_WRITE,
    disableIdentityMap: true,
  });
  return locked === null ? null : findStepUp(db, options);
}

/** @returns true if this call used it: it works once */
export async function consumeStepUp(
  db: Database,
  options: { idSha256: string; signedInAt: Date; at: Date },
): Promise<boolean> {
  const { idSha256, signedInAt, at } = options;
  const used = await db.nativeUpdate(StepUpRow, { idSha256, usedAt: null }, { signedInAt, usedAt: at });
  return used === 1;
}

/** Those whose link stopped working before then. */
export async function deleteExpiredStepUps(db: Database, options: { before: Date }): Promise<number> {
  return db.nativeDelete(StepUpRow, { expiresAt: { $lte: options.before } });
}
