import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { policyJsonSchema } from '../../../src/policies/document/json-schema.ts';
import { parsePolicyDocument } from '../../../src/policies/document/parse.ts';
import type { Problem } from '../../../src/policies/document/problems.ts';
import { TEST_POLICY } from '../../support/access.ts';

const problemsOf = (text: string): readonly Problem[] => {
  const parsed = parsePolicyDocument(text);
  if (parsed.ok) throw new Error('the document was accepted');
  return parsed.problems;
};

const APP = '1F0E8A52-7c1b-4d0e-9a53-0c9f2b7d6e41';
const TENANT = '72f988bf-86f1-41af-91ab-2d7cd011db47';

const resource = (changes: string): string => `resources:
  - name: orders-db
    kind: postgres
    address: 10.0.0.5:5432
    database: orders
    credential: { username: app, password: { env: ORDERS } }
    roles: { read: { allow: [select] } }
${changes}`;

describe('a document', () => {
  test('is read with defaults and with durations in milliseconds', () => {
    const parsed = parsePolicyDocument(TEST_POLICY);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    expect(parsed.document.access[0]).toMatchObject({ effect: 'allow', maxDuration: 4 * 3_600_000 });
    expect(parsed.document.broker.statementBytesMax).toBe(1_048_576);
    expect(parsed.version).toMatch(/^[0-9a-f]{12}$/);
  });

  test('may be empty', () => {
    expect(parsePolicyDocument('').ok).toBe(true);
  });

  test('lists every problem with its path and line', () => {
    const problems = problemsOf(`resources:
  - name: orders db
    kind: postgres
    address: nowhere
    databse: orders
    credential: { username: app, password: { env: ORDERS } }
    roles: { read: { allow: [selekt] } }
access:
  - name: a
    who: {}
    to: {}
    roles: [read]
    approval: auto
    maxDuration: forever
`);
    const places = problems.map((problem) => [problem.line, problem.path]);
    expect(places).toEqual(
      expect.arrayContaining([
        [2, 'resources[0].name'],
        [4, 'resources[0].address'],
        [5, 'resources[0].databse'],
        [7, 'resources[0].roles.read.allow[0]'],
        [14, 'access[0].maxDuration'],
      ]),
    );
  });

  test('that is not YAML is a problem with a line', () => {
    const [problem] = problemsOf('resources:\n  - name: [unclosed\nrules: {}\n');
    expect(problem?.line).toBeGreaterThan(1);
  });

  test('never shows a secret that was written into it, and says what to write instead', () => {
    const problems = problemsOf(resource('').replace('{ env: ORDERS }', 'hunter2'));
    expect(problems).toEqual([
      expect.objectContaining({
        path: 'resources[0].credential.password',
        message: expect.stringContaining('{ env: NAME }'),
      }),
    ]);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });

  test('that names a thing twice, or a thing that is not there, is refused', () => {
    const doubled = `${resource('')}  - name: orders-db
    kind: postgres
    address: 10.0.0.6:5432
    database: orders
    credential: { username: app, password: { env: ORDERS } }
    roles: { read: { allow: [select] } }
access:
  - { name: a, who: { workloads: [nobody] }, to: { name: orders-db }, roles: [write], approval: auto }
`;
    expect(problemsOf(doubled).map((problem) => problem.message)).toEqual([
      'the name orders-db is taken already',
      'there is no workload named nobody',
      'no matching resource has a role named write',
    ]);
  });

  test('with a condition over a field that does not exist is refused when it is read', () => {
    const text = `${resource('')}access:
  - { name: a, who: { when: "request.durations < duration('1h')" }, to: {}, roles: [read], approval: auto }
`;
    expect(problemsOf(text)[0]?.message).toMatch(/No such key: durations/);
  });

  test('that is larger than 1 MiB, or expands without end, is refused', () => {
    expect(problemsOf('#'.repeat(1_048_577))[0]?.message).toMatch(/1 MiB/);
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefgh'.split('').map((name, index) => {
        const before = 'abcdefgh'[index];
        return `${name}: &${name} [*${before},*${before},*${before},*${before},*${before},*${before},*${before},*${before},*${before}]`;
      }),
    ].join('\n');
    expect(parsePolicyDocument(bomb).ok).toBe(false);
  });
});

