/** What a statement could bring out of masked columns, worked out once when it is judged. */

import { sanitizedError } from '../../policies/masks/errors.ts';
import type { MaskPlan } from '../../policies/masks/plan.ts';
import { couldQuoteMasked, couldReadMasked } from '../../policies/masks/statement.ts';
import { parseReport, type ReportFields } from './codec/report.ts';
import type { SqlInspection } from './sql-judge.ts';

export interface Exposure {
  /** A column whose origin the target does not name could hold masked data. */
  readonly readsMasked: boolean;
  /** Errors and notices could quote masked rows. */
  readonly quotesMasked: boolean;
  /** Functions of the target's users could raise any error with any text. */
  readonly callsUserCode: boolean;
}

const NOTHING: Exposure = { readsMasked: false, quotesMasked: false, callsUserCode: false };

/** Of messages that belong to no single statement, such as the error of a deferred check at commit. */
export const UNCLEAR: Exposure = { readsMasked: true, quotesMasked: true, callsUserCode: false };

export function exposureOf(masks: MaskPlan | null, found: SqlInspection | null): Exposure {
  if (masks === null) return NOTHING;
  if (found === null) return UNCLEAR;
  return {
    readsMasked: couldReadMasked(masks, found.statements),
    quotesMasked: couldQuoteMasked(masks, found.statements),
    callsUserCode: found.statements.some(({ effects }) => effects.includes('call')),
  };
}

/** An error or notice without what could hold a value of a masked column. */
export function sanitizeReport(body: Buffer, exposure: Exposure): ReportFields {
  const fields = [...parseReport(body)].map(([code, value]) => ({ code, value }));
  return new Map(sanitizedError(fields, exposure).map(({ code, value }) => [code, value]));
}
