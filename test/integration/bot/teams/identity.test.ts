/** Who counts as somebody: by what Teams says of an account, and for how long that is believed. */
import { beforeEach, describe, expect, test } from 'vitest';
import { noteTeamsConversation } from '../../../../src/access/teams-conversations.ts';
import type { Scene } from '../../../../src/bot/teams/activity.ts';
import type { TeamsMember } from '../../../../src/bot/teams/connector.ts';
import {
  BELIEVED_MS,
  createTeamsIdentities,
  type TeamsIdentities,
} from '../../../../src/bot/teams/identity.ts';
import { AppError } from '../../../../src/core/errors.ts';
import { TEST_POLICY, useTestAccess } from '../../../support/access.ts';
import { linkAccount } from '../../../support/chat-accounts.ts';

const TENANT = '11111111-2222-4333-8444-555555555555';
const PARTNER = '22222222-2222-4333-8444-555555555555';
const FOREIGN = '99999999-2222-4333-8444-555555555555';
const OBJECT_ID = 'aaaaaaaa-0000-4000-8000-000000000001';

const MEMBER: TeamsMember = {
  id: '29:alice',
  aadObjectId: OBJECT_ID.toUpperCase(),
  tenantId: TENANT.toUpperCase(),
  name: 'Alice',
  userPrincipalName: 'alice@example.com',
  userRole: 'user',
};
const PLACE: Scene['place'] = {
  ...{
    conversation: '19:access@thread.tacv2',
    thread: '19:access@thread.tacv2;messageid=1',
    kind: 'channel',
  },
  ...{ serviceUrl: 'https://smba.example/emea/', team: { id: '19:team', name: 'Payments' } },
  ...{ channel: '19:access@thread.tacv2', channelName: 'access' },
};
const SCENE = {
  sender: { userId: MEMBER.id, aadObjectId: OBJECT_ID, role: 'user' },
  place: PLACE,
  tenants: [TENANT],
} as const;

const access = useTestAccess();
let said: Partial<TeamsMember> | null | Error;
let asked: string[];
let identities: TeamsIdentities;

beforeEach(() => {
  admit([TENANT]);
  said = {};
  asked = [];
  identities = createTeamsIdentities({
    access: access.current.context,
    connector: {
      memberOf: async ({ conversation }) => {
        asked.push(conversation);
        if (said instanceof Error) throw said;
        return said === null ? null : { ...MEMBER, ...said };
      },
    },
  });
});

function admit(tenants: readonly string[]): void {
  access.current.applyPolicy(`${TEST_POLICY}
identity: { oidc: { issuer: "https://idp.test.example", clientId: sallyport } }
chat: { teams: { appId: 8a7c1f2e-0b52-4c5e-9d7a-5f1f0a9c3b11, tenantId: ${TENANT}, tenants: [${tenants}] } }
`);
}

function refusal(account: Promise<unknown>): Promise<string> {
  return account.then(
    () => 'counted',
    (error: unknown) => (error instanceof AppError ? `${error.code}: ${error.message}` : `${error}`),
  );
}

describe('an account', () => {
  test('of an ordinary member counts, by its object id and tenant', async () => {
    expect(await identities.accountOf(SCENE)).toEqual({
      ...{ platform: 'teams', tenant: TENANT, enterprise: null, account: OBJECT_ID },
      ...{ accountName: 'Alice', tenantName: 'example.com' },
    });
    expect(asked).toEqual([PLACE.conversation]);
  });

  test.each(['owner', 'User'])('counts with the role %s', async (userRole) => {
    said = { userRole };
    expect(await refusal(identities.accountOf(SCENE))).toBe('counted');
  });

  const strangers: [name: string, member: Partial<TeamsMember> | null, why: string][] = [
    ['a guest', { userRole: 'guest' }, 'Guests can neither'],
    [
      'somebody who was invited from elsewhere',
      { userPrincipalName: 'a_b.example#EXT#@example.com' },
      'Guests',
    ],
    ['somebody without an account', { userRole: 'anonymous' }, 'joined without an account'],
    ['a bot', { userRole: 'bot' }, 'Bots decide nothing'],
    ['a skill', { userRole: 'skill' }, 'Bots decide nothing'],
    ['a role that there may be one day', { userRole: 'superuser' }, 'what kind of account'],
    ['no role', { userRole: null }, 'what kind of account'],
    ['no tenant', { tenantId: null }, 'what kind of account'],
    ['no object id', { aadObjectId: null }, 'what kind of account'],
    [
      'another object id than the activity has',
      { aadObjectId: 'bbbbbbbb-0000-4000-8000-000000000001' },
      'what kind',
    ],
    ['another tenant', { tenantId: FOREIGN }, 'another organisation'],
    ['a partner who may not act', { tenantId: PARTNER }, 'another organisation'],
    ['somebody else than was asked about', { id: '29:mallory' }, 'not say that you are a member'],
    ['nobody', null, 'not say that you are a member'],
  ];
  test.each(strangers)('of which Teams says that it is %s does not', async (_name, member, why) => {
    said = member;
    expect(await refusal(identities.accountOf(SCENE))).toContain(why);
  });

  const senders: [name: string, sender: Partial<Scene['sender']>, why: string][] = [
    ['a bot', { userId: '28:mallory' }, 'Bots decide nothing'],
    ['a skill', { role: 'skill' }, 'Bots decide nothing'],
    ['nobody in particular', { aadObjectId: null }, 'joined without an account'],
    ['anonymous', { role: 'anonymous' }, 'joined without an account'],
  ];
  test.each(senders)('that is %s by the activity is not even asked about', async (_name, sender, why) => {
    const scene = { ...SCENE, sender: { ...SCENE.sender, ...sender } };
    expect(await refusal(identities.accountOf(scene))).toContain(why);
    expect(asked).toEqual([]);
  });

  const tenants: [name: string, tenants: readonly string[]][] = [
    ['another tenant', [FOREIGN]],
    ['another tenant, too', [TENANT, FOREIGN]],
    ['no tenant', []],
  ];
  test.each(tenants)('in an activity that names %s is not even asked about', async (_name, named) => {
    expect(await refusal(identities.accountOf({ ...SCENE, tenants: named }))).toContain('forbidden');
    expect(asked).toEqual([]);
  });

  test('of a partner counts as soon as the policy says so, and no longer', async () => {
    said = { tenantId: PARTNER };
    const scene = { ...SCENE, tenants: [TENANT, PARTNER] };
    admit([TENANT, PARTNER]);
    expect(await identities.accountOf(scene)).toMatchObject({ tenant: PARTNER });
    admit([TENANT]);
    expect(await refusal(identities.accountOf(scene))).toContain('forbidden');
    expect(await refusal(identities.accountOf(SCENE))).toContain('another organisation');
  });
});

