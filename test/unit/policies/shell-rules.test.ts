/** What roles and rules say about commands for a host. */
import { describe, expect, it, test } from 'vitest';
import { groupSeat } from '../../../src/core/claim.ts';
import type { Verdict } from '../../../src/core/verdict.ts';
import { analyzeShell } from '../../../src/policies/analyzers/shell/analyze.ts';
import { parsePolicyDocument } from '../../../src/policies/document/parse.ts';
import type { CommandRule, PolicyDocument, ShellRole } from '../../../src/policies/document/schema.ts';
import { decideCommand } from '../../../src/policies/rules/decide-command.ts';
import { explainStatement } from '../../../src/policies/rules/explain.ts';
import { ruleMatches } from '../../../src/policies/rules/match.ts';
import { LISTED, NO_TOUCH, PLAIN } from './shell-sample.ts';

function decide(text: string, role: ShellRole, rules: readonly CommandRule[] = []): Verdict {
  const analysis = analyzeShell(text, { directory: '/home/deploy' });
  return decideCommand({ analysis, roleName: 'tester', role, rules });
}

function holds(
  match: CommandRule['match'],
  text: string,
  directory: string | null = '/home/deploy',
): boolean {
  return analyzeShell(text, { directory }).statements.some((statement) => ruleMatches(match, statement));
}

describe('a role that lists its programs', () => {
  test.each([
    'ls -la',
    'cat a | cat',
    'ls && echo "touch x"',
    'cat < a',
    'ls > /dev/null 2>&1',
    "cat <<'E'\na\nE",
  ])('runs %j', (text) => expect(decide(text, LISTED)).toMatchObject({ action: 'allow', rule: null }));

  const refused: [text: string, reason: RegExp][] = [
    ['touch x', /does not run touch. It runs ls, cat, echo, by these very words/],
    ['/bin/ls', /does not run \/bin\/ls/],
    ['ls; touch x', /does not run touch/],
    ['sudo ls', /does not run sudo/],
    ['LD_PRELOAD=a ls', /"indirect". programs obey the variable LD_PRELOAD/],
    ['ls > a', /does not allow "write-file". It allows run, read-file/],
    ['cat /etc/shadow', /does not allow "access-admin"/],
    ['ls $(touch x)', /This command is not read: a command inside a command/],
    ['', /no command/],
  ];
  test.each(refused)('refuses %j', (text, reason) => {
    const verdict = decide(text, LISTED);
    expect(verdict.action).toBe('deny');
    expect(verdict.reason).toMatch(reason);
  });

  it('writes where it lists that, and runs what lies elsewhere only by its whole path', () => {
    expect(decide('ls > a', { ...LISTED, allow: ['run', 'write-file'] }).action).toBe('allow');
    expect(decide('cat < a', { ...LISTED, allow: ['run', 'write-file'] }).action).toBe('deny');
    const deploys: ShellRole = { shell: 'exec', programs: ['/opt/app/deploy', 'sudo'] };
    expect(decide('/opt/app/deploy now', deploys).action).toBe('allow');
    expect(decide('sudo /opt/app/deploy now', deploys).action).toBe('allow');
    expect(decide('/opt/app/../app/deploy now', deploys).action).toBe('deny');
    expect(decide('sudo ls', deploys).action).toBe('deny');
  });
});

describe('a role without a list', () => {
  it('runs what hides nothing', () => {
    expect(decide('sudo systemctl restart nginx > log', PLAIN).action).toBe('allow');
    for (const text of ['sh -c ls', 'python3 a', './deploy', 'find . -exec ls ;', 'env -S ls'])
      expect(decide(text, PLAIN), text).toMatchObject({ action: 'deny', rule: 'role' });
  });

  it('has the other effects where it lists them, and never what is not read', () => {
    expect(decide('sh -c ls', { shell: 'exec', allow: ['run', 'indirect'] }).action).toBe('allow');
    expect(decide('useradd bob', { shell: 'exec', allow: ['run', 'access-admin'] }).action).toBe('allow');
    expect(decide('ls', { shell: 'exec', allow: [] }).action).toBe('deny');
    const everything: ShellRole = {
      shell: 'exec',
      allow: ['run', 'read-file', 'write-file', 'access-admin', 'indirect'],
    };
    expect(decide('ls $(ls)', everything)).toMatchObject({ action: 'deny', rule: 'unparsable' });
  });
});

