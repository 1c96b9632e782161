/** Masked columns as they are, and in every way that could get at what is behind a mask. */
import type { Acted, Drill, DrillStep, StolenSession } from '../drill.ts';
import { loggedCheck, recordedCheck } from '../evidence.ts';
import { judgeCells } from '../masked-cells.ts';
import { type Check, failedCheck, unknownCheck } from '../model.ts';
import type { ColumnName } from '../plan.ts';
import type { Answer } from '../stolen-connection.ts';
import { openStolenSession } from '../stolen-sessions.ts';
import { EVASIONS, type Evasion, ROWS } from './evasions.ts';

const NOT_NAMED = 'no column was named: --masked customers.email, or --skip masks where there is none';

export const READ_MASKED: DrillStep = {
  name: 'masks',
  title: 'Masked data',
  expected: 'masked values, and every way around them refused or masked',
  needsAccess: true,
  run: async (drill) => {
    if (drill.plan.masked.length === 0) return { checks: [unknownCheck('stopped', NOT_NAMED)], sessions: [] };
    const reader = new Reader(drill);
    const checks: (Check | Promise<Check>)[] = [];
    try {
      for (const column of drill.plan.masked) {
        const known = (await drill.reference?.sampleOf(column)) ?? [];
        checks.push(...(await readPlainly(drill, reader, { column, known })));
        checks.push(...(await tryEvasions(drill, reader, { column, known })));
      }
    } finally {
      await reader.close();
    }
    return { checks, sessions: reader.sessions } satisfies Acted;
  },
};

/** One session; another one when what was tried has ended it. */
class Reader {
  readonly #drill: Drill;
  #session: StolenSession | null = null;
  readonly sessions: string[] = [];

  constructor(drill: Drill) {
    this.#drill = drill;
  }

  async session(): Promise<StolenSession> {
    if (this.#session !== null) return this.#session;
    this.#session = await openStolenSession(this.#drill);
    this.sessions.push(this.#session.id);
    return this.#session;
  }

  async run(text: string, how?: Evasion['how']): Promise<Answer> {
    const answer = await (await this.session()).run(text, how);
    if (answer.kind === 'held' || answer.kind === 'lost') await this.close();
    return answer;
  }

  async close(): Promise<void> {
    await this.#session?.close();
    this.#session = null;
  }
}

interface Target {
  readonly column: ColumnName;
  readonly known: readonly string[];
}

async function readPlainly(
  drill: Drill,
  reader: Reader,
  { column, known }: Target,
): Promise<(Check | Promise<Check>)[]> {
  const statement = `select ${column.sql} from ${column.table.sql} limit ${ROWS}`;
  const since = performance.now();
  const { id: session } = await reader.session();
  const answer = await reader.run(statement);
  const recorded = recordedCheck(drill, {
    session,
    since,
    statement,
    judge: ({ maskedCells, action }) =>
      action === 'allow' ? `${maskedCells} masked cells` : 'refused by a rule',
  });
  return [plainly(answer, { column, known }), recorded];
}

function plainly(answer: Answer, { column, known }: Target): Check {
  const name = column.shown;
  const afterMs = Math.round(answer.tookMs);
  if (answer.kind !== 'rows') {
    if (answer.kind === 'refused' && !answer.bySallyport)
      return unknownCheck('stopped', `${name}: the target itself refused: ${answer.message}`);
    return { what: 'stopped', verdict: 'passed', text: `${name}: refused (${answer.kind})`, afterMs };
  }
  switch (judgeCells(answer.rows.flat(), known)) {
    case 'masked':
      return {
        what: 'stopped',
        verdict: 'passed',
        text: `${name}: ${answer.rows.length} values, masked`,
        afterMs,
      };
    case 'shown':
      return failedCheck('stopped', `${name}: VALUES ARE SHOWN as they are`);
    case 'empty':
      return answer.rows.length > 0 && known.length > 0
        ? { what: 'stopped', verdict: 'passed', text: `${name}: only NULL is shown`, afterMs }
        : unknownCheck('stopped', `${name}: no value came to judge by; it needs rows, or --reference-file`);
  }
}

async function tryEvasions(
  drill: Drill,
  reader: Reader,
  target: Target,
): Promise<(Check | Promise<Check>)[]> {
  const shown: string[] = [];
  const unjudged: string[] = [];
  const answered: string[] = [];
  let refused = 0;
  let masked = 0;
  let session = '';
  const since = performance.now();
  for (const evasion of EVASIONS) {
    if (drill.signal.aborted) break;
    session = (await reader.session()).id;
    const verdict = await tryEvasion(reader, evasion, { ...target, canary: drill.plan.canary.sql });
    if (verdict === 'shown') shown.push(evasion.name);
    else if (verdict === 'answered') answered.push(evasion.name);
    else if (verdict === 'refused') refused += 1;
    else if (verdict === 'masked') masked += 1;
    else unjudged.push(evasion.name);
  }
  const name = target.column.shown;
  const checks: (Check | Promise<Check>)[] = [
    shown.length > 0
      ? failedCheck('stopped', `${name}: VALUES ARE SHOWN by way of: ${shown.join(', ')}`)
      : {
          what: 'stopped',
          verdict: 'passed',
          text: `${name}: of ${EVASIONS.length} ways around the mask ${refused} were refused, ${masked} showed masked values`,
          afterMs: null,
        },
  ];
  if (unjudged.length > 0)
    checks.push(unknownCheck('stopped', `${name}: could not be judged: ${unjudged.join(', ')}`));
  if (answered.length > 0)
    checks.push({
      what: 'stopped',
      verdict: 'noted',
      text: `${name}: conditions on it are answered (${answered.join(', ')}), so values can be guessed: whenFiltered`,
      afterMs: null,
    });
  if (refused > 0)
    checks.push(loggedCheck(drill, { subject: session, type: 'session.commands-denied', since }));
  return checks;
}

async function tryEvasion(
  reader: Reader,
  evasion: Evasion,
  target: Target & { readonly canary: string },
): Promise<'shown' | 'masked' | 'refused' | 'answered' | 'unjudged'> {
  const statements = evasion.statements({
    column: target.column.sql,
    table: target.column.table.sql,
    canary: target.canary,
  });
  let answer: Answer | null = null;
  for (const statement of statements.before) await reader.run(statement);
  answer = await reader.run(statements.text, evasion.how);
  for (const statement of statements.after) await reader.run(statement);
  if (answer.kind === 'held') return 'refused';
  if (answer.kind === 'lost') return 'unjudged';
  if (answer.kind === 'refused') {
    const quoted = [...answer.message.matchAll(/"([^"]*)"/g)].map(([, value = '']) => value);
    if (answer.bySallyport) return 'refused';
    return evasion.byError && judgeCells(quoted, target.known) === 'shown' ? 'shown' : 'refused';
  }
  if (evasion.isOracle) return 'answered';
  if (evasion.isWrite) return 'shown';
  return judgeCells(answer.rows.flat(), target.known) === 'shown' ? 'shown' : 'masked';
}
