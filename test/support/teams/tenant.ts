/**
 * A Teams tenant for tests: the sample people, a team with channels, and the Bot Connector before them. A test file
 * has one; a payload that Teams would refuse fails the test that sent it.
 */
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { APP_ID, FOREIGN_TENANT, TENANT } from './authority.ts';
import {
  type Connector,
  type Conversation,
  type Json,
  type Member,
  startConnector,
  type TeamsMessage,
} from './connector.ts';
import { type ConnectorCall, type ConnectorMethod, type FaultPlan, NO_FAULTS } from './faults.ts';

/** Whoever is not an ordinary member, by what Teams says of them. */
const UNUSUAL: Readonly<Record<string, Partial<Member>>> = {
  guest: { userRole: 'guest', userPrincipalName: 'guest_elsewhere.example#EXT#@acme.example' },
  foreigner: { tenantId: FOREIGN_TENANT },
  // Whoever joins without an account has no object id.
  anonymous: { userRole: 'anonymous', userPrincipalName: '' },
};
/** Alice has a second account, for administration. */
const PEOPLE = ['alice', 'bob', 'dana', 'carol', 'alice-admin', ...Object.keys(UNUSUAL)];
const CHANNELS = ['General', 'access', 'access-audit', 'inc-42'];

export const TEAM = '19:team-payments@thread.tacv2';
/** The app, as activities name it. */
export const BOT = { id: `28:${APP_ID}`, name: 'Sallyport' } as const;

export interface TeamsTenant {
  /** Where the app reaches the connector, as activities say it: with a slash at the end. */
  readonly serviceUrl: string;
  /** `login`, `openIdMetadata` and so on, as the policy takes them. */
  readonly endpoints: { readonly login: string; readonly openIdMetadata: string };
  readonly connector: Connector;
  member(name: string): Member;
  channelId(name: string): string;
  /** The id of the conversation between the app and one person. */
  personalId(name: string): string;
  /** Everything in a channel, oldest first; people's own messages are not kept. */
  messages(channel: string): readonly TeamsMessage[];
  /** What the app has said to one person, oldest first. */
  direct(name: string): readonly TeamsMessage[];
  calls(method?: ConnectorMethod): readonly ConnectorCall[];
  setFaults(plan: FaultPlan): void;
  /** The app is blocked there, or gone. */
  block(conversation: string, isBlocked?: boolean): void;
  /** They left the tenant. */
  removeMember(name: string): void;
  /** Puts another team's channel beside the others. */
  addChannel(name: string, team: string): string;
}

/** Starts before the file's tests. Read the result inside tests only. */
export function useTeamsTenant(): { readonly current: TeamsTenant } {
  let tenant: TeamsTenant | null = null;
  beforeAll(async () => {
    tenant = tenantOn(await startConnector());
  });
  afterEach(() => {
    tenant?.setFaults(NO_FAULTS);
    expect(tenant?.connector.problems.splice(0) ?? []).toEqual([]);
  });
  afterAll(async () => {
    await tenant?.connector.close();
  });
  return {
    get current() {
      if (tenant === null) throw new Error('The tenant exists only while tests run.');
      return tenant;
    },
  };
}

function tenantOn(connector: Connector): TeamsTenant {
  const members = new Map(PEOPLE.map((name, index) => [name, memberNamed(name, index)]));
  const { conversations } = connector;
  const put = (conversation: Omit<Conversation, 'messages' | 'isBlocked'>): string => {
    conversations.set(conversation.id, { ...conversation, messages: [], isBlocked: false });
    return conversation.id;
  };
  const addChannel = (name: string, team: string): string =>
    put({
      id: `19:${name}-of-${team.slice(3, 20)}@thread.tacv2`,
      kind: 'channel',
      name,
      team,
      members: [...members.values()],
    });
  for (const name of CHANNELS) addChannel(name, TEAM);

  const member = (name: string): Member => {
    const found = members.get(name);
    if (found === undefined) throw new Error(`nobody is called ${name}`);
    return found;
  };
  const personalId = (name: string): string => `a:1-personal-${name}`;
  for (const name of PEOPLE) {
    put({ id: personalId(name), kind: 'personal', name, team: null, members: [member(name)] });
  }
  connector.onCreate((body) => {
    const [asked] = (body['members'] ?? []) as readonly { id?: string }[];
    const name = PEOPLE.find((one) => [member(one).id, member(one).aadObjectId].includes(asked?.id ?? ''));
    return name === undefined ? null : (conversations.get(personalId(name)) ?? null);
  });

  const inConversation = (id: string): Conversation => {
    const found = conversations.get(id);
    if (found === undefined) throw new Error(`there is no conversation ${id}`);
    return found;
  };
  const channelId = (name: string): string => {
    const found = [...conversations.values()].find(
      (one) => one.kind === 'channel' && (one.name === name || one.id === name),
    );
    if (found === undefined) throw new Error(`there is no channel ${name}`);
    return found.id;
  };

  return {
    serviceUrl: `${connector.url}/emea/`,
    endpoints: { login: `${connector.url}/login`, openIdMetadata: `${connector.url}/openid` },
    connector,
    member,
    channelId,
    personalId,
    messages: (channel) => inConversation(channelId(channel)).messages,
    direct: (name) => inConversation(personalId(name)).messages,
    calls: (method) => connector.calls.filter((call) => method === undefined || call.method === method),
    setFaults: connector.setFaults,
    block: (id, isBlocked = true) => {
      inConversation(id).isBlocked = isBlocked;
    },
    removeMember: (name) => {
      for (const conversation of conversations.values()) {
        conversation.members = conversation.members.filter(({ id }) => id !== member(name).id);
      }
    },
    addChannel,
  };
}

function memberNamed(name: string, index: number): Member {
  const number = String(index + 1).padStart(12, '0');
  const ordinary: Member = {
    id: `29:1${name}-of-this-bot`,
    name: `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`,
    aadObjectId: `aaaaaaaa-0000-4000-8000-${number}`,
    tenantId: TENANT,
    email: `${name}@example.com`,
    userPrincipalName: `${name}@example.com`,
    userRole: 'user',
  };
  const { aadObjectId, ...withoutId } = { ...ordinary, ...UNUSUAL[name] };
  return name === 'anonymous' || aadObjectId === undefined ? withoutId : { ...withoutId, aadObjectId };
}

/** The cards on a message. */
export function cardsOf({ activity }: Pick<TeamsMessage, 'activity'>): readonly Json[] {
  const attachments = (activity['attachments'] ?? []) as readonly { contentType?: string; content?: Json }[];
  return attachments.flatMap(({ contentType, content }) =>
    contentType === 'application/vnd.microsoft.card.adaptive' && content !== undefined ? [content] : [],
  );
}
