/** Incidents in chat, with requests, sessions and recordings of them. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { authorizeConnection } from '../../../src/access/authorize-connection.ts';
import { castVote } from '../../../src/access/cast-vote.ts';
import { readRequest } from '../../../src/access/read-access.ts';
import { endSession } from '../../../src/access/run-session.ts';
import type { ChatMessage } from '../../../src/bot/web/wire.ts';
import { Secret } from '../../../src/core/secret.ts';
import { ZERO_COUNTS } from '../../../src/core/session.ts';
import { openExaminer } from '../../../src/recording/evidence/examine.ts';
import { Journal } from '../../../src/recording/journal/journal.ts';
import { createRecordingKeys } from '../../../src/recording/keys.ts';
import { openSessionDocuments } from '../../../src/recording/session-documents.ts';
import { openRecording } from '../../../src/recording/writer.ts';
import { type ChatServer, type ChatUser, idIn, useChatServer } from './chat-server.ts';

export const INCIDENT_POLICY = `
resources:
  - name: orders-db
    kind: postgres
    address: 127.0.0.1:5432
    database: shop
    credential: { username: app_rw, password: { env: ORDERS_DB_PASSWORD } }
    tls: { mode: disable }
    labels: { env: prod }
    evidence: { uploads: true }
    roles: { read: { allow: [select] }, write: { allow: [select, insert, update, delete] } }
  - name: quiet-db
    kind: postgres
    address: 127.0.0.1:5432
    database: shop
    credential: { username: app_rw, password: { env: ORDERS_DB_PASSWORD } }
    tls: { mode: disable }
    labels: { env: prod }
    roles: { read: { allow: [select] } }
access:
  - name: prod
    who: { groups: [engineering] }
    to: { labels: { env: prod } }
    roles: [read, write]
    approval: { from: [{ group: sre }], within: 30m }
masks: [{ name: keys, detect: [aws-key], with: redact }]
identity: { oidc: { issuer: "https://idp.test.example", clientId: sallyport } }
oversight: { groups: [responders] }
freeze: { groups: [sre] }
chat: { web: { channels: [access, access-audit, general, inc-42] } }
`;
const KEYS = createRecordingKeys({
  masterKey: new Secret(randomBytes(32)),
  signingKey: generateKeyPairSync('ed25519').privateKey,
});

export interface Made {
  readonly requestId: string;
  readonly grantId: string;
}

export interface Incidents {
  /** Signed in just now, however far a test has stepped the clock: of engineering, of sre, and an overseer. */
  readonly alice: ChatUser;
  readonly bob: ChatUser;
  readonly carol: ChatUser;
  /** Where recordings are kept. */
  readonly recordings: string;
  /** Alice opens an incident. */
  opened(title: string): Promise<{ id: string; channel: string }>;
  /** Alice asks in a channel, and bob approves. */
  granted(channel: string, resource?: string): Promise<Made>;
  /** A session with a recording, ended unless `live`. @returns its ID */
  session(made: Made, options?: { live?: boolean; statements?: number }): Promise<string>;
  /** By bob unless somebody else is named. */
  download(message: ChatMessage | undefined, reader?: ChatUser): Promise<Response>;
}

/** Read what it returns inside tests only. */
export function useIncidents(): {
  readonly chat: { readonly current: ChatServer };
  readonly incidents: Incidents;
} {
  let recordings = '';
  const chat = useChatServer({
    policy: INCIDENT_POLICY,
    documents: {
      open: (sessionId, kind) =>
        openSessionDocuments({ directory: recordings, keys: KEYS }).open(sessionId, kind),
    },
    examiner: {
      publicKey: KEYS.trusted,
      examine: (sessionId, signal) =>
        openExaminer({ directory: recordings, keys: KEYS }).examine(sessionId, signal),
    },
  });
  let alice: ChatUser;
  let bob: ChatUser;
  let carol: ChatUser;

  beforeAll(async () => {
    recordings = await mkdtemp(join(tmpdir(), 'sallyport-documents-'));
  });
  afterAll(async () => {
    await rm(recordings, { recursive: true, force: true });
  });
  beforeEach(async () => {
    alice = await chat.current.user('alice', ['engineering']);
    bob = await chat.current.user('bob', ['sre']);
    carol = await chat.current.user('carol', ['responders']);
  });

  return {
    chat,
    incidents: {
      get alice() {
        return alice;
      },
      get bob() {
        return bob;
      },
      get carol() {
        return carol;
      },
      get recordings() {
        return recordings;
      },
      opened: async (title) => {
        const { reply } = await alice.say('general', `/access incident open ${title}`);
        await chat.current.settle();
        const [, id = '', channel = ''] =
          /^(i-[a-z2-7]{8}) is open\. Its channel #(\S+) /.exec(reply?.text ?? '') ?? [];
        return { id, channel };
      },
      granted: async (channel, resource = 'orders-db') => {
        const made = { alice, bob, resource };
        return granted(chat.current, channel, made);
      },
      session: (made, options = {}) => session(chat.current, made, { recordings, holder: alice, ...options }),
      download: async (message, reader = bob) => {
        const link = message?.card?.actions[0];
        if (link?.kind !== 'link') throw new Error('no file');
        return reader.request(new URL(link.url).pathname.replace('/chat/api', ''));
      },
    },
  };
}

