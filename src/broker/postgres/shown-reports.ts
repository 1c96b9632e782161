/** The target's errors and notices as a client may see them, and as they are recorded. */
import { isEmptyPlan, type MaskPlan } from '../../policies/masks/plan.ts';
import type { Outcome } from '../gate.ts';
import { bodyOf } from './codec/framer.ts';
import { encodeReport, parseReport, type ReportFields } from './codec/report.ts';
import type { Expected } from './exchange.ts';
import { type Exposure, sanitizeReport, UNCLEAR } from './exposure.ts';

const MESSAGE_CHARACTERS_MAX = 2_000;

/** What the target was asked when it sent the report; null when nothing was asked. */
type Asked = Expected | null;

/** The message to send: the target's own where nothing is masked. */
export function shownReport(
  kind: 'error' | 'notice',
  report: { readonly message: Buffer; readonly masks: MaskPlan | null; readonly asked: Asked },
): Buffer {
  return isUnmasked(report.masks) ? report.message : encodeReport(kind, fieldsOf(report));
}

/** An error for the recording. */
export function failureOf(report: {
  readonly message: Buffer;
  readonly masks: MaskPlan | null;
  readonly asked: Asked;
}): NonNullable<Outcome['error']> {
  const fields = fieldsOf(report);
  return {
    sqlState: fields.get('C') ?? 'XX000',
    message: (fields.get('M') ?? '').slice(0, MESSAGE_CHARACTERS_MAX),
  };
}

function isUnmasked(masks: MaskPlan | null): boolean {
  return masks === null || isEmptyPlan(masks);
}

function fieldsOf(report: { message: Buffer; masks: MaskPlan | null; asked: Asked }): ReportFields {
  const body = bodyOf(report.message);
  return isUnmasked(report.masks) ? parseReport(body) : sanitizeReport(body, exposureOfAsked(report.asked));
}

/** Deferred checks report at commit about whatever was done before, so Sync is as unclear as nothing at all. */
export function exposureOfAsked(asked: Asked): Exposure {
  switch (asked?.kind) {
    case 'query':
    case 'function-call':
    case 'execute':
      return asked.run?.exposure ?? UNCLEAR;
    case 'parse':
      return asked.prepared.exposure;
    case 'bind':
      return asked.portal.prepared.exposure;
    default:
      return UNCLEAR;
  }
}
