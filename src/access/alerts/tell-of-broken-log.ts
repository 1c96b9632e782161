import type { AppError } from '../../core/errors.ts';
import type { AccessContext } from '../context.ts';
import { noteCondition } from './raise-alert.ts';

/** The end of the log is not what was signed before. Told once an hour, for as long as it is so. */
export async function tellOfBrokenLog(context: AccessContext, problem: AppError): Promise<void> {
  const facts = { what: 'audit log', problem: problem.message };
  await context.store.transaction((db) =>
    noteCondition(context, db, { kind: 'failed-verification', groupKey: 'signed head', facts, holds: true }),
  );
}
