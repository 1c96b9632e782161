import { expect, test } from 'vitest';
import { parsePolicyDocument } from '../../../src/policies/document/parse.ts';
import { policyWarnings } from '../../../src/policies/document/warnings.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8xq7ryJLTkWLrFdEsn1nG5kFlvG5a4zZIPFFXGNcyE';
const RULE = 'rules: [{ name: r, on: { kind: ssh }, match: { programs: [rm] }, action: deny }]';

function host(given: { hostKey?: string; credential?: string; role?: string; more?: string }): string {
  const { hostKey = KEY, credential = 'privateKey: { file: k }', role = '{}', more = '' } = given;
  return `resources: [{ name: web-1, kind: ssh, address: "h:22", hostKey: "${hostKey}", credential: { username: d, ${credential} }, roles: { a: ${role} } }]
${more}`;
}
function warnings(given: Parameters<typeof host>[0]): string[] {
  const parsed = parsePolicyDocument(host(given));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return policyWarnings(parsed.document).map(({ path }) => path);
}

test.each([
  ['a host that is in order', {}, []],
  ['no key', { hostKey: 'fingerprint' }, ['resources[0].hostKey']],
  [
    'two ways in',
    { credential: 'privateKey: { file: k }, password: { env: P }' },
    ['resources[0].credential'],
  ],
  ['a raw terminal under a rule', { role: '{ shell: raw }', more: RULE }, ['resources[0].roles.a.shell']],
  ['a raw terminal under none', { role: '{ shell: raw }' }, []],
  ['a guided shell under a rule', { role: '{ shell: guided }', more: RULE }, []],
  ['a list that files get past', { role: '{ programs: [ls], sftp: write }' }, ['resources[0].roles.a.sftp']],
  ['a list with files to read', { role: '{ programs: [ls], sftp: read }' }, []],
  [
    'forwards to anywhere',
    { role: '{ forwarding: { to: ["*:*"] } }' },
    ['resources[0].roles.a.forwarding.to'],
  ],
  ['an agent under nothing that would limit it', { role: '{ forwarding: { agent: true } }' }, []],
  [
    'an agent and a screen beside a list of programs',
    { role: '{ programs: [ls], forwarding: { agent: true, x11: true } }' },
    ['resources[0].roles.a.forwarding.agent', 'resources[0].roles.a.forwarding.x11'],
  ],
  [
    'an agent under a rule',
    { role: '{ forwarding: { agent: true } }', more: RULE },
    ['resources[0].roles.a.forwarding.agent'],
  ],
])('%s', (_name, given, paths) => {
  expect(warnings(given)).toEqual(paths);
});

test('a host without a way in is a problem', () => {
  const text = host({ credential: '' });
  expect(parsePolicyDocument(text)).toMatchObject({
    ok: false,
    problems: [{ path: 'resources[0].credential', message: /needs a privateKey or a password/ }],
  });
});
