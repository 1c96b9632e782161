import { SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import type { Identity } from '../../../src/core/identity.ts';
import { authenticateBearer } from '../../../src/identity/authenticate-bearer.ts';
import type { IdentityContext } from '../../../src/identity/context.ts';
import { createIssuerKeys } from '../../../src/identity/issuer-keys.ts';
import {
  closeWebSession,
  openWebSession,
  readWebSession,
  WEB_SESSION_MS,
} from '../../../src/identity/web-sessions.ts';
import { useTestAccess } from '../../support/access.ts';
import { useTestIssuer } from '../../support/issuer.ts';

const AUDIENCE = 'https://sallyport.example';
const access = useTestAccess();
const people = useTestIssuer();
const ci = useTestIssuer();
const impostor = useTestIssuer({ claimsToBe: 'https://somebody-else.example' });
const issuerKeys = createIssuerKeys();

const context = (): IdentityContext => ({
  ...access.current.identity,
  settings: () => ({
    audience: AUDIENCE,
    oidc: {
      issuer: people.current.url,
      clientId: 'sallyport',
      clientSecret: null,
      audience: AUDIENCE,
      scopes: 'openid',
      groupsClaim: 'groups',
      sshKeysClaim: null,
      clockToleranceMs: 5_000,
    },
    workloads: [
      {
        name: 'orders-migrator',
        owner: 'dana@example.com',
        issuer: ci.current.url,
        claims: { repository: 'acme/orders', ref: 'refs/heads/main' },
      },
      { name: 'impostor', owner: 'dana@example.com', issuer: impostor.current.url, claims: { a: 'b' } },
    ],
  }),
});

const authenticate = (token: string): Promise<Identity> => authenticateBearer(context(), token, issuerKeys);
const ALICE = {
  sub: 'alice',
  aud: AUDIENCE,
  email: 'alice@example.com',
  name: 'Alice',
  groups: ['engineering'],
};
const CI_RUN = {
  sub: 'repo:acme/orders',
  aud: AUDIENCE,
  repository: 'acme/orders',
  ref: 'refs/heads/main',
  run_id: '42',
};

describe('a person', () => {
  test('is who the token says, with the groups of now and the same id each time', async () => {
    const first = await authenticate(await people.current.sign(ALICE));
    expect(first).toMatchObject({ kind: 'person', email: 'alice@example.com', groups: ['engineering'] });
    const moved = await authenticate(
      await people.current.sign({ ...ALICE, groups: ['sre'], email: 'alice@new.example' }),
    );
    expect(moved).toMatchObject({ id: first.id, groups: ['sre'], email: 'alice@new.example' });
  });

  test('whose token has no groups keeps those of the last sign-in, and must have signed in', async () => {
    await authenticate(await people.current.sign({ ...ALICE, sub: 'known' }));
    const bare = { sub: 'known', aud: AUDIENCE };
    expect(await authenticate(await people.current.sign(bare))).toMatchObject({ groups: ['engineering'] });
    await expect(authenticate(await people.current.sign({ ...bare, sub: 'stranger' }))).rejects.toMatchObject(
      {
        code: 'unauthenticated',
        message: /not signed in here yet/,
      },
    );
  });
});

describe('a workload', () => {
  test('is known by its claims, and which run it is', async () => {
    const identity = await authenticate(await ci.current.sign(CI_RUN));
    expect(identity).toMatchObject({
      kind: 'workload',
      id: 'workload:orders-migrator',
      ownerEmail: 'dana@example.com',
    });
    expect(identity.kind === 'workload' && identity.claims['run_id']).toBe('42');
  });

  test.each([
    ['another repository', { repository: 'acme/other' }],
    ['another branch', { ref: 'refs/heads/topic' }],
    ['a repository that only begins alike', { repository: 'acme/orders-evil' }],
  ])('from %s is refused', async (_name, changes) => {
    const token = await ci.current.sign({ ...CI_RUN, ...changes });
    await expect(authenticate(token)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: /no configured workload/,
    });
  });
});

describe('a token is refused', () => {
  const refused = async (token: string, message: RegExp): Promise<void> => {
    await expect(authenticate(token)).rejects.toMatchObject({ code: 'unauthenticated', message });
  };

  test('without a signature', async () => {
    const token = new UnsecuredJWT(ALICE)
      .setIssuer(people.current.url)
      .setIssuedAt()
      .setExpirationTime('5m')
      .encode();
    await refused(token, /not valid|not an access token/);
  });

  test('signed with a secret instead of the key', async () => {
    const token = await new SignJWT(ALICE)
      .setProtectedHeader({ alg: 'HS256', kid: 'one', typ: 'at+jwt' })
      .setIssuer(people.current.url)
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(new TextEncoder().encode('the public key as a shared secret'));
    await refused(token, /not valid/);
  });

  test('signed with a key that the issuer did not publish', async () =>
    refused(await people.current.forge(ALICE), /signature/));
  test('for another audience', async () =>
    refused(await people.current.sign({ ...ALICE, aud: 'https://other.example' }), /"aud"/));
  test('that has expired', async () =>
    refused(await people.current.sign(ALICE, { expiresIn: '-1m' }), /"exp"/));
  test('from an issuer that is not configured', async () =>
    refused(await people.current.sign(ALICE, { issuer: 'https://evil.example' }), /not configured/));
  test('of one configured issuer that names the other', async () =>
    refused(await ci.current.sign(ALICE, { issuer: people.current.url }), /signature/));
  test('that is an ID token', async () =>
    refused(
      await people.current.sign({ ...ALICE, nonce: 'n' }, { type: 'JWT' }),
      /not an access token: it has nonce/,
    ));
  test('that is a logout token', async () =>
    refused(await people.current.sign({ ...ALICE, events: {} }, { type: 'logout+jwt' }), /of type logout/));
  test('that is no token', async () => refused('not.a.token', /not an access token/));
  test('that is longer than any token', async () => refused('a'.repeat(20_000), /too long/));
});

test('an issuer that answers as another is refused before its keys are fetched', async () => {
  const token = await impostor.current.sign({ sub: 'x', aud: AUDIENCE, a: 'b' });
  await expect(authenticate(token)).rejects.toMatchObject({ code: 'unavailable', message: /answers as/ });
});

test('plain http is for this machine only', async () => {
  await expect(createIssuerKeys()('http://idp.example.com')).rejects.toMatchObject({
    message: /must use https/,
  });
});

describe('a web session', () => {
  test('ends at sign-out and after its time, and its cookie is not in the database', async () => {
    const { identity, person, clock, store } = access.current;
    const alice = await person('alice', ['engineering']);
    const { cookie } = await openWebSession(identity, alice);
    expect(await readWebSession(identity, cookie.reveal())).toMatchObject({ id: alice.id });
    const [row] = await store
      .read()
      .execute<{ text: string }[]>(`select string_agg(w::text, '') as text from web_session w`);
    expect(row?.text).not.toContain(cookie.reveal());

    clock.stepMs(WEB_SESSION_MS + 1_000);
    expect(await readWebSession(identity, cookie.reveal())).toBeNull();
    clock.stepMs(-WEB_SESSION_MS - 1_000);
    await closeWebSession(identity, cookie.reveal());
    expect(await readWebSession(identity, cookie.reveal())).toBeNull();
  });

  test.each(['', 'x', "' or 1=1 --", 'a'.repeat(51)])('is not opened by "%s"', async (cookie) => {
    expect(await readWebSession(access.current.identity, cookie)).toBeNull();
  });
});
