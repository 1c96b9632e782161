import { createServer } from 'node:http';
import * as openid from 'openid-client';
import type { CastName } from '../../../src/demo/cast.ts';
import { Browser } from '../../../src/demo/tour/browser.ts';

/** The code flow of a public client for the API's audience, by a browser that picks the person. */
export async function fetchToken(options: {
  issuer: string;
  clientId: string;
  audience: string;
  username: CastName;
}): Promise<string> {
  const { issuer, clientId, audience, username } = options;
  const configuration = await openid.discovery(new URL(issuer), clientId, {}, openid.None(), {
    execute: [openid.allowInsecureRequests],
  });
  const page = createServer((_request, response) => response.end('back at the client'));
  await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
  try {
    const address = page.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const codeVerifier = openid.randomPKCECodeVerifier();
    const browser = new Browser();
    const choice = await browser.visit(
      openid.buildAuthorizationUrl(configuration, {
        redirect_uri: `http://127.0.0.1:${address.port}/callback`,
        scope: 'openid profile email',
        resource: audience,
        state: 'a-state',
        code_challenge: await openid.calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: 'S256',
      }),
    );
    const landed = await browser.submit(choice.url, { username });
    const checks = { pkceCodeVerifier: codeVerifier, expectedState: 'a-state' };
    const tokens = await openid.authorizationCodeGrant(configuration, landed.url, checks, {
      resource: audience,
    });
    return tokens.access_token;
  } finally {
    page.closeAllConnections();
    page.close();
  }
}
