import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../src/bot/commands/table.ts';
import { type Requestable, suggest } from '../../../src/pages/chat/command-completion.ts';

const REQUESTABLE: readonly Requestable[] = [
  {
    resource: 'orders-db',
    kind: 'postgres',
    roles: [
      { role: 'read', automatic: true, durationMaxMs: 1_800_000 },
      { role: 'write', automatic: false, durationMaxMs: 14_400_000 },
    ],
  },
  {
    resource: 'billing-db',
    kind: 'postgres',
    roles: [{ role: 'read', automatic: false, durationMaxMs: 3_600_000 }],
  },
];

const texts = (typed: string): string[] => suggest(typed, REQUESTABLE).map((suggestion) => suggestion.text);
const labels = (typed: string): string[] => suggest(typed, REQUESTABLE).map((suggestion) => suggestion.label);

describe('what the composer proposes', () => {
  it('says nothing about ordinary text, other commands, or several lines', () => {
    for (const typed of ['', 'hello', 'see /access', '/remind me', '/access request\n'])
      expect(texts(typed)).toEqual([]);
  });

  it('offers every subcommand to a slash, and only those that fit what is typed', () => {
    expect(texts('/').length).toBeGreaterThan(8);
    expect(texts('/acc')).toEqual(texts('/'));
    expect(texts('/access re')).toEqual(['/access request ', '/access revoke ', '/access replay ']);
    expect(texts('/access mine')).toEqual([]);
  });

  it('proposes nothing that the server does not know', () => {
    const known = COMMANDS.map((command) => command.name);
    const proposed = texts('/').map((text) => text.trim().split(' ')[1]);
    expect(known).toEqual(expect.arrayContaining(proposed));
  });

  it('completes the resource, then the clauses not used yet', () => {
    expect(texts('/access request or')).toEqual(['/access request orders-db ']);
    expect(labels('/access request orders-db ')).toEqual(['as', 'for', 'ticket', 'because']);
    expect(labels('/access request orders-db as write for 1h ')).toEqual(['ticket', 'because']);
  });

  it('offers the roles of that resource with what each takes', () => {
    expect(suggest('/access request orders-db as ', REQUESTABLE)).toEqual([
      { text: '/access request orders-db as read ', label: 'read', hint: 'granted at once, at most 30 min' },
      { text: '/access request orders-db as write ', label: 'write', hint: 'needs approval, at most 4 h' },
    ]);
    expect(labels('/access request billing-db as ')).toEqual(['read']);
    expect(labels('/access request unknown as ')).toEqual([]);
  });

  it('offers durations after "for", and is quiet in a ticket and in the reason', () => {
    expect(labels('/access request orders-db for 3')).toEqual(['30m']);
    expect(labels('/access request orders-db ticket ')).toEqual([]);
    expect(labels('/access request orders-db because the as ')).toEqual([]);
  });
});
