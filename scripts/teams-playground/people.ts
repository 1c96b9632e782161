/** The sample people as members of a Teams tenant, and the team that they are in. */
import { CAST } from '../../src/demo/cast.ts';
import { APP_ID, TENANT } from '../../test/support/teams/authority.ts';

export const NAMES = ['alice', 'bob', 'dana', 'carol'] as const;
export type Name = (typeof NAMES)[number];

export const ALICE_CHAT = 'a:1-personal-alice';
export const TEAM = { id: '19:team-payments@thread.tacv2', name: 'Payments' } as const;
/** The playground takes one channel besides General. */
const CHANNEL = 'access';

export function memberOf(name: Name) {
  const { name: full, email } = CAST.find(({ username }) => username === name) ?? CAST[0];
  return {
    id: `29:1${name}`,
    name: full,
    aadObjectId: objectId(NAMES.indexOf(name)),
    tenantId: TENANT,
    email,
    userPrincipalName: email,
    userRole: 'user',
  } as const;
}

/** What the playground reads from `.m365agentsplayground.yml`; it wants five people besides the one who clicks. */
export function playgroundConfig(): object {
  const user = (member: ReturnType<typeof memberOf>) => {
    const [givenName, surname] = member.name.split(' ');
    const { id, name, aadObjectId, email } = member;
    return { id, name, userPrincipleName: email, aadObjectId, givenName, surname, email };
  };
  const others = NAMES.slice(1).map((name) => user(memberOf(name)));
  const accounts = [1, 2].map((number) => ({
    ...user(memberOf('alice')),
    id: `29:1account${number}`,
    aadObjectId: objectId(10 + number),
  }));
  return {
    version: '0.1.1',
    tenantId: TENANT,
    bot: { id: `28:${APP_ID}`, name: 'Sallyport' },
    currentUser: user(memberOf('alice')),
    users: [...others, ...accounts],
    personalChat: { id: ALICE_CHAT },
    groupChat: { id: '19:group@thread.v2', name: 'Group' },
    team: {
      ...TEAM,
      aadGroupId: objectId(99),
      channels: [{ id: `19:${CHANNEL}@thread.tacv2`, name: CHANNEL }],
    },
  };
}

function objectId(number: number): string {
  return `aaaaaaaa-0000-4000-8000-${String(number + 1).padStart(12, '0')}`;
}
