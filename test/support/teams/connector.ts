/**
 * The Bot Connector of a tenant: conversations, their messages and members, over real HTTP, with its limits and what
 * goes wrong. It takes only tokens that the tenant's token endpoint has granted.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../../src/core/clock.ts';
import { type Authority, createAuthority } from './authority.ts';
import { type ConnectorCall, type ConnectorMethod, type Fault, type FaultPlan, NO_FAULTS } from './faults.ts';
import { problemsOfActivity } from './validate.ts';

export type Json = Readonly<Record<string, unknown>>;

export interface TeamsMessage {
  readonly id: string;
  /** The first message of its thread; null for one that begins a thread, and in personal chats. */
  readonly thread: string | null;
  /** The activity as it was sent or edited last. */
  readonly activity: Json;
  readonly edits: number;
}

export interface Member {
  readonly id: string;
  readonly name: string;
  readonly aadObjectId?: string;
  readonly tenantId: string;
  readonly email: string;
  readonly userPrincipalName: string;
  readonly userRole: 'user' | 'guest' | 'anonymous';
}

export interface Conversation {
  readonly id: string;
  readonly kind: 'personal' | 'channel';
  readonly name: string;
  readonly team: string | null;
  members: readonly Member[];
  messages: TeamsMessage[];
  /** The app may not write there: blocked or removed. */
  isBlocked: boolean;
}

export interface Connector {
  readonly url: string;
  readonly authority: Authority;
  readonly conversations: Map<string, Conversation>;
  readonly calls: readonly ConnectorCall[];
  /** What Teams would have refused, or ought to have, of every payload so far. */
  readonly problems: string[];
  /** How often more was sent than Teams takes. */
  tooMany(): number;
  setFaults(plan: FaultPlan): void;
  /** By whose time the limits are counted. */
  setClock(clock: Clock): void;
  nextMessageId(): string;
  /** Opens a personal chat, as a bot may with those who have the app. */
  onCreate(open: (body: Json) => Conversation | null): void;
  close(): Promise<void>;
}

/** Of a bot in one conversation: at most so many in so long. */
export const SEND_LIMITS = [
  { countMax: 7, withinMs: 1_000 },
  { countMax: 8, withinMs: 2_000 },
  { countMax: 60, withinMs: 30_000 },
  { countMax: 1_800, withinMs: 3_600_000 },
] as const;

const REQUEST_BYTES_MAX = 1024 * 1024;

