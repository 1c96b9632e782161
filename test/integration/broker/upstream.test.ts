// The certificate library refuses to load without it.
import 'reflect-metadata';
import { createHash, randomBytes, webcrypto } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, createSecureContext, TLSSocket } from 'node:tls';
import * as x509 from '@peculiar/x509';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateCertificate } from '../../../src/broker/certificate.ts';
import {
  encodeAuthenticationOk,
  encodeSasl,
  encodeSaslContinue,
  encodeSaslFinal,
} from '../../../src/broker/postgres/codec/authentication.ts';
import { BodyWriter } from '../../../src/broker/postgres/codec/body-writer.ts';
import { encodeSslRequest } from '../../../src/broker/postgres/codec/startup.ts';
import { encodeReadyForQuery } from '../../../src/broker/postgres/codec/status.ts';
import { closeUpstream } from '../../../src/broker/postgres/session-end.ts';
import { openUpstream, type Upstream } from '../../../src/broker/postgres/upstream-login.ts';
import { runUpstreamQuery } from '../../../src/broker/postgres/upstream-query.ts';
import { Secret } from '../../../src/core/secret.ts';
import { POLICY_DOCUMENT, type PostgresResource } from '../../../src/policies/document/schema.ts';
import { startEmbeddedPostgres } from '../../../src/store/embedded/supervisor.ts';

const PASSWORD = 'not to be asked for';

let directory = '';
let cluster: Awaited<ReturnType<typeof startEmbeddedPostgres>>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sallyport-upstream-'));
  const own = await generateCertificate({ publicHost: 'target.test', now: new Date() });
  const other = await generateCertificate({ publicHost: 'target.test', now: new Date() });
  await writeFile(join(directory, 'server.crt'), own.certificatePem, { mode: 0o600 });
  await writeFile(join(directory, 'server.key'), own.keyPem, { mode: 0o600 });
  await writeFile(join(directory, 'other.crt'), other.certificatePem);
  await writeFile(join(directory, 'other.key'), other.keyPem, { mode: 0o600 });
  await writeClientCertificate();
  cluster = await startEmbeddedPostgres({
    directory: join(directory, 'cluster'),
    settings: {
      ssl: 'on',
      ssl_cert_file: join(directory, 'server.crt'),
      ssl_key_file: join(directory, 'server.key'),
      ssl_ca_file: join(directory, 'client.crt'),
      fsync: 'off',
    },
  });
});
afterAll(async () => {
  await cluster.stop();
  await rm(directory, { recursive: true, force: true });
});

/** Signed by itself, so that the target can be told to trust it. */
async function writeClientCertificate(): Promise<void> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=sallyport-client',
    notBefore: new Date(Date.now() - 3_600_000),
    notAfter: new Date(Date.now() + 3_600_000),
    keys,
    signingAlgorithm: algorithm,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  await writeFile(join(directory, 'client.crt'), certificate.toString('pem'));
  await writeFile(join(directory, 'client.key'), x509.PemConverter.encode(key, 'PRIVATE KEY'));
}

function resourceAt(address: string, tls: PostgresResource['tls']): PostgresResource {
  const [resource] = POLICY_DOCUMENT.parse({
    resources: [
      {
        name: 'orders-db',
        kind: 'postgres',
        address,
        database: 'postgres',
        credential: { username: 'app' },
        tls,
        roles: {},
      },
    ],
  }).resources;
  if (resource?.kind !== 'postgres') throw new Error('the resource of this test is a database');
  return resource;
}

function open(
  resource: PostgresResource,
  credential?: { username: string; password: string },
): Promise<Upstream> {
  const url = new URL(cluster.url('postgres'));
  const { username, password } = credential ?? {
    username: url.username,
    password: decodeURIComponent(url.password),
  };
  return openUpstream({
    resource,
    credential: { username, password: new Secret(password) },
    parameters: new Map(),
    random: randomBytes,
  });
}

