/** The corpus of commands: those that must not get past a policy, and those that must arrive as they were typed. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const ATTACK = z.strictObject({
  id: z.string(),
  /**
   * `table`: tricks on other brokers; `debug-trap`: past a trap of bash that looks at each command; `unseen`: what is
   * not shown as it is.
   */
  group: z.enum(['table', 'debug-trap', 'syntax', 'program', 'variable', 'file', 'unseen']),
  /** Wants `touch x` to run, now or later. */
  command: z.string(),
  /** Where an inspection that is less careful would go wrong. */
  why: z.string(),
  /** False where it needs a terminal, or a program that is not everywhere. */
  direct: z.literal(false).optional(),
});
export type ShellAttack = z.output<typeof ATTACK>;

const INNOCENT = z.strictObject({
  id: z.string(),
  command: z.string(),
  /** False where programs are named by their place, so that no other can stand in for them. */
  paths: z.literal(false).optional(),
});
export type ShellInnocent = z.output<typeof INNOCENT>;

function readRows<Row>(file: string, shape: z.ZodType<Row>): readonly Row[] {
  const text = readFileSync(new URL(`../corpus/shell/${file}.jsonl`, import.meta.url), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => shape.parse(JSON.parse(line)));
}

export const readShellAttacks = (): readonly ShellAttack[] => readRows('attacks', ATTACK);
export const readShellInnocents = (): readonly ShellInnocent[] => readRows('innocents', INNOCENT);
