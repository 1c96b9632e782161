/** The corpus of SQL: statements that must not get past a policy, and statements that must not be disturbed. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { DATABASE_EFFECTS } from '../../src/core/statement.ts';

const ALLOW = z.union([z.literal('all'), z.array(z.enum(['all', ...DATABASE_EFFECTS]))]);

const ATTACK = z
  .strictObject({
    id: z.string(),
    statement: z.string().optional(),
    /** The statement's bytes, where no text has them. */
    hex: z.string().optional(),
    /** Start-up parameters of the connection that it is sent on. */
    startup: z.record(z.string(), z.string()).optional(),
    /** The connection itself is refused. */
    refused: z.literal(true).optional(),
    /** The session ends with it. */
    ends: z.literal(true).optional(),
    /** What the role allows: enough for all but what makes it an attack. */
    allow: ALLOW,
    /** Where an inspection that is less careful would go wrong. */
    why: z.string(),
    /** False where the target itself would refuse it, or where running it would reach beyond the database. */
    direct: z.literal(false).optional(),
  })
  .refine(
    ({ statement, hex, refused }) =>
      [statement, hex, refused].filter((one) => one !== undefined).length === 1,
  );
export type Attack = z.output<typeof ATTACK>;

const INNOCENT = z.strictObject({
  id: z.string(),
  statement: z.string(),
  allow: ALLOW,
  /** Values of $1 and so on. */
  values: z.array(z.string()).optional(),
  /** Run before it in the same transaction. */
  before: z.array(z.string()).optional(),
  /** It cannot run in a transaction. */
  alone: z.literal(true).optional(),
  /** What it returns differs each time, or between any two connections: only its shape is compared. */
  varies: z.literal(true).optional(),
  /** What is sent when it asks for COPY data. */
  copy: z.string().optional(),
  /** False where masks object. */
  masks: z.literal(false).optional(),
});
export type Innocent = z.output<typeof INNOCENT>;

/** A statement that only masks object to. */
const MASKED = z.strictObject({ id: z.string(), statement: z.string(), allow: ALLOW, why: z.string() });
export type MaskedStatement = z.output<typeof MASKED>;

function readRows<Row>(file: string, shape: z.ZodType<Row>): readonly Row[] {
  const text = readFileSync(new URL(`../corpus/sql/${file}.jsonl`, import.meta.url), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => shape.parse(JSON.parse(line)));
}

export const readAttacks = (): readonly Attack[] => readRows('attacks', ATTACK);
export const readInnocents = (): readonly Innocent[] => readRows('innocents', INNOCENT);
export const readMasked = (): readonly MaskedStatement[] => readRows('masked', MASKED);

/** The SQL that makes the sample database. */
export function readSampleDatabase(): string {
  return readFileSync(new URL('../corpus/sql/sample.sql', import.meta.url), 'utf8');
}
