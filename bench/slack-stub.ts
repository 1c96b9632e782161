/** Just enough of Slack's Web API for Sallyport to work with, with no limits of its own. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SlackStub {
  /** With a slash at the end. */
  readonly apiUrl: string;
  close(): Promise<void>;
}

export const TEAM = 'T0BENCH0000';
export const CHANNEL = 'C0BENCH0000';

type Args = URLSearchParams;
type Answer = Readonly<Record<string, unknown>>;

/** Messages have their time as their name: no two have the same. */
let messages = 0;

function nextTimestamp(): string {
  messages += 1;
  return `1.${String(messages).padStart(6, '0')}`;
}

const CHANNEL_FACTS = { id: CHANNEL, name: 'access', is_archived: false, is_member: true };
const MEMBER = {
  team_id: TEAM,
  deleted: false,
  is_bot: false,
  is_restricted: false,
  is_ultra_restricted: false,
};

const METHODS: Readonly<Record<string, (args: Args) => Answer>> = {
  'auth.test': () => ({ team: 'Bench', team_id: TEAM, user: 'sallyport', user_id: 'U0SALLYPORT' }),
  'users.info': (args) => ({ user: { ...MEMBER, id: args.get('user'), name: args.get('user') } }),
  'conversations.list': () => ({
    channels: [CHANNEL_FACTS, { ...CHANNEL_FACTS, id: 'C0BENCH0001', name: 'access-audit' }],
  }),
  'conversations.info': (args) => ({ channel: { ...CHANNEL_FACTS, id: args.get('channel') } }),
  'conversations.open': (args) => ({ channel: { id: `D${args.get('users')?.slice(1)}` } }),
  'chat.postMessage': (args) => ({
    channel: args.get('channel'),
    ts: nextTimestamp(),
  }),
  'chat.update': (args) => ({ channel: args.get('channel'), ts: args.get('ts') }),
  'chat.postEphemeral': () => ({ message_ts: '1.1' }),
  'views.open': () => ({ view: { id: 'V0BENCH0000' } }),
  'views.update': () => ({ view: { id: 'V0BENCH0000' } }),
};

export async function startSlackStub(): Promise<SlackStub> {
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const answer = METHODS[request.url?.replace('/api/', '') ?? ''];
      const json = answer === undefined ? { ok: true } : { ok: true, ...answer(new URLSearchParams(body)) };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(json));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
