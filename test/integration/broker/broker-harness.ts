/**
 * A broker on a free port in front of a private copy of the sample shop, over the real store and use
 * cases. Tests connect with real clients and ask the target itself what happened.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import pino from 'pino';
import { afterAll, beforeAll, expect } from 'vitest';
import type { AccessContext } from '../../../src/access/context.ts';
import { issueGrant } from '../../../src/access/issue-grant.ts';
import { listSessions } from '../../../src/access/read-access.ts';
import { requestAccess } from '../../../src/access/request-access.ts';
import type { RevealedDatabase, SessionView } from '../../../src/access/views.ts';
import { type Broker, createBroker } from '../../../src/broker/broker.ts';
import { generateCertificate } from '../../../src/broker/certificate.ts';
import type { Person } from '../../../src/core/identity.ts';
import { Secret } from '../../../src/core/secret.ts';
import type { RecordingEvent } from '../../../src/recording/events.ts';
import type { RecordingKeys } from '../../../src/recording/keys.ts';
import { recordingPath } from '../../../src/recording/layout.ts';
import { readRecording } from '../../../src/recording/reader.ts';
import { type TestAccess, useTestAccess } from '../../support/access.ts';
import { type TestShop, useTestShop } from '../../support/database.ts';
import { openTestKeyring } from '../../support/keyring.ts';
import { revealDatabase } from '../../support/reveal-database.ts';

const ENDED_PATIENCE_MS = 8_000;
const POLL_MS = 20;

export interface Connection extends RevealedDatabase {
  /** With the port that the broker really listens on. */
  readonly url: string;
}

export interface BrokerHarness {
  readonly access: TestAccess;
  readonly broker: Broker;
  readonly shop: TestShop;
  readonly port: number;
  readonly keys: RecordingKeys;
  readonly directory: string;
  readonly certificatePem: string;
  /** Of the context that the broker has; another broker of the same deployment needs it. */
  readonly context: AccessContext;
  readonly secretKey: Secret<Buffer>;
  readonly alice: Person;
  /** The text of the policy that it began with; `access.applyPolicy` puts another into force. */
  readonly policy: string;
  /** Everything that was logged, as text. */
  readonly log: () => string;
  /** Asks, is approved by policy, is issued and revealed. */
  connection(role: string, options?: { durationMs?: number }): Promise<Connection>;
  /** A connected client of the `pg` package; ended with the file. */
  client(connection: Connection, options?: object): Promise<Client>;
  /** The session of a grant once it has ended. */
  endedSession(grantId: string): Promise<SessionView>;
  events(sessionId: string): Promise<RecordingEvent[]>;
}

export interface HarnessOptions {
  /** The target; a private copy of the sample shop when left out. */
  readonly shop?: { readonly current: TestShop };
  /** Leaves out the one rule that the policy has otherwise. */
  readonly withoutRules?: boolean;
  /** More sections of the policy, or more of the resource's, as YAML. */
  readonly rules?: string;
  readonly masks?: string;
  readonly settings?: string;
  readonly resource?: string;
  /** More roles of the resource; their credentials may name SHOP_ADMIN, the superuser's password. */
  readonly roles?: string;
  /** Where the broker listens; a free port of the loopback address when left out. */
  readonly listen?: string;
  /** Between the broker and the store's use cases. */
  readonly wrapContext?: (context: AccessContext) => AccessContext;
}

const NO_UNBOUNDED_WRITES = `
  - name: no-unbounded-writes
    on: { kind: postgres }
    match: { effects: [delete, update], missingWhere: true }
    action: deny
    message: Add a WHERE clause. Whole-table writes need a migration.`;

function policyFor(shop: TestShop, options: HarnessOptions & { directory: string; address: string }): string {
  const { writer, reader, owner } = shop.credentials;
  const credential = (of: { username: string }, name: string): string =>
    `{ username: ${of.username}, password: { env: ${name} } }`;
  const more = [...(options.roles ?? '').matchAll(/^ {6}([\w-]+):/gm)].map(([, name]) => name);
  const roles = ['read', 'write', 'owner', ...more];
  return `
resources:
  - name: orders-db
    kind: postgres
    address: ${options.address}
    database: ${shop.name}
    credential: ${credential(writer, 'SHOP_WRITER')}
    tls: { mode: disable }
    labels: { env: prod }
${options.resource ?? ''}
    roles:
      read: { allow: [select], credential: ${credential(reader, 'SHOP_READER')} }
      write: { allow: [select, insert, update, delete, merge, copy-in, copy-out, listen] }
      owner: { allow: all, credential: ${credential(owner, 'SHOP_OWNER')} }
${options.roles ?? ''}
access:
  - { name: all, who: { groups: [engineering] }, to: { kind: postgres }, roles: [${roles.join(', ')}], maxDuration: 4h, approval: auto }
rules:${options.withoutRules === true ? ' []' : NO_UNBOUNDED_WRITES}
${options.rules ?? ''}
masks:
${options.masks ?? '  []'}
broker:
  postgres: { address: "${options.listen ?? '127.0.0.1:0'}" }
${options.settings ?? ''}
recording: { directory: ${options.directory}, rowsPerStatementMax: 5 }
`;
}

