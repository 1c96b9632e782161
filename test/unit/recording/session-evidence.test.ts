/** What a recording says for a report: what stayed changed, what was masked, what was risky, within its limits. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Effect, Relation, StatementAnalysis } from '../../../src/core/statement.ts';
import type { RecordingEvent } from '../../../src/recording/events.ts';
import { ChangedRows } from '../../../src/recording/evidence/changed-rows.ts';
import { EvidenceFold } from '../../../src/recording/evidence/session-evidence.ts';

function analysis(
  text: string,
  effects: readonly Effect[],
  table?: string,
  more: Partial<StatementAnalysis> = {},
): StatementAnalysis {
  const relations: Relation[] =
    table === undefined ? [] : [{ schema: 'public', name: table, access: 'write' }];
  return { text, effects, relations, functions: [], flags: [], ...more };
}

const UPDATE = analysis('update t set a = 1', ['update'], 't');
const BEGIN = analysis('begin', ['transaction']);
const COMMIT = analysis('commit', ['transaction']);
const ROLLBACK = analysis('rollback', ['transaction']);

function changed(steps: readonly (readonly [StatementAnalysis, string])[]) {
  const rows = new ChangedRows();
  for (const [statement, tag] of steps) rows.take({ analysis: [statement], tags: [tag], failed: false });
  return rows.finish();
}

describe('what stayed changed', () => {
  it.each([
    ['by itself', [[UPDATE, 'UPDATE 3']], 3, 0],
    [
      'with a commit',
      [
        [BEGIN, 'BEGIN'],
        [UPDATE, 'UPDATE 3'],
        [COMMIT, 'COMMIT'],
      ],
      3,
      0,
    ],
    [
      'not with a rollback',
      [
        [BEGIN, 'BEGIN'],
        [UPDATE, 'UPDATE 3'],
        [ROLLBACK, 'ROLLBACK'],
      ],
      0,
      1,
    ],
    [
      'not when the commit of a failed transaction rolls back',
      [
        [BEGIN, 'BEGIN'],
        [UPDATE, 'UPDATE 3'],
        [COMMIT, 'ROLLBACK'],
      ],
      0,
      1,
    ],
    [
      'not when the session ends before the commit',
      [
        [BEGIN, 'BEGIN'],
        [UPDATE, 'UPDATE 3'],
      ],
      0,
      1,
    ],
    [
      'up to a savepoint',
      [
        [BEGIN, 'BEGIN'],
        [UPDATE, 'UPDATE 3'],
        [analysis('SAVEPOINT One', ['transaction']), 'SAVEPOINT'],
        [UPDATE, 'UPDATE 4'],
        [analysis('savepoint "One"', ['transaction']), 'SAVEPOINT'],
        [UPDATE, 'UPDATE 5'],
        [analysis('rollback to savepoint one', ['transaction']), 'ROLLBACK'],
        [UPDATE, 'UPDATE 6'],
        [COMMIT, 'COMMIT'],
      ],
      9,
      2,
    ],
  ] as const)('%s', (_name, steps, rows, takenBack) => {
    const found = changed(steps);
    expect(found.changes.reduce((sum, change) => sum + (change.rows ?? 0), 0)).toBe(rows);
    expect(found.takenBack).toBe(takenBack);
  });

  it('names what was done to which table, and not what only explains', () => {
    const drop = analysis('drop table t', ['drop'], 't');
    const explained = analysis('explain update t set a = 1', ['update'], 't', { flags: ['explain-only'] });
    const moved = analysis(
      'with d as (delete from a returning *) insert into b select * from d',
      ['insert', 'delete'],
      'b',
    );
    const called = analysis('select pay()', ['select', 'call'], undefined, { functions: ['pay'] });
    const found = changed([
      [drop, 'DROP TABLE'],
      [explained, 'EXPLAIN'],
      [moved, 'INSERT 0 5'],
      [called, 'SELECT 1'],
      [analysis('select 1', ['select'], 't'), 'SELECT 9'],
    ]);
    expect(found.changes).toEqual([
      { table: 'public.t', operation: 'drop', statements: 1, rows: null },
      { table: 'public.b', operation: 'delete', statements: 1, rows: 5 },
      { table: 'pay', operation: 'call', statements: 1, rows: null },
    ]);
  });

  it('takes back what stood before the failure in the same text', () => {
    const rows = new ChangedRows();
    rows.take({
      analysis: [UPDATE, UPDATE, analysis('oops', ['unknown'])],
      tags: ['UPDATE 1', 'UPDATE 2'],
      failed: true,
    });
    expect(rows.finish()).toEqual({ changes: [], takenBack: 2, omitted: 0 });
  });

  it('keeps a thousand tables, and counts those beyond', () => {
    const steps = Array.from({ length: 1_001 }, (_, index) => {
      return [analysis('update', ['update'], `t${index}`), 'UPDATE 1'] as const;
    });
    const found = changed(steps);
    expect([found.changes.length, found.omitted]).toEqual([1_000, 1]);
  });

  it('is never more than was told, whatever the order of transactions', () => {
    const step = fc.constantFrom(
      [BEGIN, 'BEGIN'] as const,
      [COMMIT, 'COMMIT'] as const,
      [ROLLBACK, 'ROLLBACK'] as const,
      [analysis('savepoint a', ['transaction']), 'SAVEPOINT'] as const,
      [analysis('rollback to a', ['transaction']), 'ROLLBACK'] as const,
      [UPDATE, 'UPDATE 1'] as const,
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { changes, takenBack } = changed(steps);
        const told = steps.filter(([statement]) => statement === UPDATE).length;
        expect((changes[0]?.rows ?? 0) + takenBack).toBe(told);
      }),
    );
  });
});

type StatementEvent = Extract<RecordingEvent, { type: 'statement' }>;

function statement(number: number, text: string, of: Partial<StatementEvent> = {}): StatementEvent {
  return {
    ...{ type: 'statement', atMs: number, statement: number, text, textSha256: '0'.repeat(64) },
    ...{ protocol: 'simple', parameters: [], analysis: [analysis(text, ['select'])] },
    verdict: { action: 'allow', rule: null, reason: '' },
    ...of,
  };
}

function outcome(
  number: number,
  more: Partial<Extract<RecordingEvent, { type: 'outcome' }>> = {},
): RecordingEvent {
  const nothing = { durationMs: 1, tags: [], rows: 0, maskedCells: 0, error: null };
  return { type: 'outcome', atMs: number, statement: number, ...nothing, ...more };
}

function fold(events: readonly RecordingEvent[]) {
  const evidence = new EvidenceFold();
  for (const event of events) evidence.take(event);
  return evidence.finish();
}

describe('the evidence of a session', () => {
  it('counts masked cells by the columns that were masked together', () => {
    const columns = [
      { name: 'id', masked: false },
      { name: 'email', masked: true },
    ];
    const read = {
      analysis: [
        analysis('', ['select'], undefined, {
          relations: [{ schema: null, name: 'customers', access: 'read' }],
        }),
      ],
    };
    const found = fold([
      statement(1, 'select', read),
      { type: 'rows', atMs: 1, statement: 1, columns, rows: [] },
      outcome(1, { maskedCells: 2_000 }),
      statement(2, 'select', read),
      { type: 'rows', atMs: 2, statement: 2, columns, rows: [] },
      outcome(2, { maskedCells: 3 }),
      statement(3, 'cat /etc/passwd'),
      outcome(3, { maskedCells: 1 }),
    ]);
    expect(found.masked).toEqual([
      { columns: ['email'], tables: ['customers'], cells: 2_003, statements: 2 },
      { columns: [], tables: [], cells: 1, statements: 1 },
    ]);
  });

  it('has the riskiest first, within a hundred, and leaves out everyday reading', () => {
    const drops = Array.from({ length: 150 }, (_, index) =>
      statement(index + 2, `drop table t${index}`, { analysis: [analysis('', ['drop'])] }),
    );
    const denied = { action: 'deny', rule: 'role', reason: '' } as const;
    const found = fold([
      statement(1, 'select 1'),
      ...drops,
      statement(200, 'drop database shop', { analysis: [analysis('', ['drop'])], verdict: denied }),
      statement(201, 'select 2', { verdict: denied }),
    ]);
    expect(found.riskiest).toHaveLength(100);
    expect(found.riskiest[0]).toMatchObject({ text: 'drop database shop', denied: true });
    expect(found.riskiest.some(({ text }) => text.startsWith('select'))).toBe(false);
    expect([found.statements, found.denied]).toEqual([153, 2]);
  });

  it('tells a command that failed, by its error or its status', () => {
    const found = fold([
      statement(1, 'a'),
      outcome(1, { tags: ['exit 0'] }),
      statement(2, 'b'),
      outcome(2, { tags: ['exit 1'] }),
      statement(3, 'c'),
      outcome(3, { tags: ['signal TERM'] }),
      statement(4, 'd'),
      outcome(4, { error: { sqlState: '42703', message: 'no' } }),
    ]);
    expect(found.failed).toBe(3);
  });

  it('has a transfer with its digest, and a removal only when it was done', () => {
    const rm = {
      ...analysis('sftp rm /srv/a', ['run', 'write-file']),
      programs: [{ name: 'sftp', arguments: ['rm', '/srv/a'], patterns: [] }],
      paths: [{ path: '/srv/a', certainty: 'exact', access: 'write', reach: 'itself' }],
      hidden: [],
    };
    const found = fold([
      {
        type: 'file',
        atMs: 1,
        channel: 1,
        statement: 9,
        direction: 'upload',
        path: '/srv/b',
        bytes: 3,
        sha256: 'ab',
        complete: true,
      },
      statement(1, rm.text, { analysis: [rm] }),
      outcome(1, { tags: ['no such file'] }),
      statement(2, rm.text, { analysis: [rm] }),
      outcome(2, { tags: ['ok'] }),
    ]);
    expect(found.files.map(({ act, path, sha256 }) => [act, path, sha256])).toEqual([
      ['uploaded', '/srv/b', 'ab'],
      ['removed', '/srv/a', null],
    ]);
  });
});
