/** An OpenSSH server, the store and a broker in front of the server; clients of both. */
import { randomBytes, randomUUID } from 'node:crypto';
import { chmod, open } from 'node:fs/promises';
import { join } from 'node:path';
import pino from 'pino';
import type { AccessContext } from '../src/access/context.ts';
import { issueGrant } from '../src/access/issue-grant.ts';
import { NO_ON_CALL, NO_TICKETS } from '../src/access/no-lookups.ts';
import { requestAccess } from '../src/access/request-access.ts';
import { revealConnection } from '../src/access/reveal-connection.ts';
import { type Broker, createBroker } from '../src/broker/broker.ts';
import { generateCertificate } from '../src/broker/certificate.ts';
import { cryptoKind } from '../src/broker/ssh/algorithms.ts';
import { brokerHostKey } from '../src/broker/ssh/host-key.ts';
import { readSecret } from '../src/config.ts';
import { systemClock } from '../src/core/clock.ts';
import type { Identity } from '../src/core/identity.ts';
import { Secret } from '../src/core/secret.ts';
import { parsePolicyDocument } from '../src/policies/document/parse.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../src/store/embedded/supervisor.ts';
import { openStore } from '../src/store/open-store.ts';
import { freePort } from '../test/support/free-port.ts';
import { openTestKeyring } from '../test/support/keyring.ts';
import { type SshClient, sshClient } from '../test/support/ssh/clients.ts';
import { type Sshd, startSshd, TARGET_ACCOUNT } from '../test/support/ssh/sshd.ts';
import { enrol } from './enrol.ts';

/** In the account's home directory. */
export const BULK_FILE = 'bulk';
export const BULK_BYTES = 300_000_000;
const BLOCK_BYTES = 1_000_000;

export type SshRoute = 'direct' | 'sallyport';
export type SshClients = Readonly<Record<SshRoute, SshClient>>;

export interface SshBenchSetup {
  /** Commands under a role without a list and with a rule. */
  readonly commands: SshClients;
  /** A terminal. */
  readonly raw: SshClients;
  /** A copy of the bulk file on this side. */
  readonly bulkFile: string;
  readonly broker: Broker;
  /** How ssh2 encrypts here. */
  readonly crypto: 'native' | 'fallback';
  stop(): Promise<void>;
}

/** Starts everything below `directory`; what was started is stopped again when that fails. */
export async function startSshBench(directory: string): Promise<SshBenchSetup> {
  const started: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const stopPart of started.splice(0).reverse()) await stopPart();
  };
  try {
    const sshd = await startSshd();
    started.push(sshd.stop);
    const bulkFile = join(directory, BULK_FILE);
    await writeBulk(join(sshd.home, BULK_FILE));
    await writeBulk(bulkFile);
    const cluster = await startEmbeddedPostgres({ directory: join(directory, 'cluster') });
    started.push(cluster.stop);
    const parts = await startOn({ cluster, sshd, directory, started });
    return { ...parts, bulkFile, crypto: cryptoKind(), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Bytes that nothing on the way can compress or skip. */
async function writeBulk(path: string): Promise<void> {
  const file = await open(path, 'w');
  const block = randomBytes(BLOCK_BYTES);
  for (let written = 0; written < BULK_BYTES; written += BLOCK_BYTES) await file.write(block);
  await file.close();
  await chmod(path, 0o644);
}

async function startOn(of: {
  readonly cluster: EmbeddedPostgres;
  readonly sshd: Sshd;
  readonly directory: string;
  readonly started: (() => Promise<unknown>)[];
}): Promise<Pick<SshBenchSetup, 'commands' | 'raw' | 'broker'>> {
  const { cluster, sshd, directory, started } = of;
  const store = await openStore({ url: new Secret(cluster.url('postgres')) });
  started.push(() => store.close());
  await store.migrate();
  const port = await freePort();
  const policy = readPolicy({ sshd, directory, port });
  const secretKey = new Secret(randomBytes(32));
  const hostKey = brokerHostKey(secretKey).publicLine;
  const access: AccessContext = {
    onCall: NO_ON_CALL,
    tickets: NO_TICKETS,
    store,
    clock: systemClock,
    random: (bytes) => randomBytes(bytes),
    policy: { current: () => policy },
    settings: {
      publicUrl: 'http://127.0.0.1',
      postgres: { host: '127.0.0.1', port: 0 },
      ssh: { host: '127.0.0.1', port, hostKey },
      readSecret: (reference) => readSecret(reference, { directory, environment: {} }),
    },
  };
  const broker = createBroker({
    access,
    keys: (await openTestKeyring(store)).recording,
    logger: pino({ level: 'error' }, pino.destination(2)),
    tls: await generateCertificate({ publicHost: 'localhost', now: systemClock.now() }),
    replica: 'bench',
    secretKey,
  });
  await broker.start();
  started.push(() => broker.stop());
  const engineer = await enrol(access);
  const client = async (login: Parameters<typeof sshClient>[0]): Promise<SshClient> => {
    const made = await sshClient(login);
    started.push(made.remove);
    return made;
  };
  const direct = await client({ ...sshd, username: TARGET_ACCOUNT });
  const granted = async (resource: string, role: string): Promise<SshClients> => {
    const { username, password } = await openGrant({ access, broker, engineer, resource, role });
    const own = { host: '127.0.0.1', port, hostKey, username, secret: password };
    return { direct, sallyport: await client(own) };
  };
  return { commands: await granted('web-1', 'run'), raw: await granted('web-2', 'breakglass'), broker };
}

async function openGrant(options: {
  readonly access: AccessContext;
  readonly broker: Broker;
  readonly engineer: Identity;
  readonly resource: string;
  readonly role: string;
}): Promise<{ readonly username: string; readonly password: string }> {
  const { access, broker, engineer, resource, role } = options;
  const request = await requestAccess(access, {
    requester: engineer,
    resource,
    role,
    durationMs: 3_600_000,
    reason: 'bench',
    ticket: null,
    incident: null,
    origin: null,
    idempotencyKey: randomUUID(),
  });
  const grantId = request.grant?.id ?? '';
  await issueGrant(access, { grantId, preparer: broker });
  return revealConnection(access, { grantId, by: engineer, platform: 'web' });
}

function readPolicy(options: { readonly sshd: Sshd; readonly directory: string; readonly port: number }) {
  const { sshd } = options;
  // Where a rule judges commands there is no terminal in which nothing is judged.
  const resource = (name: string, roles: string): string => `
  - name: ${name}
    kind: ssh
    address: ${sshd.address}
    hostKey: ${sshd.hostKey}
    credential: { username: ${TARGET_ACCOUNT}, privateKey: { file: ${sshd.privateKeyFile} } }
    sessionsMax: 1000
    roles: ${roles}`;
  const parsed = parsePolicyDocument(`
resources:${resource('web-1', '{ run: { shell: exec } }')}${resource('web-2', '{ breakglass: { shell: raw } }')}
access:
  - { name: all, who: { groups: [engineering] }, to: { kind: ssh }, roles: [run, breakglass], approval: auto }
rules:
  - { name: no-force, on: { name: web-1 }, match: { programs: [rm], arguments: ["-*f*"] }, action: deny }
broker: { postgres: { address: "127.0.0.1:0" }, ssh: { address: "127.0.0.1:${options.port}" } }
recording: { directory: ${join(options.directory, 'recordings')} }
`);
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('\n'));
  return parsed;
}
