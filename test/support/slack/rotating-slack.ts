/** As much of Slack as the exchange of tokens needs: each refresh token works once, each access token for twelve hours. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../../src/core/clock.ts';

export interface RotatingSlack {
  readonly apiUrl: string;
  /** As if the app was reinstalled: the tokens of before still work for as long as they last. */
  install(): string;
  /** Answers nothing that can be used. */
  break(): void;
  mend(): void;
  /** An access token that somebody took back. */
  revoke(token: string): void;
  /** As if the app was given another client secret. */
  changeSecret(secret: string): void;
  exchanges(): number;
  /** Access tokens of the calls that were answered, in order. */
  used(): readonly string[];
  close(): Promise<void>;
}

export const ROTATION = { clientId: '1.2', clientSecret: '0123456789abcdef0123456789abcdef' };

const LASTS_SECONDS = 43_200;

export async function startRotatingSlack(clock: Clock): Promise<RotatingSlack> {
  const refreshTokens = new Set<string>();
  const expiries = new Map<string, number>();
  const used: string[] = [];
  let made = 0;
  let exchanges = 0;
  let broken = false;
  let { clientSecret } = ROTATION;

  const install = (): string => {
    made += 1;
    const token = `xoxe-1-refresh-${made}`;
    refreshTokens.add(token);
    return token;
  };

  const exchange = (form: URLSearchParams): object => {
    if (form.get('client_secret') !== clientSecret) return { ok: false, error: 'bad_client_secret' };
    if (!refreshTokens.delete(form.get('refresh_token') ?? ''))
      return { ok: false, error: 'invalid_refresh_token' };
    exchanges += 1;
    const token = `xoxe.xoxb-access-${exchanges}`;
    expiries.set(token, clock.now().getTime() + LASTS_SECONDS * 1_000);
    return { ok: true, access_token: token, refresh_token: install(), expires_in: LASTS_SECONDS };
  };

  const call = (authorization: string): object => {
    const token = authorization.replace(/^Bearer /, '');
    const expiry = expiries.get(token);
    if (expiry === undefined) return { ok: false, error: 'invalid_auth' };
    if (expiry <= clock.now().getTime()) return { ok: false, error: 'token_expired' };
    used.push(token);
    return { ok: true, ts: `${used.length}.1`, channel: 'C0123456', team_id: 'T0ACME', user: 'sallyport' };
  };

  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy());
  });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readAll(request);
    if (broken) {
      response.writeHead(503).end();
      return;
    }
    const isExchange = request.url === '/api/oauth.v2.access';
    const said = isExchange ? exchange(new URLSearchParams(body)) : call(request.headers.authorization ?? '');
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(said));
  };

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`,
    install,
    break: () => {
      broken = true;
    },
    mend: () => {
      broken = false;
    },
    revoke: (token) => void expiries.delete(token),
    changeSecret: (secret) => {
      clientSecret = secret;
    },
    exchanges: () => exchanges,
    used: () => used,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function readAll(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}
