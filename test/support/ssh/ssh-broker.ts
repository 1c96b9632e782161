/**
 * A broker on a free port in front of a real OpenSSH server, over the real store and use cases. Tests connect with
 * real clients and ask the host itself what happened.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, beforeAll, expect } from 'vitest';
import type { AccessContext } from '../../../src/access/context.ts';
import { issueGrant } from '../../../src/access/issue-grant.ts';
import { listSessions } from '../../../src/access/read-access.ts';
import { requestAccess } from '../../../src/access/request-access.ts';
import { revealConnection } from '../../../src/access/reveal-connection.ts';
import type { RevealedHost, SessionView } from '../../../src/access/views.ts';
import { type Broker, createBroker } from '../../../src/broker/broker.ts';
import { generateCertificate } from '../../../src/broker/certificate.ts';
import { brokerHostKey } from '../../../src/broker/ssh/host-key.ts';
import type { Identity, Person } from '../../../src/core/identity.ts';
import { Secret } from '../../../src/core/secret.ts';
import type { RecordingEvent } from '../../../src/recording/events.ts';
import type { RecordingKeys } from '../../../src/recording/keys.ts';
import { recordingPath } from '../../../src/recording/layout.ts';
import { readRecording } from '../../../src/recording/reader.ts';
import { type TestAccess, useTestAccess } from '../access.ts';
import { freePort } from '../free-port.ts';
import { openTestKeyring } from '../keyring.ts';
import { type SshClient, type SshLogin, sshClient } from './clients.ts';
import { type Sshd, TARGET_ACCOUNT } from './sshd.ts';

const ENDED_PATIENCE = { timeout: 10_000, interval: 20 };
/** The host's name in the policy. */
const HOST = 'web-1';

export interface SshBroker {
  readonly access: TestAccess;
  readonly broker: Broker;
  readonly sshd: Sshd;
  readonly port: number;
  /** Where the same broker listens for databases. */
  readonly postgresPort: number;
  /** Of the broker: `ssh-ed25519 AAAA…`. */
  readonly hostKey: string;
  readonly keys: RecordingKeys;
  /** Of the recordings. */
  readonly directory: string;
  /** Of the context that the broker has; another broker of the same deployment needs it. */
  readonly context: AccessContext;
  readonly secretKey: Secret<Buffer>;
  readonly alice: Person;
  /** The text of the policy that it began with; `access.applyPolicy` puts another into force. */
  readonly policy: string;
  /** Everything that was logged, as text. */
  readonly log: () => string;
  /** Alice asks, is approved by policy, is issued and revealed. */
  connection(role: string, options?: { durationMs?: number }): Promise<RevealedHost>;
  /** How a client connects with the handle and the secret. */
  login(connection: RevealedHost, changes?: Partial<SshLogin>): SshLogin;
  /** A client under a grant of its own; removed with the file. */
  client(
    role: string,
    changes?: Partial<SshLogin>,
  ): Promise<SshClient & { readonly connection: RevealedHost }>;
  /** The session of a grant once it has ended. */
  endedSession(grantId: string): Promise<SessionView>;
  events(sessionId: string): Promise<RecordingEvent[]>;
}

export interface SshBrokerOptions {
  readonly sshd: { readonly current: Sshd };
  /** The roles of the host, as YAML; `DEFAULT_ROLES` when left out. */
  readonly roles?: string;
  /** More sections of the policy, or more of the resource's, as YAML. */
  readonly rules?: string;
  readonly masks?: string;
  readonly settings?: string;
  readonly recording?: string;
  readonly resource?: string;
  /** Of the host's account, in place of its private key. */
  readonly password?: string;
  /** Whom a token stands for; refused when left out. */
  readonly identify?: (token: string) => Promise<Identity>;
  /** Between the broker and the store's use cases. */
  readonly wrapContext?: (context: AccessContext) => AccessContext;
  /** Milliseconds; a real clock when left out. */
  readonly monotonic?: () => number;
}

const DEFAULT_ROLES = `
      run: { shell: exec }
      look: { shell: exec, programs: [ls, cat, echo] }
      operator: { shell: guided }
      breakglass: { shell: raw }`;