describe('an access policy', () => {
  const policy = (rest: string): string =>
    `${resource('')}access:\n  - { name: a, who: { groups: [g] }, to: {}, roles: [read], ${rest} }\n`;
  const approval = 'say who must agree: auto, { from: [{ group: sre }] } or { breakGlass: … }';
  const refused: [rest: string, path: string, message: string][] = [
    ['effect: maybe, approval: auto', 'effect', 'effect is allow or deny'],
    ['maxDuration: 1h', 'approval', approval],
    ['approval: automatic', 'approval', approval],
    ['approval: { breakGlass: auto }', 'approval.breakGlass', 'expected object'],
    ['approval: { breakGlass: { review: {} } }', 'approval.breakGlass.review.from', 'this key is missing'],
    ['approval: { from: [{ onCall: x, levle: 2 }] }', 'approval.from[0].levle', 'no such key'],
    ['approval: { from: [{ owner: me }] }', 'approval.from[0].owner', 'expected "resource"'],
    ['approval: auto, extendTo: 30m', 'extendTo', 'less than maxDuration'],
    [
      'approval: auto, hours: [{ from: "09:00", to: "09:00", timezone: UTC }]',
      'hours[0].to',
      'a window of no length',
    ],
    [
      'approval: auto, quietHours: [{ from: "09:00", to: "24:01", timezone: UTC }]',
      'quietHours[0].to',
      'a time of day',
    ],
    [
      'approval: auto, hours: [{ from: "09:00", to: "10:00", timezone: "+01:00" }]',
      'hours[0].timezone',
      'no time zone',
    ],
    ['approval: auto, ticket: { required: false }', 'ticket', 'asks for nothing'],
  ];
  test.each(refused)('with %s is refused where it stands', (rest, path, message) => {
    expect(problemsOf(policy(rest))).toEqual([
      expect.objectContaining({
        path: `access[0].${path}`,
        line: 9,
        message: expect.stringContaining(message),
      }),
    ]);
  });

  test('that asks a level of a schedule, which has one, is refused', () => {
    const onCall =
      'onCall: [{ name: payments, pagerDuty: { schedule: PABC123, token: { env: PAGERDUTY } } }]\n';
    const text = onCall + policy('approval: { from: [{ onCall: payments, level: 2 }] }');
    expect(problemsOf(text)).toEqual([
      expect.objectContaining({
        path: 'access[0].approval.from[0].level',
        message: expect.stringContaining('one level'),
      }),
    ]);
    expect(parsePolicyDocument(text.replace(', level: 2', '')).ok).toBe(true);
    expect(parsePolicyDocument(text.replace('schedule:', 'escalationPolicy:')).ok).toBe(true);
  });

  test('is not where an owner is asked about a command, and a vote is delegated for 31 days at most', () => {
    const rule =
      'rules: [{ name: r, on: {}, match: { effects: [drop] }, action: review, approval: { from: [{ owner: resource }] } }]';
    expect(problemsOf(rule).map(({ path }) => path)).toEqual(['rules[0].approval.from[0].owner']);
    expect(parsePolicyDocument('delegation: { max: 31d }').ok).toBe(true);
    expect(problemsOf('delegation: { max: 31d1s }').map(({ path }) => path)).toEqual(['delegation.max']);
  });
});

describe('Teams', () => {
  const teams = (settings: string): string => `chat: { teams: { ${settings} } }`;

  test('needs the ids of the bot and of its tenant, and keeps them in lower case', () => {
    const parsed = parsePolicyDocument(teams(`appId: ${APP}, tenantId: ${TENANT}, tenants: [${APP}]`));
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    expect(parsed.document.chat.teams).toEqual({
      appId: APP.toLowerCase(),
      tenantId: TENANT,
      tenants: [APP.toLowerCase()],
      appPassword: { env: 'TEAMS_APP_PASSWORD' },
      cloud: 'public',
    });
  });

  const wrong: [name: string, settings: string, path: string][] = [
    ['no id of a bot', `tenantId: ${TENANT}`, 'appId'],
    ['an empty id, which would let anybody in', `appId: "", tenantId: ${TENANT}`, 'appId'],
    ['an id of blanks', `appId: "   ", tenantId: ${TENANT}`, 'appId'],
    ['an id of zeros', `appId: 00000000-0000-0000-0000-000000000000, tenantId: ${TENANT}`, 'appId'],
    ['an id with something after it', `appId: "${APP} ", tenantId: ${TENANT}`, 'appId'],
    ['a tenant by its name', `appId: ${APP}, tenantId: example.com`, 'tenantId'],
    ['a list of nobody', `appId: ${APP}, tenantId: ${TENANT}, tenants: []`, 'tenants'],
    ['everybody', `appId: ${APP}, tenantId: ${TENANT}, tenants: ["*"]`, 'tenants[0]'],
    [
      'keys that anybody between could replace',
      `appId: ${APP}, tenantId: ${TENANT}, endpoints: { openIdMetadata: "http://keys.example.com/" }`,
      'endpoints.openIdMetadata',
    ],
    ['a password in the file', `appId: ${APP}, tenantId: ${TENANT}, appPassword: hunter2`, 'appPassword'],
  ];
  test.each(wrong)('refuses %s', (_name, settings, path) => {
    expect(problemsOf(teams(settings)).map((problem) => problem.path)).toEqual([`chat.teams.${path}`]);
  });

  test('has channels with blanks in their names, and none that looks like a private one', () => {
    expect(
      parsePolicyDocument('chat: { approvals: "Plattform / Zugänge", audit: "19:a@thread.tacv2" }').ok,
    ).toBe(true);
    for (const name of ['@p-1', '#access', ' access', 'a'.repeat(201), 'a\\nb', '']) {
      expect(problemsOf(`chat: { approvals: "${name}" }`).map(({ path }) => path)).toEqual([
        'chat.approvals',
      ]);
    }
  });
});

