import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Card } from '../../../../src/bot/card.ts';
import { holdCard, readHoldSubject } from '../../../../src/bot/cards/hold-card.ts';
import { visibleText } from '../../../../src/core/visible-text.ts';
import { BOB, DANA, holdView } from '../views.ts';

const PAGES = { publicUrl: 'https://sallyport.example' };
const LATER = new Date('2026-11-21T12:02:00Z');
const VOTE = {
  person: DANA,
  onBehalfOf: null,
  verdict: 'approve',
  scope: 'once',
  note: null,
  platform: 'web',
  at: LATER,
} as const;

const labelsOf = (card: Card): readonly string[] => card.actions.map((action) => action.label);

describe('the card of a held command', () => {
  test('shows all that is needed to decide, the command with every character of it', () => {
    const text = `drop table\n\told_orders  ;  -- ${'x'.repeat(9_000)}`;
    const card = holdCard(holdView({ text, parameters: ['a\n"b"', null], incident: 'inc-42' }), PAGES);
    expect(card.title).toBe('Alice wants to run a command on orders-db');
    expect(card.status).toBe('Held: still needs 1 of dba.');
    expect(card.verbatim).toEqual([
      { label: 'Command', text, omits: null },
      { label: 'Parameters', text: '$1 = "a\\n\\"b\\""\n$2 = NULL', omits: null },
    ]);
    expect(Object.fromEntries(card.fields.map(({ label, value }) => [label, value]))).toEqual({
      Who: 'Alice (alice@example.com)',
      Resource: 'orders-db (postgres)',
      Role: 'write',
      'Runs as': 'app_rw in shop',
      Effects: 'drop',
      Touches: 'old_orders',
      'Search path': 'public',
      Rule: 'destructive-ddl: somebody else has to agree',
      Approval: 'Needs 1 of dba',
      Lapses: '12:05:07 UTC',
      Incident: '#inc-42',
      'SHA-256': 'ab'.repeat(32),
      'In session': 's-abcd2345',
      ID: 'h-abcd2345',
    });
    expect(card.fields.find(({ label }) => label === 'Lapses')?.countdownTo).toBe('2026-11-21T12:05:07.000Z');
    expect(labelsOf(card)).toEqual(['Approve once', 'Approve for this session', 'Deny', 'Details']);
  });

  test('of a host shows where, as whom and with what it runs, none of it cut', () => {
    const context = {
      account: 'deploy',
      directory: '/srv/app',
      environment: [{ name: 'LANG', value: 'C\u202e"' }],
      stdin: 'nothing',
    } as const;
    const hold = holdView({ resourceKind: 'ssh', text: "rm -rf '/srv/app/old'", effects: ['run'], context });
    const card = holdCard(hold, PAGES);
    expect(card.verbatim).toEqual([
      { label: 'Command', text: "rm -rf '/srv/app/old'", omits: null },
      { label: 'Variables', text: 'LANG="C\\u{202e}\\""', omits: null },
    ]);
    expect(Object.fromEntries(card.fields.map(({ label, value }) => [label, value]))).toMatchObject({
      'Runs as': 'deploy',
      Directory: '/srv/app',
      Reads: 'nothing: its input is empty',
    });
    for (const directory of ['/srv/a\u202eb', '/srv/a  b', `/${'x'.repeat(4_000)}`]) {
      const shown = holdCard(holdView({ context: { ...context, directory } }), PAGES);
      expect(shown.fields.some(({ label }) => label === 'Directory')).toBe(false);
      expect(shown.verbatim).toContainEqual({
        label: 'Directory',
        text: visibleText(directory),
        omits: null,
      });
    }
    const long = holdCard(holdView({ context: { ...context, directory: `/${'x'.repeat(20_000)}` } }), PAGES);
    expect(labelsOf(long)).toEqual(['Read all of it to approve', 'Deny']);
  });

  test.each([
    ['command', holdView({ text: 'x'.repeat(20_001) })],
    ['list of parameters', holdView({ parameters: ['x'.repeat(20_000)] })],
    ['secret', holdView({ text: 'select <redacted>', redactions: 1 })],
  ])('with a %s that it does not show is no place to approve it', (_what, hold) => {
    const card = holdCard(hold, PAGES);
    expect(card.verbatim?.some((part) => part.omits !== null)).toBe(true);
    expect(card.actions).toEqual([
      {
        kind: 'link',
        label: 'Read all of it to approve',
        url: 'https://sallyport.example/holds/h-abcd2345',
      },
      expect.objectContaining({ action: 'deny-command' }),
    ]);
  });

  test.each([
    [
      { state: 'approved', scope: 'once', votes: [VOTE] },
      'Approved to run once by Dana at 2026-11-21 12:02 UTC.',
    ],
    [
      { state: 'approved', scope: 'session', votes: [VOTE, { ...VOTE, person: BOB }] },
      'Approved for the rest of the session, exactly as it is by Dana and Bob at 2026-11-21 12:02 UTC.',
    ],
    [
      { state: 'denied', note: 'use the migration', votes: [{ ...VOTE, verdict: 'deny' }] },
      'Denied by Dana at 2026-11-21 12:02 UTC: use the migration',
    ],
    [{ state: 'expired' }, 'Lapsed at 2026-11-21 12:02 UTC: it still needed 1 of dba. It did not run.'],
    [
      { state: 'withdrawn', withdrawnBecause: 'client' },
      'Withdrawn by Alice at 2026-11-21 12:02 UTC. It did not run.',
    ],
    [
      { state: 'withdrawn', withdrawnBecause: 'session-ended' },
      'Withdrawn: its session ended at 2026-11-21 12:02 UTC. It did not run.',
    ],
  ] as const)('says what became of it: %o', (changes, status) => {
    const card = holdCard(holdView({ ...changes, decidedAt: LATER }), PAGES);
    expect(card.status).toBe(status);
    expect(labelsOf(card)).toEqual(['Details']);
  });

  test('carries on its buttons which bytes it showed', () => {
    const [approve] = holdCard(holdView(), PAGES).actions;
    const subject = approve?.kind === 'button' ? approve.subject : '';
    expect(readHoldSubject(subject)).toEqual({ holdId: 'h-abcd2345', textSha256: 'ab'.repeat(32) });
    for (const other of ['h-abcd2345', `${subject}0`, `r-abcd2345.${'ab'.repeat(32)}`, '']) {
      expect(readHoldSubject(other)).toBeNull();
    }
  });
});

describe('a command as it is shown', () => {
  test.each([
    ['right-to-left override', 'delete \u202eelbat', 'delete \\u{202e}elbat'],
    ['a name with a joiner', 'users\u200d', 'users\\u{200d}'],
    ['a hangul filler', 'a\u3164b', 'a\\u{3164}b'],
    ['terminal escapes and carriage returns', '\u001b[2K\rselect', '\\u{1b}[2K\\u{d}select'],
    ['half a character', 'a\ud800b', 'a\ufffdb'],
    ['tabs, blanks and line feeds', ' a\t b\n\n', ' a\t b\n\n'],
  ])('has %s written out or kept', (_what, text, shown) => {
    expect(visibleText(text)).toBe(shown);
  });

  test('never loses or gains a character that can be seen', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => {
        expect(visibleText(text)).toBe(text);
      }),
    );
  });
});
