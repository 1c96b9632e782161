import type { Seat } from '../../../core/request.ts';
import type { Values } from '../values.ts';
import { listed } from './grammar.ts';

/** How people, groups, roles and resources are named within what is said about them. */
export const people = {
  list: listed,
  forSomebody: ({ voter, delegator }: Values<'voter' | 'delegator'>) => `${voter} for ${delegator}`,
  person: ({ name, email }: Values<'name' | 'email'>) => `${name} (${email})`,
  workload: ({ name, owner }: Values<'name' | 'owner'>) => `${name} (workload of ${owner})`,
  seat: (count: Seat['count'], group: string) => `${count} of ${group}`,
  roleOnResource: ({ role, resource }: Values<'role' | 'resource'>) => `${role} on ${resource}`,
  resourceAsRole: ({ resource, role }: Values<'resource' | 'role'>) => `${resource} as ${role}`,
  nobody: 'nobody',
  takenInEmergency: 'nobody: it was taken in an emergency',
  approvedByPolicy: 'the policy, automatically',
  approvedAutomatically: 'approved automatically',
  needs: (seats: string) => `needs ${seats}`,
  needsAsField: (seats: string) => `Needs ${seats}`,
  consentOf: (name: string) => `the consent of ${name}`,
  consentAndVotes: ({ consent, votes }: Values<'consent' | 'votes'>) => `${consent}, and ${votes}`,
  anAlert: 'an alert',
  theFileOfAServer: 'the file of a server',
};
