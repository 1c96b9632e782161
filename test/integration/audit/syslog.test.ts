/** Syslog over TLS to a real rsyslog, which is restarted meanwhile. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SyslogSettings } from '../../../src/audit/sinks/settings.ts';
import { Secret } from '../../../src/core/secret.ts';
import { listSinkLetters } from '../../../src/store/operations/sink-letters.ts';
import { findSink } from '../../../src/store/operations/sinks.ts';
import { freePort } from '../../support/free-port.ts';
import { writeCertificates } from '../../support/sinks/certificates.ts';
import { judge, logEvents } from '../../support/sinks/log-of-events.ts';
import { type Received, receivedFrom } from '../../support/sinks/receivers.ts';
import { startRsyslog } from '../../support/sinks/rsyslog.ts';
import { useTestStore } from '../../support/store.ts';
import { enrol, NO_TLS, runOnce, runUntil } from './sink-harness.ts';

const EVENTS = 1_200;
const store = useTestStore();
let directory = '';
let port = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sallyport-syslog-'));
  await writeCertificates(directory, 'good');
  await writeCertificates(directory, 'other');
  port = await freePort();
  await logEvents(store.current, EVENTS);
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

const pem = (file: string): Promise<string> => readFile(join(directory, file), 'utf8');

async function settingsWith(options: {
  readonly ca: string;
  readonly client?: string;
  readonly more?: Partial<SyslogSettings>;
}): Promise<SyslogSettings> {
  const { ca, client, more } = options;
  return {
    kind: 'syslog',
    host: '127.0.0.1',
    port,
    encrypted: true,
    timeoutMs: 5_000,
    facility: 13,
    hostname: 'sallyport.test',
    messageBytesMax: 65_536,
    confirm: 'close',
    tls: {
      ca: await pem(`${ca}-ca.pem`),
      certificate: client === undefined ? null : await pem(`${client}-client.pem`),
      key: client === undefined ? null : new Secret(await pem(`${client}-client.key`)),
    },
    ...more,
  };
}

function parse(line: string): Received {
  expect(line).toMatch(/^<\d{1,3}>1 \d{4}-\d\d-\d\dT\S+Z sallyport\.test sallyport - \S+ \[meta /);
  return receivedFrom(JSON.parse(line.slice(line.indexOf('{'))));
}

test('what rsyslog was sent while it restarts is all there, in order', async () => {
  await enrol(store.current, 'rsyslog');
  const options = { directory, certificates: 'good', port, clients: 'certified' } as const;
  const settings = await settingsWith({ ca: 'good', client: 'good' });
  const run = { name: 'rsyslog', settings, budgetMs: 0 };
  let server = await startRsyslog(options);
  try {
    const half = runUntil(store.current, { ...run, budgetMs: 60_000 }, EVENTS);
    await expect
      .poll(async () => (await findSink(store.current.read(), run))?.cursor, { timeout: 20_000 })
      .not.toBe(0);
    await server.stop();
    server = await startRsyslog(options);
    await half;
    const received = (await server.received()).map(parse);
    expect(judge(received, EVENTS)).toMatchObject({ missing: 0, disordered: 0 });
  } finally {
    await server.stop();
  }
});

test('a server with another certificate, and one that does not know ours, get nothing', async () => {
  await enrol(store.current, 'tls');
  const server = await startRsyslog({ directory, certificates: 'good', port, clients: 'certified' });
  try {
    const before = (await server.received()).length;
    const wrong = [
      await settingsWith({ ca: 'other', client: 'good' }),
      await settingsWith({ ca: 'good', client: 'other' }),
      await settingsWith({ ca: 'good' }),
    ];
    for (const [index, settings] of wrong.entries()) {
      const outcome = await runOnce(store.current, { name: 'tls', settings });
      expect(outcome, `case ${index}`).toMatchObject({
        sent: 0,
        problem: expect.stringContaining('127.0.0.1'),
      });
      await store.current.read().execute(`update sink set next_attempt_at = '-infinity' where name = 'tls'`);
    }
    expect(await findSink(store.current.read(), { name: 'tls' })).toMatchObject({ cursor: 0, failures: 3 });
    expect(await server.received()).toHaveLength(before);
  } finally {
    await server.stop();
  }
});

test('a receiver that reads and does not close has confirmed nothing', async () => {
  await enrol(store.current, 'deaf');
  const sockets: Socket[] = [];
  const deaf = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket.resume().on('error', () => undefined));
  });
  await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve));
  const address = deaf.address();
  const own = typeof address === 'object' && address !== null ? address.port : 0;
  const more = { encrypted: false, port: own, timeoutMs: 300 };
  const settings = { ...(await settingsWith({ ca: 'good', more })), tls: NO_TLS };
  const outcome = await runOnce(store.current, { name: 'deaf', settings });
  expect(outcome?.problem).toBe(`127.0.0.1:${own} did not take the events within 300ms`);
  expect(await findSink(store.current.read(), { name: 'deaf' })).toMatchObject({ cursor: 0 });

  // Unless that is said to be enough.
  await store.current.read().execute(`update sink set next_attempt_at = '-infinity' where name = 'deaf'`);
  await runUntil(store.current, { name: 'deaf', settings: { ...settings, confirm: 'written' } }, EVENTS);
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => deaf.close(resolve));
});

test('an event that is longer than the receiver takes is put aside', async () => {
  await enrol(store.current, 'short');
  const server = createServer((socket) => socket.resume().on('error', () => undefined));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const own = typeof address === 'object' && address !== null ? address.port : 0;
  const more = { encrypted: false, port: own, messageBytesMax: 100 };
  const settings = { ...(await settingsWith({ ca: 'good', more })), tls: NO_TLS };
  const outcome = await runOnce(store.current, { name: 'short', settings });
  expect(outcome?.problem).toMatch(
    /^it refuses every event: the message has \d+ bytes; messageBytesMax is 100$/,
  );
  expect(await listSinkLetters(store.current.read(), { sink: 'short', limit: 1 })).toEqual([]);
  await new Promise((resolve) => server.close(resolve));
});
