/**
 * The examples of docs/policy.md. A block of YAML stands beside the first one, marked `base`. After it `asked` lists
 * questions with the answers they must get, one to a line; after one that is marked `refused`, `problems` lists those
 * that it must have, all of them.
 */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { parseDuration } from '../../../src/core/duration.ts';
import type { Identity } from '../../../src/core/identity.ts';
import type { RequestKind } from '../../../src/core/request.ts';
import { matchAccess } from '../../../src/policies/access/match-policy.ts';
import { everyTicketGood } from '../../../src/policies/access/ticket.ts';
import { loadSqlParser } from '../../../src/policies/analyzers/sql/analyze.ts';
import { parsePolicyDocument } from '../../../src/policies/document/parse.ts';
import type { PolicyDocument } from '../../../src/policies/document/schema.ts';
import { explainStatement } from '../../../src/policies/rules/explain.ts';
import { testPolicy } from '../../support/access.ts';
import { personIn } from './access-question.ts';

interface Block {
  readonly kind: string;
  readonly text: string;
  readonly line: number;
  readonly section: string;
}

const TEXT = readFileSync('docs/policy.md', 'utf8');
const BLOCKS: readonly Block[] = [...TEXT.matchAll(/^```([a-z][a-z ]*)\n(.*?)^```$/gms)].map((found) => ({
  kind: found[1] ?? '',
  text: found[2] ?? '',
  line: TEXT.slice(0, found.index).split('\n').length,
  section: TEXT.slice(0, found.index).split('\n## ').at(-1)?.split('\n')[0] ?? '',
}));
const BASE = BLOCKS.find(({ kind }) => kind === 'yaml base')?.text ?? '';
const KINDS = ['yaml base', 'yaml', 'yaml refused', 'asked', 'problems'];

/** Sections that both have are lists: the example's come after those of the base. */
function besideBase(example: string): string {
  const base: Record<string, unknown[]> = parse(BASE);
  const own: Record<string, unknown> = parse(example);
  const merged = Object.entries(own).map(([section, items]) => {
    const known = base[section];
    return [section, known === undefined ? items : [...known, ...(items as unknown[])]] as const;
  });
  return stringify({ ...base, ...Object.fromEntries(merged) });
}

const PERSON_ASKS =
  /^(?:workload (?<workload>\S+)|(?<groups>[\w-]+(?:, [\w-]+)*)): (?:(?<kind>break-glass|extension of) )?(?<resource>\S+) as (?<role>\S+) for (?<length>\S+)(?: at (?<at>\S+))?(?: ticket (?<ticket>\S+))?(?: incident (?<incident>\S+))?(?: because (?<reason>.+))?$/;
const STATEMENT = /^statement on (?<resource>\S+) as (?<role>\S+): (?<text>.+)$/;
const ANSWER = /^(?<outcome>\S+?)(?: by (?<policy>\S+?))?(?:: (?<words>.+))?$/;

interface Answer {
  readonly outcome: string;
  readonly policy: string | null;
  readonly words: string;
}

function answerTo(document: PolicyDocument, question: string): Answer {
  const statement = STATEMENT.exec(question)?.groups;
  if (statement !== undefined) {
    const { resource = '', role = '', text = '' } = statement;
    const { verdict, rule, reason } = explainStatement({ document, resource, role, text });
    return { outcome: verdict, policy: rule, words: reason };
  }
  const asked = PERSON_ASKS.exec(question)?.groups;
  const resource = document.resources.find(({ name }) => name === asked?.['resource']);
  if (asked === undefined || resource === undefined) throw new Error(`not understood: ${question}`);
  const answer = matchAccess(document, {
    identity: holderOf(document, asked),
    kind: kindOf(asked['kind']),
    resource,
    role: asked['role'] ?? '',
    durationMs: parseDuration(asked['length'] ?? ''),
    reason: asked['reason'] ?? '',
    ticket: asked['ticket'] ?? null,
    ticketAnswers: everyTicketGood(document),
    incident: asked['incident'] ?? null,
    at: new Date(asked['at'] ?? '2026-06-10T10:00:00Z'),
  });
  if (!answer.allowed) return { outcome: 'refused', policy: answer.deniedBy, words: answer.explanation };
  const { kind } = answer.approval;
  return { outcome: kind === 'auto' ? 'automatic' : kind, policy: answer.policy, words: answer.explanation };
}

function holderOf(document: PolicyDocument, asked: Record<string, string | undefined>): Identity {
  const workload = document.workloads.find(({ name }) => name === asked['workload']);
  if (workload === undefined) return personIn(...(asked['groups'] ?? '').split(', '));
  const { name, owner } = workload;
  return { kind: 'workload', id: `workload:${name}`, name, ownerEmail: owner, claims: {} };
}

function kindOf(text: string | undefined): RequestKind {
  if (text === 'break-glass') return 'break-glass';
  return text === undefined ? 'access' : 'extension';
}

beforeAll(loadSqlParser);

test('every block is one that is run, and every section with a policy asks something of it', () => {
  expect(BLOCKS.filter(({ kind }) => !KINDS.includes(kind))).toEqual([]);
  expect(BLOCKS.filter(({ kind }) => kind === 'asked').length).toBeGreaterThanOrEqual(10);
  expect((TEXT.match(/^```/gm) ?? []).length).toBe(BLOCKS.length * 2);
  expect(BASE).not.toBe('');
});

describe.each(BLOCKS.filter(({ kind }) => kind === 'yaml'))('line $line, $section', (block) => {
  const next = BLOCKS[BLOCKS.indexOf(block) + 1];

  test('is valid', () => {
    const parsed = parsePolicyDocument(besideBase(block.text));
    expect(parsed.ok ? [] : parsed.problems).toEqual([]);
  });

  test.each(next?.kind === 'asked' ? next.text.trim().split('\n') : [])('%s', (line) => {
    const [question = '', expected = ''] = line.split(' -> ');
    const wanted = ANSWER.exec(expected)?.groups;
    const { document } = testPolicy(besideBase(block.text));
    const answer = answerTo(document, question);
    expect(answer.outcome, answer.words).toBe(wanted?.['outcome']);
    expect(answer.policy).toBe(wanted?.['policy'] ?? null);
    expect(answer.words).toContain(wanted?.['words'] ?? '');
  });
});

describe.each(BLOCKS.filter(({ kind }) => kind === 'yaml refused'))('line $line, refused', (block) => {
  const next = BLOCKS[BLOCKS.indexOf(block) + 1];

  test('has the problems that are listed, each at its own place', () => {
    expect(next?.kind).toBe('problems');
    const parsed = parsePolicyDocument(besideBase(block.text));
    const problems = parsed.ok ? [] : parsed.problems;
    const wanted = (next?.text ?? '').trim().split('\n');
    expect(problems.map(({ path }) => path).sort()).toEqual(
      wanted.map((line) => line.slice(0, line.indexOf(': '))).sort(),
    );
    for (const line of wanted) {
      const [path, message] = [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)];
      expect(problems).toContainEqual(
        expect.objectContaining({ path, message: expect.stringContaining(message) }),
      );
    }
    expect(problems.every(({ line, column }) => line > 1 && column > 1)).toBe(true);
  });
});