/** Starts everything before the file's tests and checks at the end that nothing is left. */
export function useSshBroker(options: SshBrokerOptions): { readonly current: SshBroker } {
  const access = useTestAccess();
  let harness: (SshBroker & { stop(): Promise<void> }) | null = null;
  beforeAll(async () => {
    harness = await startHarness(access.current, options);
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

async function startHarness(
  access: TestAccess,
  options: SshBrokerOptions,
): Promise<SshBroker & { stop(): Promise<void> }> {
  const sshd = options.sshd.current;
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-ssh-broker-test-'));
  const port = await freePort();
  const policy = policyFor(options, { sshd, directory, port });
  access.applyPolicy(policy);
  const secretKey = new Secret(randomBytes(32));
  const hostKey = brokerHostKey(secretKey).publicLine;
  const { readSecret } = access.context.settings;
  const settings = {
    ...access.context.settings,
    ssh: { host: '127.0.0.1', port, hostKey },
    readSecret: (reference: Parameters<typeof readSecret>[0]) =>
      'env' in reference ? new Secret(options.password ?? '') : readSecret(reference),
  };
  const own = { ...access.context, settings };
  const context = options.wrapContext?.(own) ?? own;
  const keys = (await openTestKeyring(access.store)).recording;
  const lines: string[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
  const tls = await generateCertificate({ publicHost: 'broker.test', now: new Date() });
  const broker = createBroker({
    access: context,
    keys,
    logger,
    tls,
    replica: 'test-replica',
    secretKey,
    ...(options.identify === undefined ? {} : { identify: options.identify }),
    ...(options.monotonic === undefined ? {} : { monotonic: options.monotonic }),
  });
  const { port: postgresPort } = await broker.start();
  const alice = await access.person('alice', ['engineering']);
  const clients: SshClient[] = [];
  const connection: SshBroker['connection'] = (role, { durationMs = 3_600_000 } = {}) =>
    openGrant({ context, broker, alice, role, durationMs });
  const login: SshBroker['login'] = ({ username, password }, changes) => ({
    host: '127.0.0.1',
    port,
    hostKey,
    username,
    secret: password,
    ...changes,
  });
  return {
    access,
    broker,
    sshd,
    port,
    postgresPort,
    hostKey,
    keys,
    directory,
    context,
    secretKey,
    alice,
    policy,
    log: () => lines.join(''),
    connection,
    login,
    client: async (role, changes) => {
      const revealed = await connection(role);
      const client = await sshClient(login(revealed, changes));
      clients.push(client);
      return { ...client, connection: revealed };
    },
    endedSession: (grantId) => endedSession(context, grantId),
    events: async (sessionId) => {
      const events: RecordingEvent[] = [];
      for await (const event of readRecording({ path: recordingPath(directory, sessionId), keys }))
        events.push(event);
      return events;
    },
    stop: async () => {
      await broker.stop();
      await Promise.all(clients.map((client) => client.remove()));
      await rm(directory, { recursive: true, force: true });
      expect(broker.liveSessions).toBe(0);
    },
  };
}

function policyFor(
  options: SshBrokerOptions,
  of: { readonly sshd: Sshd; readonly directory: string; readonly port: number },
): string {
  const { roles = DEFAULT_ROLES } = options;
  const names = [...roles.matchAll(/^ {6}([\w-]+):/gm)].map(([, name]) => name);
  const secret =
    options.password === undefined
      ? `privateKey: { file: ${of.sshd.privateKeyFile} }`
      : 'password: { env: TARGET_PASSWORD }';
  return `
resources:
  - name: ${HOST}
    kind: ssh
    address: ${of.sshd.address}
    hostKey: ${of.sshd.hostKey}
    credential: { username: ${TARGET_ACCOUNT}, ${secret} }
    labels: { env: prod }
${options.resource ?? ''}
    roles:${roles}
access:
  - { name: all, who: { groups: [engineering] }, to: { kind: ssh }, roles: [${names.join(', ')}], maxDuration: 4h, approval: auto }
rules:
${options.rules ?? '  []'}
masks:
${options.masks ?? '  []'}
broker:
  postgres: { address: "127.0.0.1:0" }
  ssh: { address: "127.0.0.1:${of.port}" }
${options.settings ?? ''}
recording: { directory: ${of.directory}${options.recording === undefined ? '' : `, ${options.recording}`} }
`;
}

async function openGrant(options: {
  context: AccessContext;
  broker: Broker;
  alice: Person;
  role: string;
  durationMs: number;
}): Promise<RevealedHost> {
  const { context, broker, alice, role, durationMs } = options;
  const request = await requestAccess(context, {
    requester: alice,
    resource: HOST,
    role,
    durationMs,
    reason: 'the pages are slow',
    ticket: null,
    incident: null,
    origin: null,
    idempotencyKey: randomUUID(),
  });
  const grantId = request.grant?.id ?? '';
  await issueGrant(context, { grantId, preparer: broker });
  const revealed = await revealConnection(context, { grantId, by: alice, platform: 'web' });
  if (revealed.kind !== 'ssh') throw new Error('The grant is not for a host.');
  return revealed;
}

async function endedSession(context: AccessContext, grantId: string): Promise<SessionView> {
  const find = async (): Promise<SessionView | undefined> => {
    const sessions = await listSessions(context, { viewer: null });
    return sessions.find((session) => session.grantId === grantId && session.endedAt !== null);
  };
  await expect.poll(find, ENDED_PATIENCE).toBeDefined();
  const session = await find();
  if (session === undefined) throw new Error(`The session of ${grantId} is gone.`);
  return session;
}
