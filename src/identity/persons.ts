/** Rows of people and workloads, turned into the identities that the rest of the product knows. */
import { base32 } from '../core/grant.ts';
import type { Identity, Person, Workload } from '../core/identity.ts';
import type { IdentityRow } from '../store/entities/identity.ts';
import { upsertIdentity } from '../store/operations/identities.ts';
import type { IdentityContext, WorkloadSettings } from './context.ts';

const ID_BYTES = 10;
const GROUPS_MAX = 500;
const CHARACTERS_MAX = 200;

export interface PersonFacts {
  readonly issuer: string;
  readonly subject: string;
  readonly email: string;
  readonly name: string;
  readonly groups: readonly string[];
  /** Fingerprints of the public keys that were named; null or left out where nothing was said about them. */
  readonly sshKeys?: readonly string[] | null;
  /**
   * When the provider said so: a token's `iat`. A token can be shown long after that, so the time it
   * is shown says nothing about how recent its groups are.
   */
  readonly toldAt: Date;
}

/**
 * Records what the identity provider said about a person. (issuer, subject) is who they are; an
 * e-mail address can change hands.
 * @returns the person as known afterwards: an older statement does not undo a newer one
 */
export async function upsertPerson(context: IdentityContext, facts: PersonFacts): Promise<Person> {
  const now = context.clock.now();
  const row = await upsertIdentity(context.store.read(), {
    id: `p-${base32(context.random(ID_BYTES))}`,
    kind: 'person',
    issuer: facts.issuer,
    subject: facts.subject,
    email: facts.email.slice(0, CHARACTERS_MAX),
    name: facts.name.slice(0, CHARACTERS_MAX),
    groups: facts.groups.slice(0, GROUPS_MAX),
    sshKeys: facts.sshKeys ?? null,
    at: new Date(Math.min(facts.toldAt.getTime(), now.getTime())),
  });
  return personOf(row);
}

/** Makes sure a configured workload has its row, so that requests and grants can name it. */
export async function upsertWorkload(
  context: Pick<IdentityContext, 'store' | 'clock'>,
  workload: Pick<WorkloadSettings, 'name' | 'owner'>,
  claims: Readonly<Record<string, string>>,
): Promise<Workload> {
  await upsertIdentity(context.store.read(), {
    id: `workload:${workload.name}`,
    kind: 'workload',
    issuer: 'workload',
    subject: workload.name,
    email: workload.owner,
    name: workload.name,
    groups: [],
    at: context.clock.now(),
  });
  return {
    kind: 'workload',
    id: `workload:${workload.name}`,
    name: workload.name,
    ownerEmail: workload.owner,
    claims,
  };
}

/** Whoever a row is about; what a workload proved about its run is not kept. */
export function identityOf(row: IdentityRow): Identity {
  if (row.kind === 'person') return personOf(row);
  return { kind: 'workload', id: row.id, name: row.name, ownerEmail: row.email, claims: {} };
}

export function personOf(row: IdentityRow): Person {
  return {
    kind: 'person',
    id: row.id,
    email: row.email,
    name: row.name,
    groups: row.groups,
    groupsSeenAt: row.groupsSeenAt,
  };
}
