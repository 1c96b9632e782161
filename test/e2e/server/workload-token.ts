import type { Deployment } from './deployment.ts';

/** The access token of the sample CI (client credentials, RFC 6749 section 4.4). */
export async function workloadToken({ identityProvider }: Deployment): Promise<string> {
  const { clientId, clientSecret } = identityProvider.workload;
  const credentials = Buffer.from(`${clientId}:${clientSecret.reveal()}`).toString('base64');
  const answer = await fetch(new URL('/token', identityProvider.issuer), {
    method: 'POST',
    headers: { authorization: `Basic ${credentials}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  if (answer.status !== 200)
    throw new Error(`The identity provider answered ${answer.status}: ${await answer.text()}`);
  const { access_token: token } = (await answer.json()) as { access_token: string };
  return token;
}
