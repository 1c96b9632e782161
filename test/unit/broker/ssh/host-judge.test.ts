import { describe, expect, test } from 'vitest';
import { createHostJudge, inspectCommand } from '../../../../src/broker/ssh/commands/host-judge.ts';
import type { HostInspection } from '../../../../src/broker/ssh/host-session.ts';
import { fileStatement, forwardStatement } from '../../../../src/policies/analyzers/files/file-statement.ts';
import type { ShellStatement } from '../../../../src/policies/analyzers/shell/shell-statement.ts';
import { parsePolicyDocument } from '../../../../src/policies/document/parse.ts';
import { type HostPolicy, hostPolicy } from '../../../../src/policies/rules/host-policy.ts';

const BROKER = '127.0.0.1:2222';

function policyOf(role: string): HostPolicy {
  const parsed = parsePolicyDocument(
    `
resources:
  - name: web-1
    kind: ssh
    address: 10.0.0.9:22
    hostKey: ssh-ed25519 AAAA
    credential: { username: deploy, privateKey: { file: ./keys/web-1 } }
    roles: { it: ${role} }
rules:
  - name: no-touch
    on: { kind: ssh }
    match: { paths: ["/srv/locked/*"], programs: [rm, sftp] }
    action: deny
`,
    { toStart: false },
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const policy = hostPolicy(parsed.document, { resource: 'web-1', role: 'it' });
  if (policy === null) throw new Error('no such role');
  return policy;
}

const judgeOf = (role: string) => {
  const policy = { applies: policyOf(role), roleName: 'it' };
  return { policy, judge: createHostJudge({ policy, brokerAddresses: () => [BROKER] }) };
};

const place = (changes: { directory?: string; environment?: Record<string, string> } = {}) => ({
  directory: changes.directory ?? '/home/deploy',
  environment: new Map(Object.entries(changes.environment ?? {})),
});

const noCommand = (statement: ShellStatement): HostInspection => ({
  analysis: [statement],
  parseError: null,
  canonical: null,
});

describe('a command', () => {
  test('is read where it starts', () => {
    const { policy, judge } = judgeOf('{ shell: exec }');
    const verdictIn = (directory: string) =>
      judge.decide(inspectCommand('rm -f it', { place: place({ directory }), policy }));
    expect(verdictIn('/srv/locked')).toMatchObject({ action: 'deny', rule: 'no-touch' });
    expect(verdictIn('/srv')).toMatchObject({ action: 'allow' });
  });

  test('of which nobody said where it starts could be anywhere', () => {
    const { judge } = judgeOf('{ shell: exec }');
    expect(judge.decide(judge.inspect('rm -f it'))).toMatchObject({ action: 'deny', rule: 'no-touch' });
  });

  test.each([
    ['{ shell: exec }', { LANG: 'C.UTF-8' }, 'allow'],
    ['{ shell: exec }', { LD_PRELOAD: '/tmp/a.so' }, 'deny'],
    ['{ shell: exec }', { LANG: '../../tmp/a' }, 'deny'],
    ['{ shell: exec, programs: [ls] }', { BASH_ENV: '/tmp/a' }, 'deny'],
    ['{ shell: exec, environment: [GIT_*] }', { GIT_AUTHOR_NAME: 'a b' }, 'allow'],
    ['{ shell: exec, environment: [GIT_*] }', { PAGER: 'sh' }, 'deny'],
    ['{ shell: exec, allow: [run, indirect] }', { PAGER: 'sh' }, 'allow'],
  ])('under %s with %o: %s', (role, environment, action) => {
    const { policy, judge } = judgeOf(role);
    expect(judge.decide(inspectCommand('ls', { place: place({ environment }), policy })).action).toBe(action);
  });

  test('that is not read is refused, whatever stands in its environment', () => {
    const { policy, judge } = judgeOf('{ shell: exec, allow: [run, indirect] }');
    const found = inspectCommand('ls $(date)', { place: place({ environment: { A: 'b' } }), policy });
    expect(found.canonical).toBeNull();
    expect(judge.decide(found)).toMatchObject({ action: 'deny', rule: 'unparsable' });
  });
});

describe('what is no command', () => {
  const put = (path: string) =>
    noCommand(fileStatement({ operation: 'put', paths: [{ path, certainty: 'exact' }] }));
  const to = (destination: string) => noCommand(forwardStatement({ direction: 'to', destination }));

  test('on files is decided by what the role says of files, and by the rules', () => {
    const { judge } = judgeOf('{ shell: exec }');
    expect(judge.decide(put('/srv/it'))).toMatchObject({ action: 'allow' });
    expect(judge.decide(put('/srv/locked/it'))).toMatchObject({ action: 'deny', rule: 'no-touch' });
    expect(judgeOf('{ shell: exec, sftp: read }').judge.decide(put('/srv/it'))).toMatchObject({
      action: 'deny',
      rule: 'role',
    });
  });

  test('that offers an agent or a screen is decided by what the role says', () => {
    const agent = noCommand(forwardStatement({ direction: 'agent' }));
    const x11 = noCommand(forwardStatement({ direction: 'x11' }));
    const { judge } = judgeOf('{ shell: exec, forwarding: { agent: true } }');
    expect(judge.decide(agent)).toMatchObject({ action: 'allow' });
    expect(judge.decide(x11)).toMatchObject({
      action: 'deny',
      rule: 'role',
      reason: expect.stringContaining('its forwarding.x11 is not true'),
    });
    expect(judgeOf('{ shell: exec }').judge.decide(agent)).toMatchObject({ action: 'deny', rule: 'role' });
    const both = forwardStatement({ direction: 'agent' });
    const [program] = both.programs;
    const words = program === undefined ? [] : [{ ...program, arguments: ['agent', 'x11'] }];
    expect(judge.decide(noCommand({ ...both, programs: words }))).toMatchObject({ rule: 'not-inspected' });
  });

  test('that forwards is decided by what the role lists', () => {
    const { judge } = judgeOf('{ shell: exec, forwarding: { to: ["db:5432", "[::1]:80", "127.0.0.1:*"] } }');
    expect(judge.decide(to('db:5432')).action).toBe('allow');
    expect(judge.decide(to('[::1]:80')).action).toBe('allow');
    expect(judge.decide(to('db:5433')).action).toBe('deny');
    expect(judge.decide(to('127.0.0.1:80')).action).toBe('allow');
    expect(judge.decide(to(BROKER))).toMatchObject({ action: 'deny', rule: 'broker' });
    const listen = noCommand(forwardStatement({ direction: 'listen', destination: 'db:5432' }));
    expect(judge.decide(listen).action).toBe('deny');
  });

  test.each([
    ['nothing', { analysis: [], parseError: null, canonical: null }],
    ['no destination', to('db')],
    ['another program', noCommand({ ...to('db:5432').analysis[0], programs: [] } as ShellStatement)],
  ])('and %s is denied', (_what, found) => {
    const { judge } = judgeOf('{ shell: exec, forwarding: { to: ["*:*"] } }');
    expect(judge.decide(found)).toMatchObject({ action: 'deny', rule: 'not-inspected' });
  });
});

describe('the summary of', () => {
  test.each([
    ['sudo systemctl restart nginx', 'sudo systemctl restart ?'],
    ["curl -H 'Authorization: Bearer abc' --user=a:b https://x", 'curl -H ? --user=? ?'],
    ['rm -rf /srv/app "my secret"', 'rm -rf /srv/app ?'],
    ['mysqldump -psecret --all-databases', 'mysqldump ? --all-databases'],
    ['TOKEN=abc make-it', 'make-it'],
    ['cat <<E\nsecret\nE', 'cat'],
    ['cat a b c | grep -c token', 'cat ?; grep -c ?'],
    ['echo $(date)', '(a command that is not read)'],
  ])('%s', (text, summary) => {
    const { judge } = judgeOf('{ shell: exec }');
    expect(judge.normalize(text, judge.inspect(text))).toBe(summary);
  });

  test('an operation on files is its text', () => {
    const { judge } = judgeOf('{ shell: exec }');
    const found = noCommand(
      fileStatement({ operation: 'get', paths: [{ path: '/srv/a', certainty: 'exact' }] }),
    );
    expect(judge.normalize('sftp get /srv/a', found)).toBe('sftp get /srv/a');
    expect(judge.normalize('anything', null)).toBe('(a command that is not read)');
  });
});
