/** Where the app may write: learned from what it was seen in, by id and by name, until it is gone. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Scene, TeamsActivity } from '../../../../src/bot/teams/activity.ts';
import {
  createTeamsConversations,
  type TeamsConversations,
} from '../../../../src/bot/teams/conversations.ts';
import { takeInstallation, takeUpdate } from '../../../../src/bot/teams/installs.ts';
import { AppError } from '../../../../src/core/errors.ts';
import { TEST_POLICY, useTestAccess } from '../../../support/access.ts';

const TENANT = '11111111-2222-4333-8444-555555555555';
const FOREIGN = '99999999-2222-4333-8444-555555555555';
const ALICE = { tenant: TENANT, account: 'aaaaaaaa-0000-4000-8000-000000000001' };
const BOT = '28:bot';
const SERVICE_URL = 'https://smba.example/emea/';

const access = useTestAccess();
const log: string[] = [];
const logger = {
  warn: (facts: object, message: string) => void log.push(`${message} ${JSON.stringify(facts)}`),
  error: (facts: object, message: string) => void log.push(`error: ${message} ${JSON.stringify(facts)}`),
};
let conversations: TeamsConversations;
let channels: readonly { id: string; name: string | null }[] | Error;
let opens: string | null;
let asked = 0;
let made = 0;

beforeEach(() => {
  admit([TENANT]);
  log.length = 0;
  channels = [];
  asked = 0;
  opens = null;
  made += 1;
  conversations = createTeamsConversations({
    access: access.current.context,
    connector: { openPersonal: async () => opens, ...directory },
    logger,
  });
});

function admit(tenants: readonly string[]): void {
  access.current.applyPolicy(`${TEST_POLICY}
chat: { teams: { appId: 8a7c1f2e-0b52-4c5e-9d7a-5f1f0a9c3b11, tenantId: ${TENANT}, tenants: [${tenants}] } }
`);
}

/** Another one in each test, since what was seen stays. */
const named = (name: string): string => `${name} ${made}`;
const idOf = (name: string): string => `19:${name}-${made}@thread.tacv2`;

function scene(place: Partial<Scene['place']>, more: Partial<Scene> = {}): Scene {
  return {
    sender: { userId: '29:alice', aadObjectId: ALICE.account, role: null },
    place: {
      ...{ conversation: 'a:alice', thread: 'a:alice', kind: 'personal', serviceUrl: SERVICE_URL },
      ...{ team: null, channel: null, channelName: null },
      ...place,
    },
    ...{ tenants: [TENANT], repliesTo: null, key: 'k' },
    ...more,
  };
}

function inChannel(name: string, team = 'Payments', more: Partial<Scene['place']> = {}): Scene {
  const id = idOf(`${name}-of-${team}`);
  return scene({
    ...{
      conversation: id,
      thread: `${id};messageid=1`,
      kind: 'channel',
      channel: id,
      channelName: named(name),
    },
    team: { id: idOf(team), name: named(team) },
    ...more,
  });
}

function activity(of: Scene, more: Partial<TeamsActivity> = {}): TeamsActivity {
  return {
    ...{
      type: 'conversationUpdate',
      name: '',
      scene: of,
      botId: BOT,
      text: '',
      mentions: [],
      value: undefined,
    },
    ...{ event: null, added: [], removed: [] },
    ...more,
  };
}

const directory = {
  channelsOf: async () => {
    asked += 1;
    if (channels instanceof Error) throw channels;
    return channels;
  },
  teamNameOf: async () => named('Payments'),
};

const parts = () => ({
  access: access.current.context,
  connector: directory,
  conversations,
  logger,
});

