import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { beginScramClient } from '../../../src/broker/postgres/scram/client.ts';
import { SCRAM_SHA_256, SCRAM_SHA_256_PLUS } from '../../../src/broker/postgres/scram/messages.ts';
import { beginScramServer, inventVerifier } from '../../../src/broker/postgres/scram/server.ts';
import type { ScramVerifier } from '../../../src/core/grant.ts';
import { Secret } from '../../../src/core/secret.ts';
import { makeConnectionSecret } from '../../../src/identity/connection-secret.ts';

function verifierOf(password: string, salt: Buffer, iterations = 4_096): ScramVerifier {
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  return {
    saltBase64: salt.toString('base64'),
    iterations,
    storedKeyBase64: createHash('sha256').update(clientKey).digest('base64'),
    serverKeyBase64: createHmac('sha256', salted).update('Server Key').digest('base64'),
  };
}

const server = (
  changes: Partial<Parameters<typeof beginScramServer>[0]> = {},
): ReturnType<typeof beginScramServer> =>
  beginScramServer({
    clientFirst: 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO',
    mechanism: SCRAM_SHA_256,
    verifier: verifierOf('pencil', Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')),
    genuine: true,
    certificateHash: null,
    nonce: '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
    ...changes,
  });

describe('SCRAM-SHA-256', () => {
  test('answers the example of RFC 7677 to the letter', () => {
    const exchange = server();
    expect(exchange.serverFirst).toBe(
      'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
    );
    const final =
      'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=';
    expect(exchange.finish(final)).toBe('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
  });

  test('client and server agree on the secret of a grant, and the client checks the server', async () => {
    const { secret, verifier } = makeConnectionSecret(randomBytes);
    const client = beginScramClient({ password: secret, nonce: randomBytes(18).toString('base64') });
    const exchange = server({
      clientFirst: client.clientFirst,
      verifier,
      nonce: randomBytes(18).toString('base64'),
    });
    const answer = await client.answer(exchange.serverFirst);
    const final = exchange.finish(answer.clientFinal) ?? '';
    expect(() => answer.check(final)).not.toThrow();
    expect(() => answer.check(`v=${Buffer.alloc(32).toString('base64')}`)).toThrow('did not prove');
  });

  test('a wrong secret and an invented verifier both end without an answer', async () => {
    const { verifier } = makeConnectionSecret(randomBytes);
    const client = beginScramClient({ password: new Secret('guess'), nonce: 'abcdefghijkl' });
    const wrong = server({ clientFirst: client.clientFirst, verifier });
    expect(wrong.finish((await client.answer(wrong.serverFirst)).clientFinal)).toBeNull();
    // Even a proof that fits is refused when there is no grant behind the verifier.
    const fitting = beginScramClient({ password: new Secret('pencil'), nonce: 'abcdefghijkl' });
    const invented = server({ clientFirst: fitting.clientFirst, genuine: false });
    expect(invented.finish((await fitting.answer(invented.serverFirst)).clientFinal)).toBeNull();
  });

  test('an invented verifier is the same for the same handle and another for another', () => {
    const key = randomBytes(32);
    const of = (handle: string): ScramVerifier => inventVerifier({ handle, key, iterations: 4_096 });
    expect(of('g-aaaaaaaa')).toEqual(of('g-aaaaaaaa'));
    expect(of('g-aaaaaaaa').saltBase64).not.toBe(of('g-aaaaaaab').saltBase64);
    expect(Buffer.from(of('g-aaaaaaaa').saltBase64, 'base64')).toHaveLength(16);
  });

  test('a client that could bind and was told it could not is refused when we did offer it', () => {
    const certificateHash = randomBytes(32);
    expect(() => server({ clientFirst: 'y,,n=,r=abcdefghijkl', certificateHash })).toThrow(
      'negotiation failed',
    );
    expect(() => server({ clientFirst: 'y,,n=,r=abcdefghijkl' })).not.toThrow();
    expect(() =>
      server({
        clientFirst: 'p=tls-unique,,n=,r=abcdefghijkl',
        mechanism: SCRAM_SHA_256_PLUS,
        certificateHash,
      }),
    ).toThrow('not supported');
    expect(() =>
      server({ clientFirst: 'p=tls-server-end-point,,n=,r=abcdefghijkl', certificateHash }),
    ).toThrow('do not fit');
  });

  test('a login that was bound to another certificate is refused', () => {
    const exchange = server({
      clientFirst: 'p=tls-server-end-point,,n=,r=abcdefghijkl',
      mechanism: SCRAM_SHA_256_PLUS,
      certificateHash: Buffer.alloc(32, 1),
      nonce: 'server-nonce',
    });
    const bound = Buffer.concat([Buffer.from('p=tls-server-end-point,,'), Buffer.alloc(32, 2)]).toString(
      'base64',
    );
    const proof = Buffer.alloc(32).toString('base64');
    expect(() => exchange.finish(`c=${bound},r=abcdefghijklserver-nonce,p=${proof}`)).toThrow(
      'channel binding',
    );
  });

  test.each([
    ['n,,n=user,r=', 'malformed'],
    ['n,a=admin,n=user,r=abcdefghijkl', 'malformed'],
    ['n,,m=x,n=user,r=abcdefghijkl', 'malformed'],
    ['', 'malformed'],
  ])('refuses the first message %j', (clientFirst, message) => {
    expect(() => server({ clientFirst })).toThrow(message);
  });

  test('a target that asks for few or very many iterations, or changes the nonce, is refused', async () => {
    const client = beginScramClient({ password: new Secret('x'), nonce: 'abcdefghijkl' });
    await expect(client.answer('r=abcdefghijklX,s=AAAA,i=1')).rejects.toThrow('iterations');
    await expect(client.answer('r=abcdefghijklX,s=AAAA,i=99999999')).rejects.toThrow('iterations');
    await expect(client.answer('r=zzzzzzzzzzzzX,s=AAAA,i=4096')).rejects.toThrow('not ours');
    await expect(client.answer('r=abcdefghijkl,s=AAAA,i=4096')).rejects.toThrow('not ours');
  });
});
