/** An OpenID issuer over real HTTP that signs what a test asks for, honest or not. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll } from 'vitest';

export interface TestIssuer {
  readonly url: string;
  /** Signs with a key that the issuer publishes. */
  sign(
    claims: JWTPayload,
    options?: { type?: string; expiresIn?: string; issuer?: string; issuedAt?: Date },
  ): Promise<string>;
  /** Signs with a key that nobody published, under a published key's id. */
  forge(claims: JWTPayload): Promise<string>;
}

/** Runs the issuer for a test file. @param options.claimsToBe what discovery says the issuer is */
export function useTestIssuer(options: { claimsToBe?: string } = {}): { readonly current: TestIssuer } {
  let issuer: TestIssuer | null = null;
  const server = createServer();
  beforeAll(async () => {
    const honest = await generateKeyPair('ES256', { extractable: true });
    const other = await generateKeyPair('ES256');
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    const jwk = { ...(await exportJWK(honest.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' };
    server.on('request', (request, response) => {
      const documents: Record<string, unknown> = {
        '/.well-known/openid-configuration': { issuer: options.claimsToBe ?? url, jwks_uri: `${url}/jwks` },
        '/jwks': { keys: [jwk] },
      };
      const found = documents[request.url ?? ''];
      response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(found ?? {}));
    });
    const build = (
      claims: JWTPayload,
      more: { type?: string; expiresIn?: string; issuer?: string; issuedAt?: Date } = {},
    ): SignJWT =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', kid: 'one', typ: more.type ?? 'at+jwt' })
        .setIssuer(more.issuer ?? url)
        .setIssuedAt(more.issuedAt)
        .setExpirationTime(more.expiresIn ?? '5m');
    issuer = {
      url,
      sign: (claims, more) => build(claims, more).sign(honest.privateKey),
      forge: (claims) => build(claims).sign(other.privateKey),
    };
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  return {
    get current() {
      if (issuer === null) throw new Error('The issuer exists only while tests run.');
      return issuer;
    },
  };
}
