/** How a value is shown, and whether a column of a result is masked at all. */
import { AppError } from '../../core/errors.ts';
import type { MaskWith } from '../document/schema.ts';
import { isEmptyPlan, type MaskPlan } from './plan.ts';

/** What a redacted value looks like, whatever it was and however long. */
export const REDACTED = '***';
/** PostgreSQL gives its own relations oids below this; nothing of a user's is among them. */
const FIRST_USER_OID = 16_384;

/**
 * The mask on a column of a RowDescription; null to show it as it is. Where the server names no column
 * (oid 0: an expression) or one that the catalog snapshot does not know, what is shown is redacted as soon as
 * the statement could read masked data. Attribute number 0 is the row as a whole.
 */
export function maskOf(
  plan: MaskPlan,
  column: { tableOid: number; attnum: number; statementReadsMasked: boolean },
): MaskWith | null {
  if (isEmptyPlan(plan)) return null;
  const relation = plan.byOid.get(column.tableOid);
  if (relation === undefined) {
    const belongsToServer = column.tableOid > 0 && column.tableOid < FIRST_USER_OID;
    return column.statementReadsMasked && !belongsToServer ? 'redact' : null;
  }
  if (column.attnum === 0) return relation.masks.size > 0 ? 'redact' : null;
  return relation.masks.get(column.attnum) ?? null;
}

/** Never more than half of a value is left to see, so a short one does not give itself away. */
function keptCount(wanted: number, length: number): number {
  return Math.min(wanted, Math.floor(length / 2));
}

/**
 * Shows a value under its mask. NULL stays NULL. Counts are in code points, so no character is ever cut. Throws
 * `not_available_yet` for `hash`.
 */
export function applyMask(how: MaskWith, value: string | null): string | null {
  if (value === null || how === 'null') return null;
  if (how === 'redact') return REDACTED;
  if (how === 'hash') throw new AppError('not_available_yet', 'masks with "hash" are not available yet');
  const points = [...value];
  if ('keepLast' in how) {
    const hidden = points.length - keptCount(how.keepLast, points.length);
    return '*'.repeat(hidden) + points.slice(hidden).join('');
  }
  const kept = keptCount(how.keepFirst, points.length);
  return points.slice(0, kept).join('') + '*'.repeat(points.length - kept);
}

/** True for a text that looks like a masked value, which would destroy the original if it were written back. */
export function looksMasked(value: string): boolean {
  return /^\*{3,}|\*{3,}$/.test(value);
}
