/**
 * Between Microsoft's Agents Playground and Sallyport. The playground signs nothing without a tenant of Microsoft's,
 * and knows one person who clicks: what it sends is given the identity of whoever acts now, and signed with keys that
 * Sallyport was told to trust. What Sallyport sends is handed on, except to the personal chats of the others, which
 * the playground has no place for.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { APP_ID, createAuthority, TENANT } from '../../test/support/teams/authority.ts';
import { ALICE_CHAT, memberOf, type Name, TEAM } from './people.ts';

export type Json = Readonly<Record<string, unknown>>;

export interface Gateway {
  readonly url: string;
  /** Where the playground and Sallyport are, once they run. */
  connect(to: { readonly playground?: string; readonly sallyport?: string }): void;
  /** Who clicks in the playground from now on. */
  actAs(name: Name): void;
  /** What Sallyport sent to somebody's personal chat, oldest first. */
  saidTo(name: Name): readonly Json[];
  /** Something that the playground cannot send: as Teams would. @returns what Sallyport answers */
  send(name: Name, activity: Json): Promise<Json>;
  /** Opens a dialog, for which the playground has no place. @returns what it would show */
  invoke(name: Name, data: Json): Promise<Json>;
  close(): void;
}

export async function startGateway(): Promise<Gateway> {
  const authority = await createAuthority();
  const said = new Map<string, Json[]>();
  let acting: Name = 'alice';
  let playground = '';
  let sallyport = '';

  const deliver = async (activity: Json): Promise<{ readonly status: number; readonly text: string }> => {
    const serviceUrl = `${url}/connector/`;
    const authorization = `Bearer ${await authority.sign(serviceUrl)}`;
    const response = await fetch(`${sallyport}/teams/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body: JSON.stringify({ ...activity, serviceUrl }),
    });
    return { status: response.status, text: await response.text() };
  };

  const send = async (name: Name, activity: Json): Promise<Json> => {
    const { status, text } = await deliver({ ...envelope(name), ...activity });
    if (status >= 300) throw new Error(`Sallyport answered ${status}: ${text}`);
    return text === '' ? {} : (JSON.parse(text) as Json);
  };

  const server = createServer(async (request, response) => {
    const reply = (status: number, text: string): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(text);
    };
    try {
      const path = request.url ?? '/';
      const body = await bodyOf(request);
      const document = authority.documentsAt(url)[path];
      if (document !== undefined) return reply(200, JSON.stringify(document));
      if (path.startsWith('/login/')) {
        const granted = authority.grant(path.split('/')[2] ?? '', new URLSearchParams(body));
        return reply(granted.status, JSON.stringify(granted.body));
      }
      if (path.startsWith('/connector/')) {
        const own = ownAnswer(decodeURIComponent(path), body, said);
        if (own !== null) return reply(own.status, JSON.stringify(own.body));
        const [, chat = ''] = /\/conversations\/([^/]+)\/activities/.exec(decodeURIComponent(path)) ?? [];
        if (body !== '') said.set(chat, [...(said.get(chat) ?? []), JSON.parse(body) as Json]);
        const at = `${playground}/_connector${path.slice('/connector'.length)}`;
        const passed = await fetch(at, {
          method: request.method ?? 'GET',
          headers: { 'content-type': 'application/json' },
          ...(body === '' ? {} : { body }),
        });
        return reply(passed.status, await passed.text());
      }
      if (request.method !== 'POST') return reply(200, '{}');
      const activity = JSON.parse(body) as Json;
      const { id, name, aadObjectId } = memberOf(acting);
      const answer = await deliver({ ...activity, from: { id, name, aadObjectId } });
      return reply(answer.status, answer.text);
    } catch (error) {
      reply(500, JSON.stringify({ error: String(error) }));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url,
    connect: (to) => {
      playground = to.playground ?? playground;
      sallyport = to.sallyport ?? sallyport;
    },
    actAs: (name) => {
      acting = name;
    },
    saidTo: (name) => said.get(chatOf(name)) ?? [],
    send,
    invoke: (name, data) => send(name, { type: 'invoke', name: 'task/fetch', value: { data } }),
    close: () => void server.close(),
  };
}

function chatOf(name: Name): string {
  return name === 'alice' ? ALICE_CHAT : `a:1-personal-${name}`;
}

/** Members, and the chats that the playground has no place for; null for what is the playground's. */
function ownAnswer(
  path: string,
  body: string,
  said: Map<string, Json[]>,
): { readonly status: number; readonly body: object } | null {
  const [, member] = /\/members\/(29:1[a-z]+)$/.exec(path) ?? [];
  if (member !== undefined) return { status: 200, body: memberOf(member.slice(4) as Name) };
  const [, chat] = /\/conversations\/(a:1-personal-(?!alice)[a-z]+)\/activities/.exec(path) ?? [];
  if (chat === undefined) return null;
  said.set(chat, [...(said.get(chat) ?? []), JSON.parse(body) as Json]);
  return { status: 201, body: { id: randomUUID() } };
}

function envelope(name: Name): Json {
  const { id, name: from, aadObjectId } = memberOf(name);
  return {
    id: `f:${randomUUID()}`,
    channelId: 'msteams',
    timestamp: new Date().toISOString(),
    from: { id, name: from, aadObjectId },
    recipient: { id: `28:${APP_ID}`, name: 'Sallyport' },
    conversation: { id: chatOf(name), conversationType: 'personal', tenantId: TENANT },
    channelData: { tenant: { id: TENANT } },
  };
}

/** As Teams says that the app was added to a team. */
export function addedToTeam(): Json {
  const bot = { id: `28:${APP_ID}`, name: 'Sallyport' };
  return {
    type: 'conversationUpdate',
    membersAdded: [bot],
    conversation: { id: TEAM.id, conversationType: 'channel', isGroup: true, tenantId: TENANT },
    channelData: { team: TEAM, channel: { id: TEAM.id }, tenant: { id: TENANT } },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