async function encrypted(
  tls: PostgresResource['tls'],
  host = '127.0.0.1',
): Promise<string | null | undefined> {
  const upstream = await open(resourceAt(`${host}:${cluster.port}`, tls));
  try {
    const [row] = await runUpstreamQuery(
      upstream.socket,
      'select ssl::text from pg_stat_ssl where pid = pg_backend_pid()',
    );
    return row?.['ssl'];
  } finally {
    await closeUpstream(upstream, { busy: false });
  }
}

describe('the TLS mode of a resource', () => {
  test('is kept: disable, require, verify-ca and verify-full', async () => {
    const ca = join(directory, 'server.crt');
    expect(await encrypted({ mode: 'disable' })).toBe('false');
    expect(await encrypted({ mode: 'require' })).toBe('true');
    expect(await encrypted({ mode: 'verify-ca', ca })).toBe('true');
    expect(await encrypted({ mode: 'verify-full', ca })).toBe('true');
    expect(await encrypted({ mode: 'verify-full', ca }, 'localhost')).toBe('true');
  });

  test('refuses a target that another authority vouches for, or none', async () => {
    await expect(encrypted({ mode: 'verify-full', ca: join(directory, 'other.crt') })).rejects.toThrow(
      /orders-db failed the TLS handshake/,
    );
    await expect(encrypted({ mode: 'verify-ca', ca: join(directory, 'other.crt') })).rejects.toThrow(
      'failed the TLS handshake',
    );
    await expect(encrypted({ mode: 'verify-full' })).rejects.toThrow('failed the TLS handshake');
    await expect(encrypted({ mode: 'verify-full', ca: join(directory, 'missing.crt') })).rejects.toThrow(
      'cannot be read',
    );
  });
});

test('a client certificate is shown to a target that asks for one', async () => {
  const tls = {
    mode: 'require',
    certificate: join(directory, 'client.crt'),
    key: join(directory, 'client.key'),
  } as const;
  const upstream = await open(resourceAt(`127.0.0.1:${cluster.port}`, tls));
  const rows = await runUpstreamQuery(
    upstream.socket,
    'select client_dn from pg_stat_ssl where pid = pg_backend_pid()',
  );
  await closeUpstream(upstream, { busy: false });
  expect(rows).toEqual([{ client_dn: '/CN=sallyport-client' }]);
  const missing = { ...tls, key: join(directory, 'missing.key') };
  await expect(open(resourceAt(`127.0.0.1:${cluster.port}`, missing))).rejects.toThrow(
    'needs the client certificate or key',
  );
});

test('a login is bound to the certificate: one that is passed on by somebody in between fails', async () => {
  const certificate = await readFile(join(directory, 'other.crt'));
  const key = await readFile(join(directory, 'other.key'));
  const between = createServer(async (client) => {
    client.on('error', () => undefined);
    await once(client, 'readable');
    client.read();
    client.write('S');
    const secureContext = createSecureContext({ cert: certificate, key });
    const near = new TLSSocket(client, { isServer: true, secureContext, ALPNProtocols: ['postgresql'] });
    const raw = connect({ host: '127.0.0.1', port: cluster.port });
    raw.write(encodeSslRequest());
    await once(raw, 'readable');
    raw.read(1);
    const far = connectTls({ socket: raw, rejectUnauthorized: false, ALPNProtocols: ['postgresql'] });
    for (const socket of [near, far, raw]) socket.on('error', () => undefined);
    near.pipe(far).pipe(near);
  });
  between.listen(0, '127.0.0.1');
  await once(between, 'listening');
  const { port } = between.address() as AddressInfo;
  // Nothing is verified in this mode, and still nobody gets in between.
  await expect(open(resourceAt(`127.0.0.1:${port}`, { mode: 'require' }))).rejects.toThrow(
    'refused the login (28000)',
  );
  between.close();
});

