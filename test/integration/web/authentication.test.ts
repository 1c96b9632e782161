/** Who gets in: tokens, cookies, and what a cookie needs besides. */
import { describe, expect, test } from 'vitest';
import { useWebHarness } from './harness.ts';

const web = useWebHarness();
const ASK = { resource: 'orders-db', reason: 'a test' };

function send(path: string, headers: Record<string, string>, json?: unknown): Promise<Response> {
  return fetch(`${web.current.url}${path}`, {
    method: json === undefined ? 'GET' : 'POST',
    headers: json === undefined ? headers : { ...headers, 'content-type': 'application/json' },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
}

describe('who may call the API', () => {
  test('the bearer of an access token of the identity provider, without any further proof', async () => {
    const headers = { authorization: `Bearer ${await web.current.tokenOf('alice')}` };
    expect(await (await send('/api/v1/me', headers)).json()).toMatchObject({
      kind: 'person',
      email: 'alice@example.com',
      groups: ['engineering'],
    });
    expect((await send('/api/v1/requests', headers, ASK)).status).toBe(201);
  });

  test.each([
    ['nothing', {}],
    ['a cookie nobody was given', { cookie: 'sallyport_session=guessed' }],
    ['a token that is none', { authorization: 'Bearer not.a.token' }],
    ['another scheme', { authorization: 'Basic YWxpY2U6eA==' }],
    ['an unsigned token', { authorization: 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.' }],
  ])('not with %s', async (_what, headers) => {
    const response = await send('/api/v1/me', headers);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect(await response.json()).toMatchObject({ code: 'unauthenticated' });
  });

  test('a token that is refused is not saved by a good cookie beside it', async () => {
    const headers = { ...(await web.current.browserOf('alice')), authorization: 'Bearer not.a.token' };
    expect((await send('/api/v1/me', headers)).status).toBe(401);
  });

  test('a page of ours with a cookie; another page with the same cookie may not change anything', async () => {
    const browser = await web.current.browserOf('alice');
    const { cookie = '' } = browser;
    expect((await send('/api/v1/requests', browser, ASK)).status).toBe(201);
    for (const forged of [
      { cookie },
      { cookie, 'x-sallyport-csrf': '1' },
      { cookie, 'x-sallyport-csrf': '1', origin: 'https://evil.example' },
      { cookie, 'x-sallyport-csrf': '1', origin: 'null' },
      { cookie, origin: web.current.url },
    ]) {
      const response = await send('/api/v1/requests', forged, ASK);
      expect(response.status).toBe(403);
      expect(await response.json()).toMatchObject({ code: 'forbidden' });
    }
    expect((await send('/api/v1/me', { cookie })).status).toBe(200);
  });

  test('everybody, for how to sign in and for what the API is', async () => {
    expect(await (await send('/api/v1/auth', {})).json()).toEqual({
      issuer: web.current.provider.issuer,
      clientId: 'sallyport-test',
      audience: web.current.url,
      scopes: 'openid profile email',
    });
    expect((await send('/api/v1/openapi.json', {})).status).toBe(200);
  });
});

interface OpenApi {
  readonly paths: Record<
    string,
    Record<string, { readonly security?: readonly unknown[]; readonly responses: Record<string, unknown> }>
  >;
}

describe('the OpenAPI document', () => {
  test('describes every route, and everything it describes needs a caller unless it says otherwise', async () => {
    const document = (await (await send('/api/v1/openapi.json', {})).json()) as OpenApi;
    const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    );
    expect(routes.map(({ method, path }) => `${method} ${path.replace('/api/v1', '')}`).toSorted()).toEqual([
      'get /alerts',
      'get /audit/extent',
      'get /audit/log',
      'get /auth',
      'get /delegations',
      'get /events',
      'get /freeze',
      'get /grants',
      'get /grants/{id}',
      'get /holds',
      'get /holds/{id}',
      'get /incidents',
      'get /incidents/{name}/report',
      'get /incidents/{name}/timeline',
      'get /jobs',
      'get /jobs/{id}',
      'get /keyring',
      'get /keys',
      'get /keys/signing',
      'get /me',
      'get /policy',
      'get /policy/changes',
      'get /policy/changes/{id}',
      'get /recording-holds',
      'get /requests',
      'get /requests/{id}',
      'get /resources',
      'get /resources/{id}/on-call',
      'get /reviews',
      'get /reviews/{id}',
      'get /sessions',
      'get /sessions/{id}',
      'get /sessions/{id}/export',
      'get /sessions/{id}/live',
      'get /sessions/{id}/recording',
      'get /sessions/{id}/timeline',
      'get /sinks',
      'get /sinks/{name}',
      'post /break-glass',
      'post /delegations',
      'post /delegations/{id}/accept',
      'post /delegations/{id}/end',
      'post /drills',
      'post /drills/{id}/end',
      'post /freeze',
      'post /grants/{id}/done',
      'post /grants/{id}/extend',
      'post /grants/{id}/reveal',
      'post /grants/{id}/revoke',
      'post /holds/{id}/votes',
      'post /incidents/{name}/report',
      'post /jobs/{id}/discard',
      'post /jobs/{id}/retry',
      'post /keyring/rotate',
      'post /keys',
      'post /keys/{id}/remove',
      'post /policy/changes',
      'post /policy/changes/{id}/cancel',
      'post /policy/changes/{id}/votes',
      'post /policy/explain',
      'post /policy/simulate',
      'post /recording-holds',
      'post /recording-holds/{id}/release',
      'post /requests',
      'post /requests/{id}/again',
      'post /requests/{id}/cancel',
      'post /requests/{id}/comments',
      'post /requests/{id}/consent',
      'post /requests/{id}/votes',
      'post /reviews/{id}/votes',
      'post /revocations',
      'post /sessions/reindex',
      'post /sessions/{id}/terminate',
      'post /sinks/{name}/discard',
      'post /sinks/{name}/pause',
      'post /sinks/{name}/resume',
      'post /sinks/{name}/retry',
      'post /sinks/{name}/test',
      'post /unfreeze',
    ]);
    for (const { path, method, operation } of routes) {
      expect(operation.responses['default'], path).toBeDefined();
      const isOpen = operation.security?.length === 0;
      const response = await send(path.replace('{id}', 'x-aaaaaaaa'), {}, method === 'post' ? {} : undefined);
      expect(response.status, `${method} ${path}`).toBe(isOpen ? 200 : 401);
    }
  });

  test('says what the validation says', async () => {
    const document = JSON.stringify(await (await send('/api/v1/openapi.json', {})).json());
    expect(document).toContain('A duration: 90s, 30m, 1h30m, 2d');
    expect(document).toContain('"maxLength":2000');
    expect(document).not.toContain('$ref":"__');
  });
});
