/**
 * Stands between the app and the emulator: checks every payload against Slack's limits, injects faults, records
 * what went through, and adds what the emulator does not have (guests, scopes, response URLs).
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Fault, type FaultPlan, NO_FAULTS } from './faults.ts';
import { parseArgs, RECORD, type SlackCall } from './slack-call.ts';
import { problemsOf } from './validate.ts';

type Json = Readonly<Record<string, unknown>>;

export interface SlackProxy {
  readonly url: string;
  readonly calls: readonly SlackCall[];
  /** What Slack would have refused, of every payload so far. */
  readonly problems: readonly string[];
  setFaults(plan: FaultPlan): void;
  /** What the app's token was granted. */
  setScopes(scopes: readonly string[]): void;
  /** Answers a method in the emulator's place. */
  answer(method: string, answer: (args: Json) => Json): void;
  /** Changes what the emulator answers. */
  amend(method: string, amend: (answer: Json, args: Json) => Json): void;
  /** Hears every call that was answered. */
  onAnswered(listen: (call: SlackCall) => void): void;
  /** A URL that takes messages as Slack's response URLs do: five within their time. */
  openResponseUrl(take: (message: Json) => void): string;
  close(): Promise<void>;
}

const RESPONSES_PER_URL_MAX = 5;
const REQUEST_BYTES_MAX = 8 * 1024 * 1024;

/** @param options.scopes what the app's token was granted */
export async function startSlackProxy(options: {
  readonly port: number;
  readonly emulatorUrl: string;
  readonly scopes: readonly string[];
  /** The emulator takes any for an administrator's. */
  readonly tokens: readonly string[];
}): Promise<SlackProxy> {
  const calls: SlackCall[] = [];
  const problems: string[] = [];
  const answers = new Map<string, (args: Json) => Json>();
  const amendments = new Map<string, (answer: Json, args: Json) => Json>();
  const listeners: ((call: SlackCall) => void)[] = [];
  const responses = new Map<string, { left: number; readonly take: (message: Json) => void }>();
  let plan: FaultPlan = NO_FAULTS;
  let { scopes } = options;

  const note = (method: string, payload: Json): void => {
    problems.push(...problemsOf(method, payload).map((problem) => `${method}: ${problem}`));
  };

  const ask = async (method: string, request: IncomingMessage, body: Buffer, args: Json): Promise<Json> => {
    const own = answers.get(method);
    if (own !== undefined) return own(args);
    const answer = await forward(options.emulatorUrl, request, body);
    const json = RECORD.parse(JSON.parse(answer.body.toString('utf8')));
    return amendments.get(method)?.(json, args) ?? json;
  };

  const takeCall = async (method: string, request: IncomingMessage, response: ServerResponse) => {
    const body = await readAll(request);
    const args = parseArgs(body.toString('utf8'), request.headers['content-type'] ?? '');
    const call: SlackCall = { method, args, answer: null };
    calls.push(call);
    note(method, args);
    if (!options.tokens.includes(request.headers.authorization?.replace('Bearer ', '') ?? '')) {
      send(response, 200, { ok: false, error: 'invalid_auth' });
      return;
    }
    const fault = plan(call);
    if (fault !== null && (await refuse(fault, response))) return;
    const answer = await ask(method, request, body, args);
    call.answer = answer;
    for (const listen of listeners) listen(call);
    if (fault?.kind === 'unanswered') {
      response.destroy();
      return;
    }
    if (fault?.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, fault.afterMs));
    send(response, 200, answer, { 'x-oauth-scopes': scopes.join(',') });
  };

  const takeResponse = async (id: string, request: IncomingMessage, response: ServerResponse) => {
    const open = responses.get(id);
    const message = RECORD.parse(JSON.parse((await readAll(request)).toString('utf8')));
    if (open === undefined || open.left === 0) {
      problems.push('response_url: used more often than five times');
      send(response, 404, { ok: false, error: 'expired_url' });
      return;
    }
    open.left -= 1;
    note('response_url', message);
    open.take(message);
    send(response, 200, { ok: true });
  };

  const server = createServer((request, response) => {
    const [, first = '', second = ''] = (request.url ?? '').split('?')[0]?.split('/') ?? [];
    const handled =
      first === 'api'
        ? takeCall(second, request, response)
        : first === 'respond'
          ? takeResponse(second, request, response)
          : relay(options.emulatorUrl, request, response);
    handled.catch((error: unknown) => {
      problems.push(`the proxy failed: ${String(error)}`);
      response.destroy();
    });
  });
  const url = await listening(server, options.port);

  return {
    url,
    calls,
    problems,
    setFaults: (next) => {
      plan = next;
    },
    setScopes: (next) => {
      scopes = next;
    },
    answer: (method, answer) => void answers.set(method, answer),
    amend: (method, amend) => void amendments.set(method, amend),
    onAnswered: (listen) => void listeners.push(listen),
    openResponseUrl: (take) => {
      const id = `${responses.size + 1}`;
      responses.set(id, { left: RESPONSES_PER_URL_MAX, take });
      return `${url}/respond/${id}`;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** @returns false when Slack does it nevertheless */
async function refuse(fault: Fault, response: ServerResponse): Promise<boolean> {
  switch (fault.kind) {
    case 'rate-limited':
      send(
        response,
        429,
        { ok: false, error: 'ratelimited' },
        { 'retry-after': String(fault.retryAfterSeconds) },
      );
      return true;
    case 'status':
      send(response, fault.status, { ok: false, error: 'fatal_error' });
      return true;
    case 'lost':
      response.destroy();
      return true;
    case 'unanswered':
    case 'slow':
      return false;
  }
}

async function forward(
  to: string,
  request: IncomingMessage,
  body: Buffer,
): Promise<{ status: number; body: Buffer }> {
  const answer = await fetch(`${to}${request.url}`, {
    method: request.method ?? 'POST',
    headers: {
      'content-type': request.headers['content-type'] ?? 'application/octet-stream',
      ...(request.headers.authorization === undefined
        ? {}
        : { authorization: request.headers.authorization }),
    },
    ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
  });
  return { status: answer.status, body: Buffer.from(await answer.arrayBuffer()) };
}

async function relay(to: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const answer = await forward(to, request, await readAll(request));
  response.writeHead(answer.status).end(answer.body);
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > REQUEST_BYTES_MAX) throw new Error('the request is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, status: number, json: Json, headers: Record<string, string> = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(json));
}

async function listening(server: Server, port: number): Promise<string> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