describe('a rule', () => {
  it('means a program wherever it lies, and whoever starts it', () => {
    for (const text of ['touch x', '/usr/bin/touch x', 'ls | touch x', 'sudo nice touch x'])
      expect(decide(text, PLAIN, [NO_TOUCH]), text).toMatchObject({ action: 'deny', rule: 'no-touch' });
    expect(decide('echo touch', PLAIN, [NO_TOUCH]).action).toBe('allow');
    expect(holds({ programs: ['/usr/bin/scp'] }, 'scp -t a')).toBe(true);
    expect(holds({ programs: ['apt*'] }, 'apt-get install a')).toBe(true);
  });

  it('means an argument of the same program', () => {
    const match = { programs: ['systemctl'], arguments: ['restart', 'stop*'] };
    expect(holds(match, 'sudo systemctl restart a')).toBe(true);
    expect(holds(match, 'systemctl status a')).toBe(false);
    expect(holds(match, 'systemctl status a; echo restart')).toBe(false);
    expect(holds(match, 'systemctl res* a')).toBe(true);
    expect(holds(match, "systemctl 'res*' a")).toBe(false);
    expect(holds(match, 'systemctl status ./*')).toBe(false);
    expect(holds({ arguments: ['--force'] }, 'anything a --force')).toBe(true);
  });

  it('means a path, what is above it, and what cannot be told', () => {
    const match = { paths: ['/etc/nginx/*'] };
    for (const text of [
      'cat /etc/nginx/a',
      'rm -r /etc',
      'ls /',
      'ls /etc/ngin?/a',
      'cat /x/../etc/nginx/a',
      'ls > /etc/nginx/a',
    ])
      expect(holds(match, text), text).toBe(true);
    for (const text of ['cat /etc/hosts', 'ls', 'cat a', 'ls /var/log/*.log'])
      expect(holds(match, text), text).toBe(false);
    expect(holds(match, 'cat a', null)).toBe(true);
    expect(holds(match, 'cd /etc/nginx; cat a')).toBe(true);
  });

  test.each([
    'mv /srv/app /tmp/x',
    'mv /srv/a.txt /tmp/x',
    'mv /tmp/x /srv/app',
    'sudo /bin/mv -t /tmp /srv/app',
    'ln -s /srv/app /tmp/x',
    'cp -r /srv/app /tmp/x',
    'cp -pR /srv/app /tmp/x',
    'cp -a /srv/app /tmp/x',
    'cp --recurs /srv/app /tmp/x',
    'cp --archive /srv/app /tmp/x',
    'rm -rf /srv/app',
    'rm --recursive /srv/app',
    'chmod -R a+r /srv/app',
    'chown -R deploy /srv/app',
    'chgrp --recursive deploy /srv/app',
    'tar cf /tmp/x.tar /srv/app',
    'tar cf /tmp/x.tar --directory=/srv/app .',
    'rsync -a /srv/app/ /tmp/x',
    'find /srv/app -name a',
    'grep -r a /srv/app',
    'grep -nR a /srv/app',
    'grep --directories=recurse a /srv/app',
    'zip -r /tmp/x.zip /srv/app',
    'mount --bind /srv/app /tmp/x',
    'mv /srv/a* /tmp',
    'mv / /tmp',
  ])('with a wildcard in the middle of a path means %j', (text) =>
    expect(holds({ paths: ['/srv/*/keys/*'] }, text)).toBe(true),
  );

  test.each([
    'cat /srv/app',
    'ls /srv/app',
    'cp /srv/a.txt /tmp/x',
    'rm -f /srv/a.txt',
    'rmdir /srv/app',
    'chmod -v a+r /srv/a.txt',
    'chmod -r /srv/a.txt',
    'grep -in a /srv/a.txt',
    'zip /tmp/x.zip /srv/a.txt',
    'mv /opt/app /tmp/x',
    'mv /srvs /tmp/x',
    'rm -rf /var/srv/app',
    'echo mv /srv/app',
  ])('with a wildcard in the middle of a path does not mean %j', (text) =>
    expect(holds({ paths: ['/srv/*/keys/*'] }, text)).toBe(false),
  );

  it('means an effect, and asks everybody whom any rule names', () => {
    const seats = (group: string): CommandRule['approval'] => {
      return { from: [{ group, count: 1 }], within: 60_000 } as CommandRule['approval'];
    };
    const rules: CommandRule[] = [
      {
        name: 'writes',
        on: {},
        match: { effects: ['write-file'] },
        action: 'review',
        approval: seats('sre'),
      },
      { name: 'cats', on: {}, match: { programs: ['cat'] }, action: 'review', approval: seats('dba') },
    ];
    expect(decide('cat > a', PLAIN, rules)).toMatchObject({
      action: 'review',
      rule: 'writes, cats',
      approval: { seats: [groupSeat('sre', 1), groupSeat('dba', 1)], withinMs: 60_000 },
    });
    expect(decide('cat a; ls > b', PLAIN, rules)).toMatchObject({ rule: 'writes, cats' });
    expect(decide('ls', PLAIN, rules).action).toBe('allow');
  });

  it('about a database means no command, and one about commands no statement', () => {
    expect(holds({ effects: ['drop'] }, 'drop a')).toBe(false);
    expect(holds({ relations: ['*'] }, 'ls a')).toBe(false);
    const statement = { text: '', effects: ['select'], relations: [], functions: [], flags: [] } as const;
    for (const match of [{ programs: ['*'] }, { arguments: ['*'] }, { paths: ['/*'] }])
      expect(ruleMatches(match, statement)).toBe(false);
  });
});

