/**
 * Where the broker's time goes for a small statement: processor time of the whole process under load, and what
 * judging and recording take of it when they run alone. The rest is the relay: reading, framing, writing; what a
 * relay takes that only copies bytes stands beside it.
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { ClientNames } from '../src/broker/postgres/client-names.ts';
import { createSqlJudge } from '../src/broker/postgres/sql-judge.ts';
import { analyzeSql, loadSqlParser } from '../src/policies/analyzers/sql/analyze.ts';
import { selectorApplies } from '../src/policies/rules/select.ts';
import { Journal } from '../src/recording/journal/journal.ts';
import { openRecording } from '../src/recording/writer.ts';
import { runPgbench } from './pgbench.ts';
import type { BenchRoute, BenchSetup } from './postgres-setup.ts';
import { type BenchCost, median } from './report.ts';

const SECONDS = 5;
const CLIENTS = 8;
const REPEATS = 20_000;
const ROUNDS = 5;
const MICROSECONDS = 1_000;
const OUTCOME = { durationMs: 0.1, tags: ['SELECT 1'], rows: 1, maskedCells: 0, error: null };

export async function measureCosts(setup: BenchSetup, directory: string): Promise<BenchCost[]> {
  await loadSqlParser();
  const { judge, text } = judgeOf(setup);
  const record = recorderOf(setup, directory);
  let number = 0;
  const cost = (name: string, value: number): BenchCost => ({ name, unit: 'µs', value });
  return [
    cost('processor time, simple, 8 clients', await processorTimeOf(setup.sallyport, 'simple')),
    cost('  of a bare relay', await processorTimeOf(setup.bareRelay, 'simple')),
    cost('processor time, prepared, 8 clients', await processorTimeOf(setup.sallyport, 'prepared')),
    cost('  of a bare relay', await processorTimeOf(setup.bareRelay, 'prepared')),
    cost(
      'judging a text like the last',
      timeOf(() => judge.decide(judge.inspect(text(number++)))),
    ),
    cost(
      'recording a statement',
      timeOf(() => record(number++)),
    ),
    cost(
      'parsing and analysing a new text',
      timeOf(() => analyzeSql(text(number++))),
    ),
  ];
}

/** Microseconds for a statement. What the logins take is measured apart and taken off. */
export async function processorTimeOf(route: BenchRoute, protocol: string): Promise<number> {
  const logins = await processorTime(route, ['-M', protocol, '-t', '1']);
  const all = await processorTime(route, ['-M', protocol, '-T', String(SECONDS)]);
  return (all.microseconds - logins.microseconds) / (all.transactions - logins.transactions);
}

/** Of everything in this process, which does nothing else meanwhile. */
async function processorTime(
  route: BenchRoute,
  args: readonly string[],
): Promise<{ microseconds: number; transactions: number }> {
  const before = process.cpuUsage();
  const { transactions } = await runPgbench(route, ['-c', String(CLIENTS), '-j', '2', ...args]);
  const { user, system } = process.cpuUsage(before);
  return { microseconds: user + system, transactions };
}

function judgeOf(setup: BenchSetup) {
  const resource = setup.policy.resources.find(({ name }) => name === 'orders-db');
  if (resource?.kind !== 'postgres') throw new Error('the bench has lost its resource');
  const judge = createSqlJudge({
    roleName: 'read',
    role: resource.roles['read'] ?? { allow: [] },
    rules: setup.policy.rules.filter((rule) => selectorApplies(rule.on, resource)),
    masks: null,
    database: { userFunctions: new Map() },
    clientNames: new ClientNames(),
  });
  const text = (number: number): string => `SELECT abalance FROM pgbench_accounts WHERE aid = ${number};`;
  return { judge, text };
}

function recorderOf(setup: BenchSetup, directory: string): (statement: number) => void {
  const sessionId = `s-${randomUUID().slice(0, 8)}`;
  const journal = new Journal({ directory: join(directory, 'costs'), keys: setup.keys, sync: 100 });
  const recorder = openRecording({
    journal,
    facts: {
      sessionId,
      grantId: 'g-aaaaaaaa',
      requestId: 'r-aaaaaaaa',
      holder: { id: 'p', name: 'Alice', email: 'alice@example.com' },
      approvers: [],
      resource: 'orders-db',
      resourceKind: 'postgres',
      role: 'read',
      reason: 'bench',
      incident: null,
      clientAddress: '127.0.0.1',
      application: null,
      policyVersion: '1',
      startedAt: new Date(0).toISOString(),
    },
  });
  const template = {};
  const analysis = [{ text: '', effects: ['select' as const], relations: [], functions: [], flags: [] }];
  const verdict = { action: 'allow', rule: null, reason: 'The role read allows it.' } as const;
  return (statement) => {
    const text = `SELECT abalance FROM pgbench_accounts WHERE aid = ${statement};`;
    const common = { atMs: statement, statement };
    recorder.append(
      { type: 'statement', ...common, text, protocol: 'simple', parameters: [], analysis, verdict },
      template,
    );
    recorder.flush();
    recorder.note({ type: 'rows', ...common, columns: [{ name: 'abalance', masked: false }], rows: [['0']] });
    recorder.note({ type: 'outcome', ...common, ...OUTCOME });
  };
}

/** Median of a few rounds, microseconds for one call. */
function timeOf(work: () => unknown): number {
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const startedAtMs = performance.now();
    for (let repeat = 0; repeat < REPEATS; repeat += 1) work();
    rounds.push(((performance.now() - startedAtMs) * MICROSECONDS) / REPEATS);
  }
  return median(rounds);
}