describe('a channel', () => {
  test('is found by its name and by its id, once something came from it', async () => {
    const there = inChannel('Access Requests');
    expect(await conversations.resolve(named('Access Requests'))).toBeNull();
    await conversations.see(there);
    const id = there.place.conversation;
    for (const name of [
      named('Access Requests'),
      named('access  requests'),
      `#${named('access requests')}`,
      id,
    ]) {
      expect(await conversations.resolve(name)).toBe(id);
    }
    expect(await conversations.nameOf(id)).toBe(named('Access Requests'));
    expect(await conversations.addressOf(id)).toEqual({ serviceUrl: SERVICE_URL, conversation: id });
  });

  test('that two teams have is named with its team, and the operator is told', async () => {
    const [ours, theirs] = [inChannel('access', 'Payments'), inChannel('access', 'Platform')];
    await conversations.see(ours);
    await conversations.see(theirs);
    expect(await conversations.resolve(named('access'))).toBeNull();
    expect(log.join()).toContain('several teams have this channel');
    expect(log.join()).toContain(`${named('Payments')} / ${named('access')}`);
    expect(log.join()).toContain(theirs.place.conversation);
    const full = `${named('platform')}/${named('Access')}`;
    expect(await conversations.resolve(full)).toBe(theirs.place.conversation);
  });

  test('without a name is the general one', async () => {
    const general = inChannel('x', 'Payments', { channelName: null, conversation: idOf('Payments') });
    await conversations.see(general);
    expect(await conversations.resolve(`${named('Payments')} / General`)).toBe(general.place.conversation);
    expect(await conversations.nameOf(general.place.conversation)).toBe('General');
  });

  test('whose message does not say its name is called what its team says', async () => {
    const there = inChannel('access', 'Payments', { channelName: null });
    const { conversation: id } = there.place;
    const unnamed = { ...there, place: { ...there.place, team: { id: idOf('Payments'), name: null } } };
    channels = [{ id, name: named('access') }];
    await conversations.see(unnamed);
    expect(await conversations.resolve(named('access'))).toBe(id);
    expect(await conversations.resolve(`${named('payments')} / ${named('access')}`)).toBe(id);
    await conversations.see(unnamed);
    expect(asked).toBe(1);
  });

  test('that nobody says the name of goes by its id and not for the general one; its team is asked again after a minute', async () => {
    const there = inChannel('hidden', 'Platform', { channelName: null });
    const { conversation: id } = there.place;
    for (const answer of [[], new AppError('forbidden', 'Teams did not list them.')]) {
      channels = answer;
      await conversations.see(there);
      await conversations.see(there);
      access.current.clock.stepMs(60_001);
    }
    expect(asked).toBe(2);
    expect(log.join()).toContain('the channels of a team are not known');
    expect(await conversations.resolve('General')).not.toBe(id);
    expect(await conversations.resolve(`${named('Platform')} / General`)).toBeNull();
    expect(await conversations.nameOf(id)).toBe(id);
    expect(await conversations.resolve(id)).toBe(id);
  });

  test('of two tenants does not say whose an account is that writes there', async () => {
    admit([TENANT, FOREIGN]);
    const partner = { userId: `29:partner-${made}`, aadObjectId: `partner-${made}`, role: null };
    await conversations.see({ ...inChannel('shared'), sender: partner, tenants: [TENANT, FOREIGN] });
    const keys = [TENANT, FOREIGN].map((tenant) => ({ tenant, account: partner.aadObjectId }));
    expect(await conversations.userIdsOf(keys)).toEqual([]);
  });

  test('keeps its name when something comes that does not say it, and has another when something does', async () => {
    const there = inChannel('before');
    await conversations.see(there);
    await conversations.see({ ...there, place: { ...there.place, channelName: null } });
    expect(await conversations.nameOf(there.place.conversation)).toBe(named('before'));
    await conversations.see({ ...there, place: { ...there.place, channelName: named('after') } });
    expect(await conversations.nameOf(there.place.conversation)).toBe(named('after'));
  });

  test('of a tenant that may not act any more is none', async () => {
    const there = inChannel('access');
    await conversations.see(there);
    admit([FOREIGN]);
    expect(await conversations.resolve(there.place.conversation)).toBeNull();
    expect(await conversations.resolve(named('access'))).toBeNull();
    await expect(conversations.see(there)).rejects.toThrow('may not act');
  });

  test('that takes nothing from us is none, until something comes from it again; it is said once', async () => {
    const there = inChannel('access');
    const id = there.place.conversation;
    await conversations.see(there);
    await conversations.markBlocked(id);
    await conversations.markBlocked(id);
    expect(await conversations.resolve(id)).toBeNull();
    expect(log).toHaveLength(1);
    expect(log[0]).toContain('blocked or removed');
    await conversations.see(there);
    expect(await conversations.resolve(id)).toBe(id);
  });
});

