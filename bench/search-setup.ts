/** A database with people, requests and sessions, and what was recorded of them. */
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { AccessContext } from '../src/access/context.ts';
import { NO_ON_CALL, NO_TICKETS } from '../src/access/no-lookups.ts';
import { requestAccess } from '../src/access/request-access.ts';
import { systemClock } from '../src/core/clock.ts';
import { base32 } from '../src/core/grant.ts';
import type { Person } from '../src/core/identity.ts';
import { Secret } from '../src/core/secret.ts';
import { ZERO_COUNTS } from '../src/core/session.ts';
import { upsertPerson } from '../src/identity/persons.ts';
import { parsePolicyDocument } from '../src/policies/document/parse.ts';
import type { JournalledInput, NotedEvent } from '../src/recording/events.ts';
import { Journal } from '../src/recording/journal/journal.ts';
import type { RecordingKeys } from '../src/recording/keys.ts';
import { openRecording } from '../src/recording/writer.ts';
import { startEmbeddedPostgres } from '../src/store/embedded/supervisor.ts';
import { openStore, type Store } from '../src/store/open-store.ts';
import { endSessionRow, insertSession } from '../src/store/operations/sessions.ts';
import { Dice, type MadeStatement, madeCommand, madeSql } from './search-statements.ts';

const DATABASES = ['orders-db', 'billing-db', 'reporting-db', 'shop-db'];
const HOSTS = ['web-1', 'web-2'];
const PEOPLE = ['alice', 'bob', 'carol', 'dana', 'erin'];
/** Of so many requests, the last of the people has one. */
const NEWCOMER_EVERY = 500;
/** Sessions under one grant. */
const GRANT_SESSIONS = 4;
const REASONS = ['refunds are stuck', 'a slow report', 'on call', 'cleaning up after the migration'];
const INCIDENTS = 12;
const SINCE_DAYS = 90;
const DAY_MS = 86_400_000;
const HOST_SHARE = 0.2;
const SEED = 20_261_122;
/** Lets the journal's own work be done. */
const STATEMENTS_AT_ONCE = 2_000;

export interface SearchSetup {
  readonly access: AccessContext;
  readonly store: Store;
  /** Sees everything. */
  readonly overseer: Person;
  /** Sees their own, a quarter of all. */
  readonly engineer: Person;
  /** Sees a few. */
  readonly newcomer: Person;
  readonly people: readonly Person[];
  stop(): Promise<void>;
}