const HOST = (roles: string, rules = ''): string => `resources:
  - name: web-1
    kind: ssh
    address: 10.0.0.9:22
    hostKey: ssh-ed25519 AAAA
    credential: { username: deploy, privateKey: { file: ./key } }
    roles: ${roles}
${rules === '' ? '' : `rules: [${rules}]`}
`;

function documentOf(text: string): PolicyDocument {
  const parsed = parsePolicyDocument(text, { toStart: false });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.document;
}

describe('policy explain about a host', () => {
  const document = documentOf(
    HOST(
      '{ operator: { shell: guided }, look: { programs: [ls, cat] }, breakglass: { shell: raw } }',
      '{ name: no-touch, on: { kind: ssh }, match: { programs: [touch] }, action: deny, message: Ask first. }',
    ),
  );
  const explain = (text: string, role: string | null = null) =>
    explainStatement({ document, resource: 'web-1', role, text });

  it('shows each command, what is sent, each rule and each role', () => {
    expect(explain('sudo "systemctl" stop a >> log; ls')).toMatchObject({
      statements: [
        {
          text: 'sudo systemctl stop a >>log',
          effects: ['run', 'write-file'],
          relations: [],
          functions: [],
          flags: [],
          programs: [
            { name: 'sudo', arguments: ['systemctl', 'stop', 'a'], patterns: [] },
            { name: 'systemctl', arguments: ['stop', 'a'], patterns: [] },
          ],
        },
        { text: 'ls', effects: ['run'] },
      ],
      canonical: 'sudo systemctl stop a >>log; ls',
      verdict: 'allow',
      role: 'operator',
      rules: [{ name: 'no-touch', action: 'deny', matches: false }],
      roles: [{ verdict: 'allow' }, { verdict: 'deny', rule: 'role' }, { verdict: 'allow' }],
    });
  });

  it('says what a rule refuses, and that a terminal is beyond it', () => {
    expect(explain('touch a', 'operator')).toMatchObject({
      verdict: 'deny',
      rule: 'no-touch',
      reason: 'Ask first.',
    });
    expect(explain('touch a', 'breakglass').reason).toMatch(/^Ask first. .*terminal.*not judged/);
    expect(explain('touch $(a', 'operator')).toMatchObject({ verdict: 'deny', canonical: null });
  });

  it('takes relative names for those of the home directory', () => {
    const [statement] = explain('cat a').statements;
    expect(statement).toMatchObject({ paths: [{ path: '/home/deploy/a' }] });
  });

  it('names the resources and roles that there are', () => {
    expect(() => explainStatement({ document, resource: 'web-2', role: null, text: 'ls' })).toThrow(
      /There is: web-1/,
    );
    expect(() => explain('ls', 'owner')).toThrow(
      /web-1 has no role owner. It has operator, look, breakglass./,
    );
  });
});

describe('a policy file with hosts', () => {
  const problems = (text: string, toStart = false): string[] => {
    const parsed = parsePolicyDocument(text, { toStart });
    return parsed.ok ? [] : parsed.problems.map(({ path, message }) => `${path}: ${message}`);
  };

  const wrong: [roles: string, rules: string, problem: RegExp][] = [
    ['{ a: { shell: raw, programs: [ls] } }', '', /roles\.a\.shell: in a raw terminal nothing is judged/],
    ['{ a: { shell: raw, allow: [run] } }', '', /roles\.a\.shell: in a raw terminal nothing is judged/],
    ['{ a: { programs: [ls, bash] } }', '', /programs\[1\]: bash can run any other program/],
    ['{ a: { programs: [/usr/bin/python3.12] } }', '', /programs\[0\]: .* can run any other program/],
    ['{ a: { programs: ["l*"] } }', '', /programs\[0\]: a program as it is typed/],
    ['{ a: { programs: [bin/ls] } }', '', /programs\[0\]: a program as it is typed/],
    ['{ a: { programs: [] } }', '', /programs/],
    ['{ a: { allow: [select] } }', '', /allow\[0\]/],
    [
      '{ a: {} }',
      '{ name: r, on: { kind: postgres }, match: { programs: [ls] }, action: deny }',
      /match\.programs: programs says nothing about resources of kind postgres/,
    ],
    [
      '{ a: {} }',
      '{ name: r, on: { kind: ssh }, match: { relations: [a] }, action: deny }',
      /match\.relations: relations says nothing about resources of kind ssh/,
    ],
    [
      '{ a: {} }',
      '{ name: r, on: {}, match: { paths: [etc] }, action: deny }',
      /match\.paths\[0\]: a path from \//,
    ],
  ];
  test.each(wrong)('%s %s has a problem', (roles, rules, problem) => {
    const found = problems(HOST(roles, rules));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(problem);
  });

  it('is explained, and started with', () => {
    const text = HOST(
      '{ a: { programs: [ls, find, sudo], allow: [run] }, b: { programs: [bash], allow: [run, indirect] } }',
      '{ name: r, on: { kind: ssh }, match: { programs: [ls], arguments: [a], paths: [/a] }, action: deny }',
    );
    expect(problems(text)).toEqual([]);
    expect(problems(text, true)).toEqual([]);
  });
});
