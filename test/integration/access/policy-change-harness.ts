/** A policy in the database, who may change it and who must agree: nothing has been changed when a test begins. */
import { randomUUID } from 'node:crypto';
import { beforeEach } from 'vitest';
import { voteOnPolicyChange } from '../../../src/access/decide-policy-change.ts';
import type { PolicyChangeView } from '../../../src/access/policy-change-views.ts';
import { adoptPolicyFile, proposePolicy } from '../../../src/access/propose-policy.ts';
import { listPolicyChanges } from '../../../src/access/read-policy-changes.ts';
import type { Identity, Person } from '../../../src/core/identity.ts';
import { type TestAccess, testPolicy, useTestAccess } from '../../support/access.ts';

/** Of a policy whose changes two of sre have to approve. */
export const GUARDED = '\n  approval: { from: [{ group: sre, count: 2 }], within: 30m }';

/** @param marker makes it another policy, and not only another text */
export function policy(marker: string, more = ''): string {
  return `policy:
  who: { groups: [platform] }${more}
oversight: { groups: [responders] }
incidents: { channels: ["${marker}-*"] }
`;
}

export function versionOf(text: string): string {
  return testPolicy(text).version;
}

export function fileOf(text: string): { version: string; text: string } {
  return { version: versionOf(text), text };
}

interface PolicyChanges {
  readonly access: { readonly current: TestAccess };
  /** Alice and dana may propose; bob, carol and dana may approve. */
  readonly people: Readonly<Record<'alice' | 'bob' | 'carol' | 'dana', Person>>;
  /** Puts the first policy into force, from a server's file. */
  begin(text: string): Promise<void>;
  /** By alice unless somebody else is named. */
  propose(text: string, by?: Identity, changes?: { expectedVersion?: string }): Promise<PolicyChangeView>;
  vote(
    change: PolicyChangeView,
    voter: Identity,
    changes?: Partial<{ verdict: 'approve' | 'deny'; version: string }>,
  ): Promise<PolicyChangeView>;
  /** The version in force. */
  inForce(): Promise<string | undefined>;
}

/** Read what it returns inside tests only. */
export function usePolicyChanges(): PolicyChanges {
  const access = useTestAccess();
  const people: Partial<Record<keyof PolicyChanges['people'], Person>> = {};
  beforeEach(async () => {
    const { person, store } = access.current;
    await store
      .read()
      .execute('truncate policy_change, policy_change_vote, policy_file, policy_version, card_copy cascade');
    people.alice = await person('alice', ['platform']);
    people.bob = await person('bob', ['sre']);
    people.carol = await person('carol', ['sre', 'responders']);
    people.dana = await person('dana', ['sre', 'platform']);
  });

  const present = (name: keyof PolicyChanges['people']): Person => {
    const person = people[name];
    if (person === undefined) throw new Error('The people exist only while tests run.');
    return person;
  };
  return {
    access,
    people: {
      get alice() {
        return present('alice');
      },
      get bob() {
        return present('bob');
      },
      get carol() {
        return present('carol');
      },
      get dana() {
        return present('dana');
      },
    },
    begin: async (text) => {
      const server = 'one:/etc/sallyport.yaml';
      await adoptPolicyFile(access.current.context, { server, file: fileOf(text) });
      access.current.applyPolicy(text);
    },
    propose: (text, by = present('alice'), changes = {}) =>
      proposePolicy(access.current.context, {
        by,
        text,
        comment: null,
        expectedVersion: null,
        idempotencyKey: randomUUID(),
        ...changes,
      }),
    vote: (change, voter, { verdict = 'approve', version = change.version } = {}) =>
      voteOnPolicyChange(access.current.context, {
        changeId: change.id,
        voter,
        verdict,
        note: verdict === 'deny' ? 'not now' : null,
        version,
        platform: 'web',
      }),
    inForce: async () => {
      const changes = await listPolicyChanges(access.current.context, { viewer: null });
      return changes.find((change) => change.inForce)?.version;
    },
  };
}