export async function startSearchSetup(directory: string): Promise<SearchSetup> {
  const cluster = await startEmbeddedPostgres({ directory: join(directory, 'cluster') });
  try {
    const store = await openStore({ url: new Secret(cluster.url('postgres')) });
    await store.migrate();
    const access = accessContext(store);
    const settings = () => ({ oidc: null, workloads: [], audience: '' });
    const people: Person[] = [];
    for (const name of PEOPLE) {
      const groups = name === 'carol' ? ['responders', 'engineering'] : ['engineering'];
      const facts = { subject: name, email: `${name}@example.com`, name, groups, toldAt: systemClock.now() };
      people.push(await upsertPerson({ ...access, settings }, { issuer: 'bench', ...facts }));
    }
    const [engineer, , overseer, , newcomer] = people;
    if (engineer === undefined || overseer === undefined || newcomer === undefined)
      throw new Error('nobody is there');
    const stop = async (): Promise<void> => {
      await store.close();
      await cluster.stop();
    };
    return { access, store, overseer, engineer, newcomer, people, stop };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

function accessContext(store: Store): AccessContext {
  const policy = parsePolicyDocument(policyText());
  if (!policy.ok)
    throw new Error(policy.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  return {
    onCall: NO_ON_CALL,
    tickets: NO_TICKETS,
    store,
    clock: systemClock,
    random: (bytes) => randomBytes(bytes),
    policy: { current: () => policy },
    settings: {
      publicUrl: 'http://127.0.0.1:8080',
      postgres: { host: '127.0.0.1', port: 5432 },
      ssh: { host: '127.0.0.1', port: 2222, hostKey: 'ssh-ed25519 AAAA' },
      readSecret: () => new Secret('unused'),
    },
  };
}

function policyText(): string {
  const databases = DATABASES.map(
    (name) => `
  - name: ${name}
    kind: postgres
    address: 127.0.0.1:5432
    database: shop
    credential: { username: app, password: { env: UNUSED } }
    tls: { mode: disable }
    roles: { read: { allow: [select] } }`,
  );
  const hosts = HOSTS.map(
    (name) => `
  - name: ${name}
    kind: ssh
    address: 127.0.0.1:22
    hostKey: ssh-ed25519 ${Buffer.from(`\0\0\0\x0bssh-ed25519\0\0\0\x20${'k'.repeat(32)}`).toString('base64')}
    credential: { username: deploy, privateKey: { env: UNUSED } }
    roles: { read: { shell: guided } }`,
  );
  return `
resources:${[...databases, ...hosts].join('')}
access:
  - { name: databases, who: { groups: [engineering] }, to: { kind: postgres }, roles: [read], maxDuration: 4h, approval: auto }
  - { name: hosts, who: { groups: [engineering] }, to: { kind: ssh }, roles: [read], maxDuration: 4h, approval: auto }
masks:
  - { name: secrets, detect: [credit-card, iban, aws-key, private-key, jwt], with: redact }
oversight: { groups: [responders] }
identity: { oidc: { issuer: "https://idp.bench.example", clientId: sallyport } }
`;
}

interface MadeGrant {
  readonly grantId: string;
  readonly requestId: string;
  readonly holder: Person;
  readonly resource: string;
  readonly isHost: boolean;
  readonly reason: string;
  readonly incident: string | null;
}

interface MadeSession extends MadeGrant {
  readonly id: string;
  readonly startedAt: Date;
  readonly statements: number;
}

/** Sessions of the last months, from a few statements to some thousands, each with its sealed recording. */
export async function recordSessions(
  setup: SearchSetup,
  of: { directory: string; keys: RecordingKeys; statements: number; sessions: number },
): Promise<void> {
  const dice = new Dice(SEED);
  const journal = new Journal({ directory: of.directory, keys: of.keys, sync: 1_000 });
  const shares = Array.from({ length: of.sessions }, () => 0.02 + dice.next() ** 20);
  const whole = shares.reduce((sum, share) => sum + share, 0);
  let left = of.statements;
  let grant: MadeGrant | null = null;
  for (const [index, share] of shares.entries()) {
    const isLast = index === shares.length - 1;
    const statements = isLast ? left : Math.min(left, Math.round((of.statements * share) / whole));
    left -= statements;
    const startedAt = new Date(Date.now() - ((of.sessions - index) / of.sessions) * SINCE_DAYS * DAY_MS);
    if (grant === null || index % GRANT_SESSIONS === 0) grant = await openMadeGrant(setup, { dice, index });
    const session = await openMadeSession(setup, { grant, startedAt, statements });
    const recordingHead = await record(session, { dice, journal });
    await endSessionRow(setup.store.read(), {
      id: session.id,
      reason: 'client-closed',
      at: new Date(startedAt.getTime() + 3_600_000),
      counts: { ...ZERO_COUNTS, commands: statements },
      recordingHead,
      riskiest: [],
    });
  }
  await journal.close();
}

async function openMadeGrant(
  { access, people, newcomer }: SearchSetup,
  { dice, index }: { dice: Dice; index: number },
): Promise<MadeGrant> {
  const isHost = dice.chance(HOST_SHARE);
  const resource = dice.pick(isHost ? HOSTS : DATABASES);
  const isNewcomers = Math.floor(index / GRANT_SESSIONS) % NEWCOMER_EVERY === 1;
  const holder = isNewcomers ? newcomer : dice.pick(people.slice(0, -1));
  const reason = dice.pick(REASONS);
  const incident = dice.chance(0.3) ? `inc-${dice.number(INCIDENTS)}` : null;
  const request = await requestAccess(access, {
    requester: holder,
    resource,
    role: 'read',
    durationMs: 3_600_000,
    reason,
    ticket: null,
    incident,
    origin: null,
    idempotencyKey: randomUUID(),
  });
  return {
    grantId: request.grant?.id ?? '',
    requestId: request.id,
    holder,
    resource,
    isHost,
    reason,
    incident,
  };
}

async function openMadeSession(
  { store }: SearchSetup,
  { grant, startedAt, statements }: { grant: MadeGrant; startedAt: Date; statements: number },
): Promise<MadeSession> {
  const session = {
    id: `s-${base32(randomBytes(5))}`,
    grantId: grant.grantId,
    clientAddress: '127.0.0.1',
    application: grant.isHost ? null : 'psql',
    policyVersion: 'bench',
    startedAt,
  };
  await insertSession(store.read(), { ...session, replica: 'bench', counts: ZERO_COUNTS });
  return { ...session, ...grant, statements };
}

/** @returns the head of the sealed recording */
async function record(
  session: MadeSession,
  { dice, journal }: { dice: Dice; journal: Journal },
): Promise<string> {
  const { id: sessionId, holder, isHost, startedAt } = session;
  const recorder = openRecording({
    journal,
    facts: {
      ...session,
      sessionId,
      holder: { id: holder.id, name: holder.name, email: holder.email },
      approvers: [],
      resourceKind: isHost ? 'ssh' : 'postgres',
      role: 'read',
      clientAddress: '127.0.0.1',
      application: null,
      policyVersion: 'bench',
      startedAt: startedAt.toISOString(),
    },
  });
  for (let statement = 1; statement <= session.statements; statement += 1) {
    const made = isHost ? madeCommand(dice) : madeSql(dice);
    const { asked, outcome } = eventsOf(made, { statement, atMs: statement * 40 });
    recorder.append(asked);
    if (outcome !== null) recorder.note(outcome);
    if (statement % STATEMENTS_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return (await recorder.close()).headHex;
}

function eventsOf(
  made: MadeStatement,
  { statement, atMs }: { statement: number; atMs: number },
): { readonly asked: JournalledInput; readonly outcome: NotedEvent | null } {
  const { text, parameters, effect, relations, paths, denied, masked } = made;
  const analysis = {
    text,
    effects: [effect],
    relations: relations.map((name) => {
      const [first = '', second] = name.split('.');
      return second === undefined
        ? ({ schema: null, name: first, access: 'read' } as const)
        : ({ schema: first, name: second, access: 'read' } as const);
    }),
    functions: [],
    flags: [],
    paths: paths.map((path) => ({ path, certainty: 'exact', access: 'read' })),
  };
  const verdict = denied
    ? ({ action: 'deny', rule: 'role', reason: 'the role does not allow it' } as const)
    : ({ action: 'allow', rule: null, reason: 'the role allows it' } as const);
  const protocol = parameters.length > 0 ? 'execute' : 'simple';
  const asked: JournalledInput = {
    type: 'statement',
    atMs,
    statement,
    text,
    protocol,
    parameters,
    analysis: [analysis],
    verdict,
  };
  if (denied) return { asked, outcome: null };
  const came = { durationMs: 2, tags: ['SELECT 1'], rows: 1, maskedCells: masked ? 3 : 0, error: null };
  return { asked, outcome: { type: 'outcome', atMs: atMs + 2, statement, ...came } };
}
