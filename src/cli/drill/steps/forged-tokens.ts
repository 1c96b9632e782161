/** Tokens that are not what they say: each has to be refused, or the broker lets anybody in. */
import { generateKeyPair, SignJWT } from 'jose';
import { isAppError, messageOf } from '../../../core/errors.ts';
import type { Secret } from '../../../core/secret.ts';
import { ME } from '../../../web/schemas/parties.ts';
import type { Drill, DrillStep } from '../drill.ts';
import { type Check, failedCheck, unknownCheck } from '../model.ts';

interface Forgery {
  readonly name: string;
  readonly token: string;
}

export const FORGED_TOKENS: DrillStep = {
  name: 'tokens',
  title: 'Forged and foreign tokens',
  expected: 'every one is refused',
  needsAccess: false,
  run: async (drill) => {
    const { plan } = drill;
    const given = plan.refused.map(({ name, token }) => ({ name, token: token.reveal() }));
    const tokens = [...(await forgeriesOf(plan.token)), ...given];
    const checks = await Promise.all(tokens.map((token) => tryToken(drill, token)));
    return { checks, sessions: [] };
  },
};

async function tryToken({ bearerOf }: Drill, { name, token }: Forgery): Promise<Check> {
  const begun = performance.now();
  try {
    const { kind } = await bearerOf(token).get('/me', ME);
    return failedCheck('stopped', `${name}: accepted, as a ${kind}`);
  } catch (error) {
    const afterMs = Math.round(performance.now() - begun);
    if (isAppError(error, 'unauthenticated') || isAppError(error, 'forbidden'))
      return { what: 'stopped', verdict: 'passed', text: `${name}: refused`, afterMs };
    return unknownCheck('stopped', `${name}: ${messageOf(error)}`);
  }
}

/** What can be made of a stolen token without its issuer's key. */
async function forgeriesOf(stolen: Secret<string>): Promise<readonly Forgery[]> {
  const [header = '', payload = '', signature = ''] = stolen.reveal().split('.');
  const said = decode(header);
  const claims = decode(payload);
  const hour = 3_600;
  const now = Math.floor(Date.now() / 1_000);
  const raised = { ...claims, sub: 'administrator', exp: now + hour, groups: ['oversight'] };
  const { privateKey } = await generateKeyPair('ES256');
  const kid = typeof said['kid'] === 'string' ? said['kid'] : 'unknown';
  const otherKey = await new SignJWT({ ...claims, exp: now + hour })
    .setProtectedHeader({ alg: 'ES256', kid, typ: 'at+jwt' })
    .sign(privateKey);
  const symmetric = await new SignJWT({ ...claims, exp: now + hour })
    .setProtectedHeader({ alg: 'HS256', kid, typ: 'at+jwt' })
    .sign(Buffer.from(kid.padEnd(32, '0'), 'utf8'));
  return [
    { name: 'alg: none', token: `${encode({ ...said, alg: 'none' })}.${encode(claims)}.` },
    { name: 'without its signature', token: `${header}.${payload}.` },
    { name: 'with other claims', token: `${header}.${encode(raised)}.${signature}` },
    { name: 'signed with another key', token: otherKey },
    { name: 'signed with a password', token: symmetric },
  ];
}

function decode(part: string): Record<string, unknown> {
  const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value), 'utf8').toString('base64url');
}
