import type { AccessContext } from '../src/access/context.ts';
import type { Identity } from '../src/core/identity.ts';
import { upsertPerson } from '../src/identity/persons.ts';

/** The engineer who connects in a bench. */
export async function enrol(access: AccessContext): Promise<Identity> {
  const { store, clock, random } = access;
  const settings = (): { oidc: null; workloads: []; audience: string } => ({
    oidc: null,
    workloads: [],
    audience: '',
  });
  return upsertPerson(
    { store, clock, random, settings },
    {
      issuer: 'bench',
      subject: 'alice',
      email: 'alice@example.com',
      name: 'Alice',
      groups: ['engineering'],
      toldAt: clock.now(),
    },
  );
}