describe('a target that does not answer as it should', () => {
  const servers: Server[] = [];
  afterAll(() => {
    for (const server of servers) server.close();
  });

  /** A target that this test plays; what it received is there to be searched. */
  async function impostor(
    play: (socket: Socket, chunk: Buffer, turn: number) => void,
  ): Promise<{ resource: PostgresResource; received: () => Buffer }> {
    const chunks: Buffer[] = [];
    const server = createServer((socket) => {
      let turn = 0;
      socket.on('error', () => undefined);
      socket.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        play(socket, chunk, turn++);
      });
    });
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return {
      resource: resourceAt(`127.0.0.1:${port}`, { mode: 'disable' }),
      received: () => Buffer.concat(chunks),
    };
  }
  const credential = { username: 'app', password: PASSWORD };

  test.each([
    ['a cleartext password', new BodyWriter().int32(3).message(0x52)],
    ['an md5 password', new BodyWriter().int32(5).int32(0x01020304).message(0x52)],
  ])('gets no password when it asks for %s', async (method, request) => {
    const { resource, received } = await impostor((socket) => void socket.write(request));
    await expect(open(resource, credential)).rejects.toThrow(`asks for ${method}, which is refused`);
    expect(received().includes(PASSWORD)).toBe(false);
  });

  test.each([
    ['md5', new BodyWriter().int32(5).int32(0x01020304).message(0x52)],
    ['cleartext', new BodyWriter().int32(3).message(0x52)],
  ] as const)('gets what the resource allows by name: %s', async (method, request) => {
    const md5 = (data: string | Buffer): string => createHash('md5').update(data).digest('hex');
    const salted = Buffer.concat([Buffer.from(md5(`${PASSWORD}app`)), Buffer.from([1, 2, 3, 4])]);
    const expected = method === 'md5' ? `md5${md5(salted)}` : PASSWORD;
    const { resource, received } = await impostor((socket, _chunk, turn) => {
      if (turn === 0) socket.write(request);
      else socket.write(Buffer.concat([encodeAuthenticationOk(), encodeReadyForQuery('I')]));
    });
    const upstream = await open({ ...resource, passwordMethods: [method] }, credential);
    upstream.socket.destroy();
    expect(received().includes(`${expected}\0`)).toBe(true);
    expect(received().includes(PASSWORD)).toBe(method === 'cleartext');
    const other = method === 'md5' ? 'cleartext' : 'md5';
    await expect(open({ ...resource, passwordMethods: [other] }, credential)).rejects.toThrow('is refused');
  });

  test('gets no further when it does not prove that it knows the password', async () => {
    const { resource } = await impostor((socket, chunk, turn) => {
      if (turn === 0) socket.write(encodeSasl(['SCRAM-SHA-256']));
      if (turn === 1) {
        const nonce = /r=([^,\0]+)$/.exec(chunk.toString('latin1'))?.[1] ?? '';
        socket.write(encodeSaslContinue(`r=${nonce}more,s=${Buffer.from('salt').toString('base64')},i=4096`));
      }
      if (turn === 2) socket.write(encodeSaslFinal(`v=${Buffer.alloc(32).toString('base64')}`));
    });
    await expect(open(resource, credential)).rejects.toThrow('did not prove that it knows the password');
  });

  test('is named when it cannot be reached, refuses the login, or speaks something else', async () => {
    await expect(open(resourceAt('127.0.0.1:1', { mode: 'disable' }))).rejects.toThrow(
      'The target orders-db cannot be reached',
    );
    const wrong = open(resourceAt(`127.0.0.1:${cluster.port}`, { mode: 'disable' }), credential);
    await expect(wrong).rejects.toThrow(
      'refused the login (28P01): the credential that Sallyport holds for it',
    );
    const { resource } = await impostor((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await expect(open(resource, credential)).rejects.toThrow('The target orders-db');
    const noTls = await impostor((socket) => void socket.write('N'));
    await expect(open({ ...noTls.resource, tls: { mode: 'require' } }, credential)).rejects.toThrow(
      'does not offer TLS',
    );
  });
});