describe('what Teams says', () => {
  test('is believed for a minute and not longer', async () => {
    await identities.accountOf(SCENE);
    said = { userRole: 'guest' };
    access.current.clock.stepMs(BELIEVED_MS - 5_000);
    expect(await refusal(identities.accountOf(SCENE))).toBe('counted');
    access.current.clock.stepMs(5_000);
    expect(await refusal(identities.accountOf(SCENE))).toContain('Guests');
    expect(asked).toHaveLength(2);
  });

  test('is asked again when it could not be had, and nobody counts meanwhile', async () => {
    said = new AppError('unavailable', 'Teams did not say.');
    expect(await refusal(identities.accountOf(SCENE))).toBe('unavailable: Teams did not say.');
    said = {};
    expect(await refusal(identities.accountOf(SCENE))).toBe('counted');
  });

  test('of a stranger is asked again at once: they may have added the app by now', async () => {
    said = null;
    expect(await refusal(identities.accountOf(SCENE))).toContain('Add the app');
    said = {};
    expect(await refusal(identities.accountOf(SCENE))).toBe('counted');
  });

  test('in their own chat with the app counts where the app is not', async () => {
    const { context } = access.current;
    const elsewhere = { ...SCENE, place: { ...PLACE, conversation: '19:between-two@unq.gbl.spaces' } };
    await noteTeamsConversation(context, {
      ...{
        id: 'a:alice',
        serviceUrl: PLACE.serviceUrl,
        tenant: TENANT,
        kind: 'personal',
        account: OBJECT_ID,
      },
      ...{ team: null, teamName: null, channelName: null },
    });
    const withChat = createTeamsIdentities({
      access: context,
      connector: {
        memberOf: async ({ conversation }) => {
          if (conversation !== 'a:alice') throw new AppError('forbidden', 'BotNotInConversationRoster');
          return MEMBER;
        },
      },
    });
    expect(await refusal(withChat.accountOf(elsewhere))).toBe('counted');
    const stranger = {
      ...elsewhere,
      sender: { ...SCENE.sender, aadObjectId: 'bbbbbbbb-0000-4000-8000-000000000002' },
    };
    expect(await refusal(withChat.accountOf(stranger))).toContain('Add the app');
  });
});

describe('the person behind an account', () => {
  test('is whoever linked it; the same id in another tenant is somebody else', async () => {
    const { context, person } = access.current;
    const account = await identities.accountOf(SCENE);
    expect(await identities.personOf(account)).toBeNull();
    const alice = await person('alice', ['engineering']);
    await linkAccount(context, { account, person: alice });
    expect(await identities.personOf(account)).toMatchObject({ id: alice.id });
    expect(await identities.personOf({ ...account, tenant: PARTNER })).toBeNull();
    expect(await identities.personOf({ ...account, platform: 'slack' })).toBeNull();
  });

  test('is found for whoever is mentioned, on the same terms', async () => {
    expect(await identities.mentioned(MEMBER.id, PLACE)).toMatchObject({ account: OBJECT_ID });
    said = { userRole: 'guest' };
    access.current.clock.stepMs(BELIEVED_MS);
    expect(await refusal(identities.mentioned(MEMBER.id, PLACE))).toContain('Guests');
    expect(await refusal(identities.mentioned('28:mallory', PLACE))).toContain('Bots');
  });
});
