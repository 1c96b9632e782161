/** What reading the messages of a client has in common, whichever protocol they belong to. */
import type { Judged } from '../gate.ts';
import { decodeStatement } from './client-encoding.ts';
import type { Denials, Protocol } from './denials.ts';
import type { Portal } from './exchange.ts';
import { type Exposure, exposureOf, LiveExposure } from './exposure.ts';
import type { ReadingStop } from './reading-stop.ts';
import { NOT_UTF8, type Refusal, statementTooLarge } from './refusals.ts';
import type { RelayContext } from './relay-context.ts';
import type { SqlInspection } from './sql-judge.ts';
import { StatementRun } from './statement-run.ts';

/** Longer statements are inspected by a worker thread: 64 KiB already take some 10 ms. */
export const INSPECTED_HERE_CHARACTERS_MAX = 65_536;

export interface FrontendParts {
  readonly context: RelayContext;
  readonly denials: Denials;
  readonly reading: ReadingStop;
  /** To the target, with the next release. */
  readonly forward: (bytes: Buffer) => void;
}

/** The text of a statement as it is judged; null when it was refused because it cannot be read. */
export function readableText(
  { context, denials }: FrontendParts,
  bytes: Buffer,
  protocol: 'simple' | 'prepare',
): string | null {
  if (bytes.length > context.limits.statementBytesMax) {
    refuseTooLarge({ context, denials }, protocol, bytes.length);
    return null;
  }
  const text = decodeStatement(bytes, context.exchange.clientEncoding);
  if (text === null) denials.refuse(protocol, NOT_UTF8);
  return text;
}

export function refuseTooLarge(
  { context, denials }: Pick<FrontendParts, 'context' | 'denials'>,
  protocol: Protocol,
  bytes: number,
): void {
  const bytesMax = context.limits.statementBytesMax;
  denials.refuse(protocol, statementTooLarge({ bytes, bytesMax }));
}

/** What an allowed statement could bring out of masked columns. */
export function exposureIn({ masks }: RelayContext, { found }: Judged<SqlInspection>): Exposure {
  if (masks === null || found === null) return exposureOf(masks, found);
  masks.note(found);
  return new LiveExposure(masks, found);
}

/** The masks may have changed since the statement was judged. */
export function changedMasks(exposure: Exposure | null): Refusal | null {
  const objection = exposure instanceof LiveExposure ? exposure.objection : null;
  return objection === null ? null : { rule: 'masks', reason: objection };
}

/** Begins one execution of an allowed statement: what follows is judged as if it had run. */
export function beginRun(
  context: RelayContext,
  judged: Judged<SqlInspection>,
  { exposure, portal }: { readonly exposure: Exposure; readonly portal: Portal | null },
): StatementRun {
  const { exchange, gate, limits, monotonic } = context;
  // What follows in the pipeline must not be recorded as what a name meant before.
  for (const release of judged.found?.releases ?? []) exchange.asked.release(release);
  if (judged.found !== null) exchange.sqlNames.note(judged.found);
  return new StatementRun({
    judged,
    exposure,
    egress: context.egress?.begin(judged.found, portal) ?? null,
    gate,
    rowsMax: limits.rowsPerStatementMax,
    monotonic,
  });
}