export async function startConnector(): Promise<Connector> {
  const authority = await createAuthority();
  const conversations = new Map<string, Conversation>();
  const calls: ConnectorCall[] = [];
  const problems: string[] = [];
  const sentAt = new Map<string, number[]>();
  let plan: FaultPlan = NO_FAULTS;
  let clock: Clock = { now: () => new Date() };
  let open: (body: Json) => Conversation | null = () => null;
  let lastId = 1_700_000_000_000;
  let tooMany = 0;
  const nextMessageId = (): string => {
    lastId += 1;
    return String(lastId);
  };

  /** True when this one is too many. */
  const count = (conversation: string): boolean => {
    const now = clock.now().getTime();
    const before = sentAt.get(conversation) ?? [];
    const isTooMany = SEND_LIMITS.some(
      ({ countMax, withinMs }) => before.filter((at) => at > now - withinMs).length >= countMax,
    );
    if (isTooMany) tooMany += 1;
    else sentAt.set(conversation, [...before.filter((at) => at > now - 3_600_000), now]);
    return isTooMany;
  };

  const write = (method: 'send' | 'update', request: Request): Answer => {
    const { conversation, thread, messageId, body } = request;
    problems.push(...problemsOfActivity(body).map((problem) => `${method}: ${problem}`));
    if (conversation === null) return refusal(404, 'ConversationNotFound');
    if (conversation.isBlocked) return refusal(403, 'MessageWritesBlocked');
    if (count(conversation.id)) return refusal(429, 'TooManyRequests', { 'retry-after': '2' });
    if (method === 'send') {
      const id = nextMessageId();
      const begins = conversation.kind === 'personal' ? null : (thread ?? messageId);
      conversation.messages.push({ id, thread: begins, activity: body, edits: 0 });
      return { status: 201, body: { id } };
    }
    const index = conversation.messages.findIndex(({ id }) => id === messageId);
    const known = conversation.messages[index];
    if (known === undefined) return refusal(404, 'ActivityNotFoundInConversation');
    if (thread !== null && known.thread !== null && known.thread !== thread) {
      return refusal(404, 'ActivityNotFoundInConversation');
    }
    conversation.messages[index] = { ...known, activity: body, edits: known.edits + 1 };
    return { status: 200, body: { id: known.id } };
  };

  const perform = (request: Request): Answer => {
    const { method, conversation, messageId, body } = request;
    switch (method) {
      case 'send':
      case 'update':
        return write(method, request);
      case 'delete':
        if (conversation === null) return refusal(404, 'ConversationNotFound');
        conversation.messages = conversation.messages.filter(({ id }) => id !== messageId);
        return { status: 200, body: {} };
      case 'create': {
        const made = open(body);
        if (made === null) return refusal(403, 'BotNotInConversationRoster');
        return { status: 201, body: { id: made.id, serviceUrl: `${url}/emea/` } };
      }
      case 'member': {
        const member = conversation?.members.find(
          ({ id, aadObjectId }) => id === messageId || aadObjectId === messageId,
        );
        if (conversation === null) return refusal(404, 'ConversationNotFound');
        return member === undefined
          ? refusal(404, 'MemberNotFoundInConversation')
          : { status: 200, body: { ...member, objectId: member.aadObjectId } };
      }
      case 'members':
        if (conversation === null) return refusal(404, 'ConversationNotFound');
        return { status: 200, body: { members: conversation.members } };
      case 'channels':
      case 'team': {
        const ofTeam = [...conversations.values()].filter(({ team }) => team === request.team);
        if (ofTeam.length === 0) return refusal(404, 'ConversationNotFound');
        // Teams gives the first channel no name.
        const channels = ofTeam.map(({ id, name }) => ({ id, name: name === 'General' ? null : name }));
        const team = { id: request.team, name: 'Payments', aadGroupId: 'group-1' };
        return { status: 200, body: method === 'team' ? team : { conversations: channels } };
      }
    }
  };

  const takeCall = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const text = await readAll(request);
    const asked = parseRequest(request, text, conversations);
    if (asked === null) return send(response, refusal(404, 'NotFound'));
    const note = (status: number): void => {
      const { method, rawConversation, body } = asked;
      calls.push({ method, conversation: rawConversation, body, status });
    };
    if (!authority.isGranted(request.headers.authorization ?? '')) {
      note(401);
      return send(response, refusal(401, 'Unauthorized'));
    }
    const fault = plan({ method: asked.method, conversation: asked.rawConversation, body: asked.body });
    const refused = fault === null ? null : refusedBy(fault);
    if (fault?.kind === 'lost' || refused !== null) {
      note(refused?.status ?? 0);
      if (refused === null) response.destroy();
      else send(response, refused);
      return;
    }
    const answer = perform(asked);
    note(answer.status);
    if (fault?.kind === 'unanswered') {
      response.destroy();
      return;
    }
    if (fault?.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, fault.afterMs));
    send(response, answer);
  };

  const takeRequest = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const token = /^\/login\/([^/]+)\/oauth2\/v2\.0\/token$/.exec(path);
    if (token !== null && request.method === 'POST') {
      return send(response, authority.grant(token[1] ?? '', new URLSearchParams(await readAll(request))));
    }
    const document = authority.documentsAt(url)[path];
    if (document !== undefined) return send(response, { status: 200, body: document as object });
    return takeCall(request, response);
  };

  const server = createServer((request, response) => {
    takeRequest(request, response).catch((error: unknown) => {
      problems.push(`the connector failed: ${String(error)}`);
      response.destroy();
    });
  });
  const url = await listening(server);
  return {
    ...{ url, authority, conversations, calls, problems, nextMessageId },
    tooMany: () => tooMany,
    setFaults: (next) => {
      plan = next;
    },
    setClock: (next) => {
      clock = next;
    },
    onCreate: (next) => {
      open = next;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Request {
  readonly method: ConnectorMethod;
  readonly rawConversation: string;
  readonly conversation: Conversation | null;
  readonly thread: string | null;
  /** Of a message, or of a member. */
  readonly messageId: string | null;
  readonly team: string | null;
  readonly body: Json;
}

interface Answer {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

function parseRequest(
  request: IncomingMessage,
  text: string,
  conversations: ReadonlyMap<string, Conversation>,
): Request | null {
  const path = (request.url ?? '').split('?')[0] ?? '';
  const [, , version, collection, rawId = '', part, last] = path.split('/').map(decodeURIComponent);
  if (!path.startsWith('/emea/') || version !== 'v3') return null;
  const body = (text === '' ? {} : JSON.parse(text)) as Json;
  const [id = '', messageid] = rawId.split(';messageid=');
  const common = {
    rawConversation: rawId,
    conversation: conversations.get(id) ?? null,
    thread: messageid ?? null,
    messageId: last ?? null,
    team: collection === 'teams' ? rawId : null,
    body,
  };
  const method = methodOf(`${request.method} ${collection}/${part ?? ''}`, {
    hasId: rawId !== '',
    hasLast: last !== undefined,
  });
  return method === null ? null : { ...common, method };
}

function methodOf(
  what: string,
  { hasId, hasLast }: { hasId: boolean; hasLast: boolean },
): ConnectorMethod | null {
  switch (what) {
    case 'POST conversations/':
      return hasId ? null : 'create';
    case 'POST conversations/activities':
      return 'send';
    case 'PUT conversations/activities':
      return hasLast ? 'update' : null;
    case 'DELETE conversations/activities':
      return hasLast ? 'delete' : null;
    case 'GET conversations/members':
      return hasLast ? 'member' : 'members';
    case 'GET conversations/pagedmembers':
      return 'members';
    case 'GET teams/conversations':
      return 'channels';
    case 'GET teams/':
      return 'team';
    default:
      return null;
  }
}

function refusedBy(fault: Fault): Answer | null {
  switch (fault.kind) {
    case 'rate-limited': {
      const seconds = fault.retryAfterSeconds;
      return refusal(429, 'TooManyRequests', seconds === null ? {} : { 'retry-after': String(seconds) });
    }
    case 'status':
      return refusal(fault.status, fault.code ?? 'ServiceError');
    case 'lost':
    case 'unanswered':
    case 'slow':
      return null;
  }
}

function refusal(status: number, code: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, body: { error: { code, message: `The connector says ${code}.` } }, headers };
}

function send(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > REQUEST_BYTES_MAX) throw new Error('the request is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
