/** What people see of a command's variables, and what their approval covers. */
import { expect, test } from 'vitest';
import { ApprovedCommands, variablesOf } from '../../../../src/broker/ssh/commands/approved-commands.ts';
import type { CommandPlace } from '../../../../src/broker/ssh/host-session.ts';

const place = (environment: Readonly<Record<string, string>>, agent = false): CommandPlace => ({
  directory: '/srv',
  environment: new Map(Object.entries(environment)),
  offers: { agent, x11: null, declined: () => undefined },
});
const OWN = { TERM: 'dumb', PAGER: 'cat', GIT_PAGER: 'cat', COLUMNS: '80' };

test('what the broker has set is not shown, and what somebody has changed is', () => {
  expect(variablesOf(place({ ...OWN, LANG: 'C' }))).toEqual([{ name: 'LANG', value: 'C' }]);
  expect(variablesOf(place({ ...OWN, PAGER: 'less', COLUMNS: 'x;y' }))).toEqual([
    { name: 'COLUMNS', value: 'x;y' },
    { name: 'PAGER', value: 'less' },
  ]);
});

test('an agent is shown, whatever the client says of its variable', () => {
  expect(variablesOf(place({ SSH_AUTH_SOCK: '/tmp/mine' }, true))).toEqual([
    { name: 'SSH_AUTH_SOCK', value: "(the client's agent)" },
  ]);
});

test('an approval for the session holds in another window, and not with an agent or another variable', () => {
  const approved = new ApprovedCommands();
  const command = { kind: 'command', text: 'ls', policyVersion: 'v1' } as const;
  approved.remember({ ...command, place: place(OWN) }, 'h-1');
  const covering = (at: CommandPlace): string | null => approved.covering({ ...command, place: at });
  expect(covering(place({ ...OWN, COLUMNS: '120' }))).toBe('h-1');
  expect(covering(place(OWN, true))).toBeNull();
  expect(covering(place({ ...OWN, PAGER: 'less' }))).toBeNull();
});
