/** People with registered keys, clients that show them, and a host that has to be asked for. */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { castVote } from '../../../../src/access/cast-vote.ts';
import { issueGrant } from '../../../../src/access/issue-grant.ts';
import { readRequest } from '../../../../src/access/read-access.ts';
import { registerKey } from '../../../../src/access/ssh-keys.ts';
import type { Identity, Person } from '../../../../src/core/identity.ts';
import { type SshClient, type SshLogin, sshClient } from '../../../support/ssh/clients.ts';
import { type KeyFile, makeKey } from '../../../support/ssh/host-keys.ts';
import type { SshBroker } from '../../../support/ssh/ssh-broker.ts';

const POLL_MS = 20;
const PATIENCE_MS = 15_000;

/** Keys are those of the identity provider's people. */
export const LOGIN_SETTINGS =
  'identity: { oidc: { issuer: https://idp.test.example, clientId: sallyport } }\n';

export interface Requested {
  readonly id: string;
  readonly state: string;
  readonly role: string;
  readonly reason: string;
  readonly durationMs: number;
}

export interface LoginTools {
  /** Somebody new, in these groups. */
  person(name: string, groups?: readonly string[]): Promise<Person>;
  key(type?: string): KeyFile;
  register(by: Person, key: KeyFile): Promise<{ readonly id: string }>;
  /** The real client with this key, or with answers alone. */
  client(changes: Partial<SshLogin> & { readonly username: string }): Promise<SshClient>;
  requestsOf(by: Identity): Promise<readonly Requested[]>;
  /** Waits for the only request of somebody. */
  requestOf(by: Identity): Promise<Requested>;
  vote(requestId: string, verdict: 'approve' | 'deny', note?: string): Promise<void>;
  /** Prepares what was granted. */
  issue(requestId: string): Promise<string>;
}

export function useLogins(broker: { readonly current: SshBroker }): LoginTools {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-login-test-'));
  const clients: SshClient[] = [];
  let made = 0;
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.remove()));
    await rm(directory, { recursive: true });
  });
  const requestsOf: LoginTools['requestsOf'] = async ({ id }) => {
    const rows = await broker.current.access.store
      .read()
      .execute<{ id: string }[]>('select id from access_request where requester_id = ? order by created_at', [
        id,
      ]);
    return Promise.all(rows.map((row) => readRequest(broker.current.context, { id: row.id })));
  };
  return {
    person: (name, groups = ['engineering']) => broker.current.access.person(name, groups),
    key: (type) => {
      made += 1;
      return makeKey({ file: join(directory, `key-${made}`), ...(type === undefined ? {} : { type }) });
    },
    register: (by, key) => registerKey(broker.current.context, { line: key.publicKey, by }),
    client: async (changes) => {
      const { port, hostKey } = broker.current;
      const client = await sshClient({ host: '127.0.0.1', port, hostKey, ...changes });
      clients.push(client);
      return client;
    },
    requestsOf,
    requestOf: async (by) => {
      for (let waitedMs = 0; ; waitedMs += POLL_MS) {
        const [request, ...others] = await requestsOf(by);
        if (request !== undefined && others.length === 0) return request;
        if (waitedMs > PATIENCE_MS) throw new Error(`${by.name} has ${others.length} requests`);
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    },
    vote: async (requestId, verdict, note) => {
      const voter = await broker.current.access.person('bob', ['sre']);
      const ballot = { requestId, voter, verdict, durationMs: null, note: note ?? null };
      await castVote(broker.current.context, { ...ballot, platform: 'web' });
    },
    issue: async (requestId) => {
      const { context, broker: preparer } = broker.current;
      const { grant } = await readRequest(context, { id: requestId });
      const grantId = grant?.id ?? '';
      await issueGrant(context, { grantId, preparer });
      return grantId;
    },
  };
}
