/** What the identity provider said once is not what it says now: old tokens, old issuers, unverified addresses. */
import { describe, expect, test } from 'vitest';
import { castVote } from '../../../src/access/cast-vote.ts';
import { requestAccess } from '../../../src/access/request-access.ts';
import type { Person } from '../../../src/core/identity.ts';
import { authenticateBearer } from '../../../src/identity/authenticate-bearer.ts';
import type { IdentityContext } from '../../../src/identity/context.ts';
import { createIssuerKeys } from '../../../src/identity/issuer-keys.ts';
import { upsertPerson } from '../../../src/identity/persons.ts';
import { openWebSession, readWebSession } from '../../../src/identity/web-sessions.ts';
import { parsePolicyDocument } from '../../../src/policies/document/parse.ts';
import { useTestAccess } from '../../support/access.ts';
import { useTestIssuer } from '../../support/issuer.ts';

const AUDIENCE = 'https://sallyport.example';
const HOUR_MS = 3_600_000;
const access = useTestAccess();
const people = useTestIssuer();
const issuerKeys = createIssuerKeys();

const identity = (): IdentityContext => {
  const base = access.current.identity;
  const { oidc, ...settings } = base.settings();
  if (oidc === null) throw new Error('the tests have an identity provider');
  const ours = { ...oidc, issuer: people.current.url, audience: AUDIENCE };
  return { ...base, settings: () => ({ ...settings, oidc: ours }) };
};

/** Bob as an access token of some time ago has him; it is good for two days. */
async function showToken(claims: { sub: string; groups: string[] }, issuedAgoMs: number): Promise<Person> {
  const email = `${claims.sub}@example.com`;
  const issuedAt = new Date(Date.now() - issuedAgoMs);
  const token = await people.current.sign(
    { ...claims, email, name: claims.sub, aud: AUDIENCE },
    { issuedAt, expiresIn: '2d' },
  );
  const shown = await authenticateBearer(identity(), token, issuerKeys);
  if (shown.kind !== 'person') throw new Error('a person was expected');
  return shown;
}

describe('an access token that is shown late', () => {
  test('does not give back the groups that a later sign-in took away', async () => {
    await showToken({ sub: 'moved', groups: ['sre'] }, HOUR_MS);
    const facts = { issuer: people.current.url, subject: 'moved', email: 'moved@example.com', name: 'moved' };
    await upsertPerson(identity(), { ...facts, groups: ['sales'], toldAt: new Date() });
    expect((await showToken({ sub: 'moved', groups: ['sre'] }, HOUR_MS)).groups).toEqual(['sales']);
  });

  test('says what was so when it was issued, so its groups grow too old to vote with', async () => {
    const { context, person } = access.current;
    const request = await requestAccess(context, {
      requester: await person('alice', ['engineering']),
      resource: 'orders-db',
      role: 'read',
      durationMs: HOUR_MS,
      reason: 'late tokens',
      ticket: null,
      incident: null,
      origin: null,
      idempotencyKey: 'late-tokens',
    });
    const voter = await showToken({ sub: 'bob', groups: ['sre'] }, 13 * HOUR_MS);
    const ballot = { requestId: request.id, verdict: 'approve', durationMs: null, note: null } as const;
    await expect(castVote(context, { ...ballot, voter, platform: 'api' })).rejects.toMatchObject({
      code: 'forbidden',
      message: /last confirmed more than 12h ago/,
    });
    const fresh = await showToken({ sub: 'bob', groups: ['sre'] }, 0);
    expect(await castVote(context, { ...ballot, voter: fresh, platform: 'api' })).toMatchObject({
      outcome: 'recorded',
    });
  });
});

test('an address that the provider calls unverified is not taken from an access token either', async () => {
  const claims = { sub: 'mallory', email: 'dana@example.com', groups: ['dba'], aud: AUDIENCE };
  const token = await people.current.sign({ ...claims, email_verified: false });
  await expect(authenticateBearer(identity(), token, issuerKeys)).rejects.toMatchObject({
    code: 'forbidden',
    message: /has not verified your e-mail address/,
  });
});

test('a browser session ends with the identity provider that vouched for it', async () => {
  const person = await access.current.person('carol', ['responders']);
  const { cookie } = await openWebSession(access.current.identity, person);
  expect(await readWebSession(access.current.identity, cookie.reveal())).toMatchObject({ id: person.id });
  expect(await readWebSession(identity(), cookie.reveal())).toBeNull();
});

test('a workload that any token of its issuer would be is a problem of the policy file', () => {
  const text = `workloads: [{ name: ci, owner: dana@example.com, issuer: https://ci.example.com, claims: {} }]`;
  expect(parsePolicyDocument(text)).toMatchObject({
    ok: false,
    problems: [{ path: 'workloads[0].claims', message: /at least one claim/ }],
  });
});
