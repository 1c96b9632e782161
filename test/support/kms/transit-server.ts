/**
 * The transit engine of Vault, as far as it is asked here, with the answers that Vault gives: a key with versions,
 * ciphertexts `vault:vN:…`, associated data, tokens with a policy, being sealed.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

export interface TransitServer {
  readonly url: URL;
  /** Every request's method and path, in order. */
  readonly asked: string[];
  token: string;
  sealed: boolean;
  /** Answers nothing while true. */
  silent: boolean;
  /** A new version: what was encrypted before is decrypted all the same. */
  rotate(): void;
  stop(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

export async function startTransit(options: {
  readonly key: string;
  readonly token: string;
  readonly tls?: { readonly cert: string; readonly key: string };
}): Promise<TransitServer> {
  const versions = [randomBytes(32)];
  const refusal = (status: number, ...errors: string[]): Answer => ({ status, body: { errors } });
  const encrypt = (body: Record<string, string>): Answer => {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', versions.at(-1) ?? '', nonce);
    cipher.setAAD(Buffer.from(body['associated_data'] ?? '', 'base64'));
    const sealed = [
      nonce,
      cipher.update(body['plaintext'] ?? '', 'base64'),
      cipher.final(),
      cipher.getAuthTag(),
    ];
    const ciphertext = `vault:v${versions.length}:${Buffer.concat(sealed).toString('base64')}`;
    return { status: 200, body: { data: { ciphertext, key_version: versions.length } } };
  };
  const decrypt = (body: Record<string, string>): Answer => {
    const [, version = '', base64 = ''] = /^vault:v(\d+):(.+)$/.exec(body['ciphertext'] ?? '') ?? [];
    const key = versions[Number(version) - 1];
    if (key === undefined) return refusal(400, 'invalid ciphertext: no prefix');
    const wrapped = Buffer.from(base64, 'base64');
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, wrapped.subarray(0, 12));
      decipher.setAAD(Buffer.from(body['associated_data'] ?? '', 'base64'));
      decipher.setAuthTag(wrapped.subarray(-16));
      const plaintext = Buffer.concat([decipher.update(wrapped.subarray(12, -16)), decipher.final()]);
      return { status: 200, body: { data: { plaintext: plaintext.toString('base64') } } };
    } catch {
      return refusal(400, 'cipher: message authentication failed');
    }
  };
  const answer = async (request: IncomingMessage): Promise<Answer> => {
    if (transit.sealed) return refusal(503, 'Vault is sealed');
    if (request.headers['x-vault-token'] !== transit.token) return refusal(403, 'permission denied');
    const body = (await json(request)) as Record<string, string>;
    if (request.url === `/v1/transit/encrypt/${options.key}`) return encrypt(body);
    if (request.url === `/v1/transit/decrypt/${options.key}`) return decrypt(body);
    if (request.url?.startsWith('/v1/transit/') === true) return refusal(400, 'encryption key not found');
    return refusal(404, `no handler for route "${request.url}"`);
  };
  const handle: Parameters<typeof createServer>[1] = (request, response) => {
    transit.asked.push(`${request.method} ${request.url}`);
    if (transit.silent) return;
    void answer(request).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    });
  };
  const server: Server =
    options.tls === undefined ? createServer(handle) : createTlsServer(options.tls, handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const transit: TransitServer = {
    url: new URL(`${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`),
    asked: [],
    token: options.token,
    sealed: false,
    silent: false,
    rotate: () => void versions.push(randomBytes(32)),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return transit;
}
