/** ErrorResponse and NoticeResponse: the same fields under two types. */
import { BodyReader } from './body-reader.ts';
import { BodyWriter } from './body-writer.ts';
import { BACKEND } from './message-types.ts';

const FIELDS_MAX = 50;

/** Fields by their letter (PostgreSQL documentation, "Error and Notice Message Fields"), in order. */
export type ReportFields = ReadonlyMap<string, string>;

export function parseReport(body: Buffer): ReportFields {
  const reader = new BodyReader(body, 'ErrorResponse');
  const fields = new Map<string, string>();
  while (reader.remaining > 0 && fields.size < FIELDS_MAX) {
    const letter = reader.int8();
    if (letter === 0) break;
    fields.set(String.fromCharCode(letter), reader.string());
  }
  return fields;
}

export function encodeReport(kind: 'error' | 'notice', fields: Iterable<readonly [string, string]>): Buffer {
  const writer = new BodyWriter();
  for (const [letter, text] of fields) writer.int8(letter.charCodeAt(0)).string(text);
  return writer.int8(0).message(BACKEND[kind]);
}

export interface Problem {
  readonly severity: 'ERROR' | 'FATAL';
  readonly sqlState: string;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
  /** Where in the statement, in characters from 1. */
  readonly position?: number | undefined;
}

/** An error of ours, in the shape that every client shows as the target's own. */
export function encodeProblem(problem: Problem): Buffer {
  const fields: [string, string][] = [
    ['S', problem.severity],
    ['V', problem.severity],
    ['C', problem.sqlState],
    ['M', problem.message],
  ];
  if (problem.detail !== undefined) fields.push(['D', problem.detail]);
  if (problem.hint !== undefined) fields.push(['H', problem.hint]);
  if (problem.position !== undefined) fields.push(['P', String(problem.position)]);
  return encodeReport('error', fields);
}
