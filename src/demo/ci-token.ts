/** The token of the sample CI in a file, as a runner has one: fresh for as long as the demo runs. */
import { writeFileSync } from 'node:fs';
import { z } from 'zod';
import { AppError } from '../core/errors.ts';
import type { IdentityProvider } from './identity-provider/start-identity-provider.ts';

/** A token lasts an hour. */
const RENEW_MS = 30 * 60_000;
const ANSWER = z.object({ access_token: z.string() });

/** @returns what stops renewing it */
export async function keepCiToken(of: {
  readonly identityProvider: Pick<IdentityProvider, 'issuer' | 'workload'>;
  readonly file: string;
}): Promise<() => Promise<void>> {
  const write = async (): Promise<void> =>
    writeFileSync(of.file, `${await fetchToken(of.identityProvider)}\n`, { mode: 0o600 });
  await write();
  // One that could not be renewed now is tried again before it expires.
  const timer = setInterval(() => void write().catch(() => undefined), RENEW_MS);
  timer.unref();
  return async () => clearInterval(timer);
}

/** Client credentials (RFC 6749, section 4.4). */
async function fetchToken({
  issuer,
  workload,
}: Pick<IdentityProvider, 'issuer' | 'workload'>): Promise<string> {
  const credentials = `${workload.clientId}:${workload.clientSecret.reveal()}`;
  const answer = await fetch(new URL('/token', issuer), {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  if (!answer.ok) throw new AppError('unavailable', `The sample CI was answered with ${answer.status}.`);
  return ANSWER.parse(await answer.json()).access_token;
}