describe('what no part of the product acts on yet', () => {
  const settings: [name: string, text: string, path: string][] = [
    [
      'a private key of a host from Vault',
      'resources: [{ name: web-1, kind: ssh, address: "h:22", hostKey: k, credential: { username: d, privateKey: { vault: k } }, roles: { o: { shell: raw } } }]',
      'resources[0].credential.privateKey',
    ],
    [
      'a private key of a database',
      'resources: [{ name: db, kind: postgres, address: "h:5432", database: d, credential: { username: d, password: { env: P }, privateKey: { file: k } }, roles: { o: { allow: all } } }]',
      'resources[0].credential.privateKey',
    ],
    [
      'a token of Slack from Vault',
      'chat: { slack: { mode: socket, botToken: { vault: a } } }',
      'chat.slack.botToken',
    ],
    [
      'a password of Teams from a program',
      `chat: { teams: { appId: ${APP}, tenantId: ${TENANT}, appPassword: { exec: [a] } } }`,
      'chat.teams.appPassword',
    ],
    [
      'a reminder about a policy change',
      'policy: { approval: { from: [{ group: sre }], remindAfter: 5m } }',
      'policy.approval.remindAfter',
    ],
  ];
  test.each(settings)('%s is refused by name, not ignored', (_name, text, path) => {
    const problems = problemsOf(text);
    expect(problems.map((problem) => problem.path)).toContain(path);
    expect(problems.map((problem) => problem.message).join()).toContain('not available yet');
  });

  test('what only a request for access can have is refused where a command is reviewed', () => {
    const approval =
      'approval: { from: [{ group: s }], remindAfter: 5m, escalateTo: { group: t, after: 10m }, notFromGroups: [g], stepUp: { maxAge: 5m } }';
    const text = `rules: [{ name: r, on: {}, match: { effects: [drop] }, action: review, ${approval} }]
masks: [{ name: m, columns: ["*.a.b"], with: redact, whenFiltered: review, ${approval} }]
`;
    const names = ['remindAfter', 'escalateTo', 'notFromGroups', 'stepUp'];
    expect(problemsOf(text).map((problem) => problem.path)).toEqual(
      ['rules[0]', 'masks[0]'].flatMap((base) => names.map((name) => `${base}.approval.${name}`)),
    );
  });
});

describe('limits and detectors', () => {
  const rule = (match: string, action: string): string =>
    `rules: [{ name: r, on: {}, match: { ${match} }, action: ${action} }]`;
  const contradictions: [name: string, text: string, path: string][] = [
    ['a limit that should deny', rule('rowsOver: 10', 'deny'), 'rules[0].action'],
    ['a stop without a limit', rule('effects: [drop]', 'stop'), 'rules[0].match'],
    ['a span without a limit', rule('effects: [drop], per: grant', 'deny'), 'rules[0].match.per'],
    [
      'a detector that does not exist',
      'masks: [{ name: m, detect: [iban, ibam], with: redact }]',
      'masks[0].detect[1]',
    ],
  ];
  test.each(contradictions)('%s is refused where it stands', (_name, text, path) => {
    expect(problemsOf(text).map((problem) => problem.path)).toEqual([path]);
  });

  test('are accepted by kind of value, group of keys and single rule', () => {
    const masks = 'masks: [{ name: m, detect: [iban, saas-key, github-pat], with: { keepLast: 4 } }]';
    expect(parsePolicyDocument(masks).ok).toBe(true);
    expect(parsePolicyDocument(rule('bytesOver: 1000, per: session', 'stop')).ok).toBe(true);
  });
});

test('the published JSON Schema is the one that the code validates with', () => {
  const published: unknown = JSON.parse(readFileSync('docs/sallyport.schema.json', 'utf8'));
  expect(published).toEqual(JSON.parse(JSON.stringify(policyJsonSchema())));
});

test('the example in the README is valid', () => {
  const example = /```yaml\n(.*?)```/s.exec(readFileSync('README.md', 'utf8'))?.[1] ?? '';
  expect(example).toContain('resources:');
  const parsed = parsePolicyDocument(example);
  expect(parsed.ok ? [] : parsed.problems).toEqual([]);
});
