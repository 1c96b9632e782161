/**
 * What a statement could bring out of masked columns. Worked out when it is judged, and again whenever the masks
 * have changed since: a prepared statement outlives many changes of the tables it reads.
 */

import { looksMasked } from '../../policies/masks/apply.ts';
import { type MaskedParameter, maskedParameters } from '../../policies/masks/assignments.ts';
import { sanitizedError } from '../../policies/masks/errors.ts';
import { isEmptyPlan, type MaskPlan } from '../../policies/masks/plan.ts';
import {
  couldQuoteMasked,
  couldReadMasked,
  judgeForMasks,
  runsUnclearCode,
} from '../../policies/masks/statement.ts';
import { parseReport, type ReportFields } from './codec/report.ts';
import type { Exposure, SqlInspection } from './sql-inspection.ts';

export type { Exposure } from './sql-inspection.ts';

const NOTHING: Exposure = { readsMasked: false, quotesMasked: false, callsUserCode: false };

/** Of messages that belong to no single statement, such as the error of a deferred check at commit. */
export const UNCLEAR: Exposure = { readsMasked: true, quotesMasked: true, callsUserCode: false };
/** Of a statement that nobody can look at again. */
const ANYTHING: Exposure = { readsMasked: true, quotesMasked: true, callsUserCode: true };

/** As the masks are now. Plain data. */
export function exposureOf(masks: MaskPlan | null, found: SqlInspection | null): Exposure {
  if (masks === null) return NOTHING;
  if (found === null) return UNCLEAR;
  return {
    readsMasked: couldReadMasked(masks, found.statements),
    quotesMasked: couldQuoteMasked(masks, found.statements),
    callsUserCode: runsUnclearCode(masks, found.statements),
  };
}

const CHANGED = 'The tables of this database have changed since this statement was judged. Send it again.';

/** Always as the masks are when it is looked at. */
export class LiveExposure implements Exposure {
  readonly #masks: MaskPlan;
  readonly #found: SqlInspection;
  readonly #judgedVersion: number;
  #version: number;
  #exposure: Exposure;
  #parameters: readonly MaskedParameter[];

  constructor(masks: MaskPlan, found: SqlInspection) {
    this.#masks = masks;
    this.#found = found;
    this.#judgedVersion = masks.version;
    this.#version = masks.version;
    this.#exposure = found.decided?.exposure ?? exposureOf(masks, found);
    this.#parameters = parametersOf(masks, found);
  }

  get readsMasked(): boolean {
    return this.#current().readsMasked;
  }

  get quotesMasked(): boolean {
    return this.#current().quotesMasked;
  }

  get callsUserCode(): boolean {
    return this.#current().callsUserCode;
  }

  /** In one text. */
  get statements(): number {
    return this.#found.analysis.length;
  }

  /** Why the statement would not be allowed any more; null while it is. */
  get objection(): string | null {
    const masks = this.#masks;
    if (masks.version === this.#judgedVersion && masks.frozen !== true) return null;
    if (this.#found.decided !== null) return isEmptyPlan(masks) ? null : CHANGED;
    const verdict = judgeForMasks(masks, this.#found.statements);
    return verdict?.action === 'deny' ? verdict.reason : null;
  }

  /** True when a parameter would replace the value of a masked column with its mask. */
  writesMaskBack(parameters: readonly (string | null)[]): boolean {
    this.#current();
    return this.#parameters.some(({ number, masks, replaces }) => {
      const value = parameters[number - 1];
      if (value === undefined) return false;
      if (value === null) return replaces && masks.includes('null');
      return textsOf(value).some((text) => masks.some((how) => looksMasked(text, how)));
    });
  }

  #current(): Exposure {
    if (this.#version === this.#masks.version) return this.#exposure;
    this.#version = this.#masks.version;
    this.#exposure = this.#found.decided === null ? exposureOf(this.#masks, this.#found) : ANYTHING;
    this.#parameters = parametersOf(this.#masks, this.#found);
    return this.#exposure;
  }
}

function parametersOf(masks: MaskPlan, found: SqlInspection): readonly MaskedParameter[] {
  if (isEmptyPlan(masks)) return [];
  return found.statements.flatMap(({ tree }) => (tree === null ? [] : maskedParameters(masks, tree)));
}

const HEXADECIMAL = /^\\x(?:[0-9a-f]{2})+$/;

/** A parameter as it is recorded may be a binary one in hexadecimal. */
function textsOf(value: string): readonly string[] {
  return HEXADECIMAL.test(value) ? [value, Buffer.from(value.slice(2), 'hex').toString('utf8')] : [value];
}

/** An error or notice without what could hold a value of a masked column. */
export function sanitizeReport(body: Buffer, exposure: Exposure): ReportFields {
  const fields = [...parseReport(body)].map(([code, value]) => ({ code, value }));
  return new Map(sanitizedError(fields, exposure).map(({ code, value }) => [code, value]));
}