describe('a team', () => {
  test('that the app is added to brings all its channels', async () => {
    const general = inChannel('x', 'Payments', { channelName: null, conversation: idOf('Payments') });
    channels = [
      { id: idOf('Payments'), name: null },
      { id: idOf('access'), name: named('access') },
    ];
    await takeUpdate(parts(), activity(general, { added: [BOT] }));
    expect(await conversations.resolve(named('access'))).toBe(idOf('access'));
    expect(await conversations.resolve(`${named('payments')} / general`)).toBe(idOf('Payments'));

    await takeInstallation(parts(), activity(general, { event: 'remove' }));
    expect(await conversations.resolve(named('access'))).toBeNull();
    await expect(conversations.addressOf(idOf('access'))).rejects.toThrow('not in that conversation');
  });

  test('whose channels cannot be listed is known by what comes from it', async () => {
    channels = new AppError('unavailable', 'Teams did not list them.');
    const there = inChannel('access');
    await takeInstallation(parts(), activity(there, { event: 'add' }));
    expect(log.join()).toContain('the channels of a team are not known');
    expect(await conversations.resolve(named('access'))).toBe(there.place.conversation);
  });

  test('has channels that come, go and change their names', async () => {
    const general = idOf('Payments');
    const about = (name: string): Scene =>
      inChannel('x', 'Payments', { conversation: general, channel: idOf('new'), channelName: named(name) });
    await takeUpdate(parts(), activity(about('new'), { event: 'channelCreated' }));
    expect(await conversations.resolve(named('new'))).toBe(idOf('new'));
    await takeUpdate(parts(), activity(about('newer'), { event: 'channelRenamed' }));
    expect(await conversations.resolve(named('new'))).toBeNull();
    expect(await conversations.resolve(named('newer'))).toBe(idOf('new'));
    const renamed = {
      ...about('newer'),
      place: { ...about('newer').place, team: { id: general, name: named('Pay') } },
    };
    await takeUpdate(parts(), activity(renamed, { event: 'teamRenamed' }));
    expect(await conversations.resolve(`${named('Pay')} / ${named('newer')}`)).toBe(idOf('new'));
    await takeUpdate(parts(), activity(about('newer'), { event: 'channelDeleted' }));
    expect(await conversations.resolve(idOf('new'))).toBeNull();
    // What Teams may say one day changes nothing.
    await takeUpdate(parts(), activity(about('newest'), { event: 'constructor' }));
    expect(await conversations.resolve(named('newest'))).toBeNull();
  });

  test('that is deleted takes its channels along, and no others', async () => {
    const [ours, theirs] = [inChannel('a', 'Payments'), inChannel('b', 'Platform')];
    await conversations.see(ours);
    await conversations.see(theirs);
    await takeUpdate(parts(), activity(ours, { event: 'teamDeleted' }));
    expect(await conversations.resolve(ours.place.conversation)).toBeNull();
    expect(await conversations.resolve(theirs.place.conversation)).not.toBeNull();
  });
});

describe('a personal chat', () => {
  const account = (): typeof ALICE => ({ ...ALICE, account: `${ALICE.account}-${made}` });
  const chat = (): Scene => {
    const id = `a:personal-${made}`;
    const sender = { userId: `29:${made}`, aadObjectId: account().account, role: null };
    return scene({ conversation: id, thread: id }, { sender });
  };

  test('is known once somebody has written or added the app, until they remove or block it', async () => {
    expect(await conversations.personalWith(account())).toBeNull();
    await takeInstallation(parts(), activity(chat(), { event: 'add' }));
    const address = { serviceUrl: SERVICE_URL, conversation: `a:personal-${made}` };
    expect(await conversations.personalWith(account())).toEqual(address);
    await conversations.markBlocked(address.conversation);
    expect(await conversations.personalWith(account())).toBeNull();
    await conversations.see(chat());
    expect(await conversations.personalWith(account())).toEqual(address);
    await takeInstallation(parts(), activity(chat(), { event: 'remove' }));
    expect(await conversations.personalWith(account())).toBeNull();
  });

  test('is opened with whoever was met, where Teams lets us; and kept', async () => {
    await conversations.meet(account(), chat());
    expect(await conversations.personalWith(account())).toBeNull();
    opens = `a:opened-${made}`;
    expect(await conversations.personalWith(account())).toMatchObject({ conversation: opens });
    opens = null;
    expect(await conversations.personalWith(account())).toMatchObject({ conversation: `a:opened-${made}` });
  });

  test('is no channel, even by its id', async () => {
    await conversations.see(chat());
    expect(await conversations.resolve(chat().place.conversation)).toBeNull();
  });

  test('is of one account in one tenant', async () => {
    await conversations.see(chat());
    expect(await conversations.personalWith({ ...account(), tenant: FOREIGN })).toBeNull();
    const never = { ...ALICE, account: 'ffffffff-0000-4000-8000-000000000000' };
    expect(await conversations.userIdsOf([account(), never, { ...account(), tenant: FOREIGN }])).toEqual([
      `29:${made}`,
    ]);
    expect(await conversations.userIdsOf([])).toEqual([]);
  });
});
