/** An access context over a test's own database, with people, a policy and a clock that the test steps. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import type { AccessContext } from '../../src/access/context.ts';
import { NO_ON_CALL, NO_TICKETS } from '../../src/access/no-lookups.ts';
import { readSecret } from '../../src/config.ts';
import { after, systemClock } from '../../src/core/clock.ts';
import type { Person } from '../../src/core/identity.ts';
import type { IdentityContext } from '../../src/identity/context.ts';
import { upsertPerson } from '../../src/identity/persons.ts';
import { type ParsedPolicy, parsePolicyDocument } from '../../src/policies/document/parse.ts';
import type { Store } from '../../src/store/open-store.ts';
import { useTestStore } from './store.ts';

const TEST_OIDC = {
  issuer: 'https://idp.test.example',
  clientId: 'sallyport',
  clientSecret: null,
  audience: 'http://127.0.0.1:7180',
  scopes: 'openid',
  groupsClaim: 'groups',
  sshKeysClaim: null,
  clockToleranceMs: 5_000,
};

/** A policy with everything that the tests of the use cases need. */
export const TEST_POLICY = `
resources:
  - name: orders-db
    kind: postgres
    address: 127.0.0.1:5432
    database: shop
    credential: { username: app_rw, password: { env: ORDERS_DB_PASSWORD } }
    tls: { mode: disable }
    labels: { env: prod, team: payments }
    roles:
      read: { allow: [select] }
      write: { allow: [select, insert, update, delete, merge] }
access:
  - name: prod-databases
    who: { groups: [engineering] }
    to: { kind: postgres, labels: { env: prod } }
    roles: [read, write]
    maxDuration: 4h
    approval: { from: [{ group: sre, count: 1 }, { group: dba, count: 1 }], within: 30m }
  - name: sre-on-call-read
    who: { groups: [sre], when: "request.duration <= duration('1h')" }
    to: { labels: { env: prod } }
    roles: [read]
    approval: auto
oversight: { groups: [responders] }
`;

/** Reads a policy. @throws with its problems when it is not valid */
export function testPolicy(text: string): Extract<ParsedPolicy, { ok: true }> {
  const parsed = parsePolicyDocument(text);
  if (!parsed.ok)
    throw new Error(parsed.problems.map((one) => `${one.line} ${one.path}: ${one.message}`).join('\n'));
  return parsed;
}

/** A clock that runs, and that a test can move. */
export function steppedClock(): { now(): Date; stepMs(durationMs: number): void } {
  let offsetMs = 0;
  return {
    now: () => after(systemClock.now(), offsetMs),
    stepMs: (durationMs) => {
      offsetMs += durationMs;
    },
  };
}

export interface TestAccess {
  readonly context: AccessContext;
  readonly identity: IdentityContext;
  readonly store: Store;
  readonly clock: ReturnType<typeof steppedClock>;
  /** Puts another policy into force. */
  applyPolicy(text: string): void;
  /** A person who is known to the deployment, signed in just now. */
  person(name: string, groups: readonly string[]): Promise<Person>;
}

/** Makes the context in `beforeAll`. Read the result inside tests only. */
export function useTestAccess(options: { policy?: string; secrets?: Record<string, string> } = {}): {
  readonly current: TestAccess;
} {
  const store = useTestStore();
  let access: TestAccess | null = null;
  beforeAll(() => {
    access = makeTestAccess(store.current, options);
  });
  afterAll(() => {
    access = null;
  });
  return {
    get current() {
      if (access === null) throw new Error('The access context exists only while tests run.');
      return access;
    },
  };
}

function makeTestAccess(
  store: Store,
  options: { policy?: string; secrets?: Record<string, string> },
): TestAccess {
  const clock = steppedClock();
  const random = (bytes: number): Uint8Array => randomBytes(bytes);
  let policy = testPolicy(options.policy ?? TEST_POLICY);
  const context: AccessContext = {
    onCall: NO_ON_CALL,
    tickets: NO_TICKETS,
    store,
    clock,
    random,
    policy: { current: () => policy },
    settings: {
      publicUrl: 'http://127.0.0.1:7180',
      postgres: { host: '127.0.0.1', port: 6432 },
      ssh: { host: '127.0.0.1', port: 2222, hostKey: 'ssh-ed25519 AAAA' },
      readSecret: (reference) =>
        readSecret(reference, {
          directory: process.cwd(),
          environment: { ORDERS_DB_PASSWORD: 'only-in-this-test', ...options.secrets },
        }),
    },
  };
  const identity: IdentityContext = {
    store,
    clock,
    random,
    settings: () => ({ oidc: TEST_OIDC, workloads: [], audience: TEST_OIDC.audience }),
  };
  return {
    context,
    identity,
    store,
    clock,
    applyPolicy: (text) => {
      policy = testPolicy(text);
    },
    person: (name, groups) =>
      upsertPerson(identity, {
        issuer: TEST_OIDC.issuer,
        subject: name,
        email: `${name}@example.com`,
        name: `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`,
        groups,
        toldAt: clock.now(),
      }),
  };
}
