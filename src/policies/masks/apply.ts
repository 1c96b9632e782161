/** How a value is shown, and whether a column of a result is masked at all. */
import { createHmac } from 'node:crypto';
import type { Secret } from '../../core/secret.ts';
import type { MaskWith } from '../document/schema.ts';
import { type AppliedMask, isEmptyPlan, type MaskPlan } from './plan.ts';

export type { AppliedMask } from './plan.ts';

/** What a redacted value looks like, whatever it was and however long. */
export const REDACTED = '***';
/** PostgreSQL gives its own relations oids below this; nothing of a user's is among them. */
const FIRST_USER_OID = 16_384;

/** Of a hash: 64 bits of the value's HMAC, then 32 of that text's own, by which it is known again. */
const HASH_HEX = 16;
const CHECK_HEX = 8;

/** Without a key nothing is hashed: the value is redacted instead. */
export function appliedMask(how: MaskWith, hashKey: Secret<Buffer> | null): AppliedMask {
  if (how !== 'hash') return how;
  return hashKey === null ? 'redact' : { hashKey };
}

/**
 * The mask on a column of a RowDescription; null to show it as it is. Where the server names no column
 * (oid 0: an expression) or one that the catalog snapshot does not know, what is shown is redacted as soon as
 * the statement could read masked data; a column that a known relation did not have is redacted always.
 * Attribute number 0 is the row as a whole.
 */
export function maskOf(
  plan: MaskPlan,
  column: { tableOid: number; attnum: number; statementReadsMasked: boolean },
): AppliedMask | null {
  if (isEmptyPlan(plan)) return null;
  const relation = plan.byOid.get(column.tableOid);
  if (relation === undefined) {
    const belongsToServer = column.tableOid > 0 && column.tableOid < FIRST_USER_OID;
    return column.statementReadsMasked && !belongsToServer ? 'redact' : null;
  }
  if (column.attnum === 0) return relation.masks.size > 0 ? 'redact' : null;
  const mask = relation.masks.get(column.attnum);
  if (mask !== undefined) return mask;
  // Negative numbers are the system's columns: places and transactions, no values.
  const known = column.attnum < 0 || relation.attnums.has(column.attnum);
  return known ? null : 'redact';
}

/** Never more than half of a value is left to see, so a short one does not give itself away. */
function keptCount(wanted: number, length: number): number {
  return Math.min(wanted, Math.floor(length / 2));
}

function hmacHex(key: Secret<Buffer>, text: string, characters: number): string {
  return createHmac('sha256', key.reveal()).update(text, 'utf8').digest('hex').slice(0, characters);
}

/** Equal values have equal hashes, in every column and session of a deployment, so results still join. */
function hashOf(key: Secret<Buffer>, value: string): string {
  const hash = hmacHex(key, `value:${value}`, HASH_HEX);
  return hash + hmacHex(key, `check:${hash}`, CHECK_HEX);
}

/** Shows a value under its mask. NULL stays NULL. Counts are in code points, so no character is ever cut. */
export function applyMask(how: AppliedMask, value: string | null): string | null {
  if (value === null || how === 'null') return null;
  if (how === 'redact') return REDACTED;
  if ('hashKey' in how) return hashOf(how.hashKey, value);
  const points = [...value];
  if ('keepLast' in how) {
    const hidden = points.length - keptCount(how.keepLast, points.length);
    return '*'.repeat(hidden) + points.slice(hidden).join('');
  }
  const kept = keptCount(how.keepFirst, points.length);
  return points.slice(0, kept).join('') + '*'.repeat(points.length - kept);
}

/** Three stars at an end, or more stars there than a mask leaves characters. */
const STARRED = /^\*{3,}|\*{3,}$/;

/**
 * True for a text that looks like a masked value, which would destroy the original if it were written back.
 * Without `how`, it may be of any mask but a hash.
 */
export function looksMasked(value: string, how?: AppliedMask): boolean {
  if (how !== undefined && typeof how !== 'string' && 'hashKey' in how) {
    if (value.length !== HASH_HEX + CHECK_HEX) return false;
    const hash = value.slice(0, HASH_HEX);
    return value.slice(HASH_HEX) === hmacHex(how.hashKey, `check:${hash}`, CHECK_HEX);
  }
  if (STARRED.test(value)) return true;
  if (how === undefined || typeof how === 'string') return false;
  const stars = ('keepLast' in how ? /^\*+/ : /\*+$/).exec(value)?.[0].length ?? 0;
  return stars > 0 && stars * 2 >= [...value].length;
}