/** Starts everything before the file's tests and checks at the end that nothing is left. */
export function useBroker(options: HarnessOptions = {}): { readonly current: BrokerHarness } {
  const shop = options.shop ?? useTestShop();
  const secrets: Record<string, string> = {};
  const access = useTestAccess({ secrets });
  let harness: (BrokerHarness & { stop(): Promise<void> }) | null = null;
  beforeAll(async () => {
    const { credentials } = shop.current;
    secrets['SHOP_WRITER'] = credentials.writer.password;
    secrets['SHOP_READER'] = credentials.reader.password;
    secrets['SHOP_OWNER'] = credentials.owner.password;
    secrets['SHOP_ADMIN'] = decodeURIComponent(new URL(shop.current.url.reveal()).password);
    harness = await startHarness({ shop: shop.current, access: access.current, options, secrets });
  });
  afterAll(async () => {
    await harness?.stop();
    harness = null;
  });
  return {
    get current() {
      if (harness === null) throw new Error('The broker exists only while tests run.');
      return harness;
    },
  };
}

async function startHarness(input: {
  shop: TestShop;
  access: TestAccess;
  options: HarnessOptions;
  secrets: Record<string, string>;
}): Promise<BrokerHarness & { stop(): Promise<void> }> {
  const { shop, access, options } = input;
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-broker-test-'));
  const policy = policyFor(shop, { ...options, directory, address: `${shop.host}:${shop.port}` });
  access.applyPolicy(policy);
  const settings = {
    ...access.context.settings,
    readSecret: (reference: object) =>
      new Secret(input.secrets['env' in reference ? String(reference.env) : ''] ?? ''),
  };
  const context = options.wrapContext?.({ ...access.context, settings }) ?? { ...access.context, settings };
  const keys = (await openTestKeyring(access.store)).recording;
  const lines: string[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
  const tls = await generateCertificate({ publicHost: 'broker.test', now: new Date() });
  const secretKey = new Secret(randomBytes(32));
  const broker = createBroker({ access: context, keys, logger, tls, replica: 'test-replica', secretKey });
  const { port } = await broker.start();
  const alice = await access.person('alice', ['engineering']);
  const clients: Client[] = [];
  return {
    access,
    broker,
    shop,
    port,
    keys,
    directory,
    certificatePem: tls.certificatePem,
    context,
    secretKey,
    alice,
    policy,
    log: () => lines.join(''),
    connection: (role, { durationMs = 3_600_000 } = {}) =>
      openGrant({ context, broker, alice, port, role, durationMs }),
    client: async (connection, extra = {}) => {
      const client = new Client({
        host: '127.0.0.1',
        port,
        user: connection.username,
        password: connection.password,
        database: connection.database,
        ...extra,
      });
      client.on('error', () => undefined);
      clients.push(client);
      await client.connect();
      return client;
    },
    endedSession: (grantId) => waitForEnd(context, grantId),
    events: async (sessionId) => {
      const events: RecordingEvent[] = [];
      for await (const event of readRecording({ path: recordingPath(directory, sessionId), keys }))
        events.push(event);
      return events;
    },
    stop: async () => {
      await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
      await broker.stop();
      expect(broker.liveSessions).toBe(0);
      expect((await readdir(directory)).length).toBeGreaterThan(0);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function openGrant(options: {
  context: AccessContext;
  broker: Broker;
  alice: Person;
  port: number;
  role: string;
  durationMs: number;
}): Promise<Connection> {
  const { context, broker, alice, port } = options;
  const request = await requestAccess(context, {
    requester: alice,
    resource: 'orders-db',
    role: options.role,
    durationMs: options.durationMs,
    reason: 'a customer cannot pay',
    ticket: null,
    incident: null,
    origin: null,
    idempotencyKey: randomUUID(),
  });
  const grantId = request.grant?.id ?? '';
  await issueGrant(context, { grantId, preparer: broker });
  const revealed = await revealDatabase(context, { grantId, by: alice });
  const { username, password, database } = revealed;
  return { ...revealed, port, url: `postgresql://${username}:${password}@127.0.0.1:${port}/${database}` };
}

async function waitForEnd(context: AccessContext, grantId: string): Promise<SessionView> {
  for (let waitedMs = 0; waitedMs < ENDED_PATIENCE_MS; waitedMs += POLL_MS) {
    const sessions = await listSessions(context, { viewer: null });
    const session = sessions.find((candidate) => candidate.grantId === grantId && candidate.endedAt !== null);
    if (session !== undefined) return session;
    await sleep(POLL_MS);
  }
  throw new Error(`no session of ${grantId} has ended`);
}