async function granted(
  { context, settle }: ChatServer,
  channel: string,
  { alice, bob, resource }: { alice: ChatUser; bob: ChatUser; resource: string },
): Promise<Made> {
  const asked = await alice.say(
    channel,
    `/access request ${resource} as read for 1h because "<!channel> *rows* are missing"`,
  );
  const requestId = idIn(asked);
  await castVote(context, {
    requestId,
    voter: bob.person,
    verdict: 'approve',
    durationMs: null,
    note: 'go [on](https://evil.example)',
    platform: 'web',
  });
  await settle();
  const { grant } = await readRequest(context, { id: requestId });
  return { requestId, grantId: grant?.id ?? '' };
}

async function session(
  { context, settle, clock, publisher }: ChatServer,
  { requestId, grantId }: Made,
  options: { recordings: string; holder: ChatUser; live?: boolean; statements?: number },
): Promise<string> {
  const { recordings, holder, live = false, statements = 1 } = options;
  const answer = await authorizeConnection(context, {
    handle: grantId,
    kind: 'postgres',
    clientAddress: '10.0.0.1',
    application: 'psql',
    replica: 'test',
  });
  if (!answer.authorized) throw new Error(answer.reason);
  const { sessionId } = answer;
  const { approvers, resource } = { approvers: [], resource: 'orders-db' };
  const journal = new Journal({ directory: recordings, keys: KEYS, sync: 100 });
  const recorder = openRecording({
    journal,
    facts: {
      ...{ sessionId, grantId, requestId, approvers, resource },
      ...{ resourceKind: 'postgres', role: 'read', reason: 'rows are missing', incident: null },
      ...{ clientAddress: '10.0.0.1', application: 'psql', policyVersion: 'test' },
      holder: { id: holder.person.id, name: 'Alice', email: 'alice@example.com' },
      startedAt: clock.now().toISOString(),
    },
  });
  for (let statement = 1; statement <= statements; statement += 1) {
    recorder.append({
      ...{ type: 'statement', atMs: statement, statement, parameters: [], textSha256: '0'.repeat(64) },
      protocol: 'simple',
      text: statements === 1 ? 'select email from customers' : `select '${'x'.repeat(200_000)}'`,
      analysis: [],
      verdict: { action: 'allow', rule: null, reason: 'the role allows select' },
    });
    recorder.note({
      ...{ type: 'rows', atMs: 2, statement, columns: [{ name: 'email', masked: true }] },
      rows: [['<redacted>']],
    });
  }
  if (!live) {
    const { headHex } = await recorder.close();
    await endSession(context, {
      sessionId,
      reason: 'client-closed',
      counts: { ...ZERO_COUNTS, commands: 3, denied: 1, maskedCells: 1 },
      recordingHead: headHex,
      riskiest: [
        {
          at: clock.now(),
          text: 'delete from customers where email = $1 ```',
          operation: 'delete',
          action: 'deny',
          rule: 'role',
        },
      ],
    });
  } else {
    await recorder.close();
  }
  await journal.close();
  await publisher.syncCard('session', sessionId);
  await settle();
  return sessionId;
}

/** The messages that hold a file. */
export const files = (messages: readonly ChatMessage[]): readonly ChatMessage[] =>
  messages.filter(({ card }) => card?.actions.some((one) => one.kind === 'link' && one.label === 'Download'));
