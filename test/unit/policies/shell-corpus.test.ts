/** What the policy says of the corpus of commands, under a role that lists programs and under one that refuses one. */
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../src/core/verdict.ts';
import { analyzeShell } from '../../../src/policies/analyzers/shell/analyze.ts';
import { decideCommand } from '../../../src/policies/rules/decide-command.ts';
import { readShellAttacks, readShellInnocents } from '../../support/shell-corpus.ts';
import { LISTED, NO_TOUCH, PLAIN } from './shell-sample.ts';

const ATTACKS = readShellAttacks();
const INNOCENTS = readShellInnocents();

function underList(command: string): Verdict {
  const analysis = analyzeShell(command, { directory: '/home/deploy' });
  return decideCommand({ analysis, roleName: 'look', role: LISTED, rules: [] });
}

function underRule(command: string): Verdict {
  const analysis = analyzeShell(command, { directory: '/home/deploy' });
  return decideCommand({ analysis, roleName: 'operator', role: PLAIN, rules: [NO_TOUCH] });
}

describe('the corpus of commands', () => {
  it('holds enough rows, each with a name and a mechanism of its own', () => {
    const count = (group: string): number => ATTACKS.filter((row) => row.group === group).length;
    expect(count('table')).toBeGreaterThanOrEqual(24);
    expect(count('debug-trap')).toBe(21);
    expect(ATTACKS.length - count('table') - count('debug-trap')).toBeGreaterThanOrEqual(120);
    for (const rows of [ATTACKS, INNOCENTS]) expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    expect(new Set(ATTACKS.map(({ why }) => why)).size).toBe(ATTACKS.length);
  });

  it.each(ATTACKS)('refuses $id, whether programs are listed or one is refused', ({ command }) => {
    for (const verdict of [underList(command), underRule(command)]) {
      expect(verdict.action).toBe('deny');
      expect(verdict.reason.length).toBeGreaterThan(10);
    }
  });

  it.each(INNOCENTS)('lets $id through', ({ command }) => {
    const verdict = underRule(command);
    expect(verdict, verdict.reason).toMatchObject({ action: 'allow' });
  });
});
