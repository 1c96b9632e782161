/** Who plays in the demo: four people of the sample identity provider, and a workload of the sample CI. */

export interface CastMember {
  /** The identity provider's subject, and what the tour signs in with. */
  readonly username: string;
  readonly name: string;
  readonly email: string;
  readonly role: string;
  readonly groups: readonly string[];
}

export const CAST = [
  {
    username: 'alice',
    name: 'Alice Moreau',
    email: 'alice@example.com',
    role: 'Engineer: asks for access',
    groups: ['engineering'],
  },
  {
    username: 'bob',
    name: 'Bob Lindqvist',
    email: 'bob@example.com',
    role: 'Site reliability: approves',
    groups: ['sre'],
  },
  {
    username: 'dana',
    name: 'Dana Okafor',
    email: 'dana@example.com',
    role: 'Database administrator: approves',
    groups: ['dba'],
  },
  {
    username: 'carol',
    name: 'Carol Reyes',
    email: 'carol@example.com',
    role: 'Responder: reads every session',
    groups: ['responders'],
  },
] as const satisfies readonly CastMember[];

export type CastName = (typeof CAST)[number]['username'];

/** A run of the sample CI, as its tokens describe it. */
export const WORKLOAD = {
  clientId: 'orders-migrator',
  claims: { repository: 'acme/orders', ref: 'refs/heads/main', environment: 'production' },
} as const;
