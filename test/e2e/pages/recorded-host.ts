/**
 * A session with a host as it was recorded, behind the real pages with their real headers: what the API says of it
 * comes from the events, through the timeline and the exporter that the API uses.
 */
import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import { ZERO_COUNTS } from '../../../src/core/session.ts';
import type { Effect } from '../../../src/core/statement.ts';
import type { RecordingEvent, SessionFacts } from '../../../src/recording/events.ts';
import { exportAsciicast } from '../../../src/recording/exporters/asciicast.ts';
import type { RecordingEnd, RecordingEvents } from '../../../src/recording/reader.ts';
import { buildTimeline } from '../../../src/recording/timeline.ts';
import { pageRoutes } from '../../../src/web/routes/pages.ts';
import { securityHeaders } from '../../../src/web/security-headers.ts';
import type { WireSession } from '../../../src/web/wire.ts';

export const SESSION_ID = 's-abcd2345';
const PAGES = join(import.meta.dirname, '../../../dist/pages');
const STARTED_AT = '2026-11-21T14:30:00.000Z';
const ALICE = { id: 'p-alice', name: 'Alice Moreau', email: 'alice@example.com' };
const BOB = { id: 'p-bob', name: 'Bob Lindqvist', email: 'bob@example.com' };
const ME = { ...ALICE, kind: 'person', groups: ['engineering'], authenticatedAt: STARTED_AT };

const FACTS: SessionFacts = {
  sessionId: SESSION_ID,
  grantId: 'g-abcd2345',
  requestId: 'r-abcd2345',
  holder: ALICE,
  approvers: [BOB],
  resource: 'web-1',
  resourceKind: 'ssh',
  role: 'operator',
  reason: 'checkout answers slowly',
  incident: null,
  clientAddress: '192.0.2.7',
  application: 'SSH-2.0-OpenSSH_9.2',
  policyVersion: 'v1',
  startedAt: STARTED_AT,
};

type StatementEvent = Extract<RecordingEvent, { type: 'statement' }>;

function command(
  statement: number,
  { text, atMs, effects, verdict }: Pick<StatementEvent, 'text' | 'atMs' | 'verdict'> & { effects: Effect[] },
): StatementEvent {
  const analysis = [{ text, effects, relations: [], functions: [], flags: [] }];
  const common = { textSha256: '0'.repeat(64), protocol: 'simple', parameters: [] } as const;
  return { ...common, type: 'statement', statement, text, atMs, analysis, verdict };
}

function outcome(statement: number, atMs: number, tag: string): RecordingEvent {
  const nothing = { rows: 0, maskedCells: 0, error: null };
  return { type: 'outcome', statement, atMs, durationMs: 40, tags: [tag], ...nothing };
}

const ALLOWED = { action: 'allow', rule: null, reason: 'the role operator allows read-file' } as const;
const LOG_LINES = Array.from(
  { length: 12 },
  (_, index) => `10:0${index % 10} checkout: order ${4_711 + index} paid`,
);

/** What had happened by the time the session was first looked at. */
export const EARLY: readonly RecordingEvent[] = [
  { type: 'start', atMs: 0, facts: FACTS },
  {
    type: 'channel',
    atMs: 100,
    channel: 1,
    kind: 'guided',
    terminal: { term: 'xterm-256color', columns: 80, rows: 24 },
    detail: null,
  },
  { type: 'output', atMs: 200, channel: 1, statement: null, stream: 'stdout', text: 'deploy@web-1:~$ ' },
  {
    type: 'output',
    atMs: 1_100,
    channel: 1,
    statement: null,
    stream: 'stdout',
    text: 'tail /var/log/shop.log\r\n',
  },
  command(1, { text: 'tail /var/log/shop.log', atMs: 1_200, effects: ['read-file'], verdict: ALLOWED }),
  {
    type: 'output',
    atMs: 1_240,
    channel: 1,
    statement: 1,
    stream: 'stdout',
    text: `\u001b[32m${LOG_LINES.join('\r\n')}\u001b[0m\r\n`,
  },
  outcome(1, 1_250, 'exit 0'),
  command(2, {
    text: 'rm -rf /srv/shop',
    atMs: 3_000,
    effects: ['write-file'],
    verdict: { action: 'deny', rule: 'no-recursive-delete', reason: 'Nothing is deleted by the tree.' },
  }),
  { type: 'mark', atMs: 3_000, channel: 1, label: 'denied: rm -rf /srv/shop' },
  {
    type: 'output',
    atMs: 3_020,
    channel: 1,
    statement: null,
    stream: 'stderr',
    text: 'sallyport: denied by rule no-recursive-delete\r\ndeploy@web-1:~$ ',
  },
];

/** What came after. */
export const LATER: readonly RecordingEvent[] = [
  command(3, {
    text: 'systemctl restart shop',
    atMs: 5_000,
    effects: ['run'],
    verdict: {
      action: 'review',
      rule: 'restarts',
      reason: 'A restart takes a second pair of eyes.',
      approval: { seats: [], withinMs: 600_000 },
    },
  }),
  {
    type: 'hold',
    atMs: 5_001,
    statement: 3,
    hold: 'h-abcd2345',
    state: 'held',
    scope: null,
    by: [],
    note: null,
  },
  {
    type: 'hold',
    atMs: 9_000,
    statement: 3,
    hold: 'h-abcd2345',
    state: 'approved',
    scope: 'once',
    by: [{ id: BOB.id, name: BOB.name }],
    note: null,
  },
  outcome(3, 9_100, 'exit 0'),
  { type: 'output', atMs: 9_150, channel: 1, statement: 3, stream: 'stdout', text: 'restarted\r\n' },
  { type: 'channel', atMs: 9_500, channel: 2, kind: 'sftp', terminal: null, detail: null },
  command(4, { text: 'sftp get /var/log/shop.log', atMs: 9_600, effects: ['read-file'], verdict: ALLOWED }),
  {
    type: 'file',
    atMs: 9_900,
    channel: 2,
    statement: 4,
    direction: 'download',
    path: '/var/log/shop.log',
    bytes: 3_565_158,
    sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    complete: true,
  },
  outcome(4, 9_910, 'ok'),
  command(5, {
    text: 'sftp put /srv/shop/next.tar',
    atMs: 10_000,
    effects: ['write-file'],
    verdict: ALLOWED,
  }),
  {
    type: 'file',
    atMs: 10_200,
    channel: 2,
    statement: 5,
    direction: 'upload',
    path: '/srv/shop/next.tar',
    bytes: 812,
    sha256: null,
    complete: false,
  },
  command(6, {
    text: 'ssh-forward db.internal:5432',
    atMs: 10_500,
    effects: ['run'],
    verdict: { action: 'deny', rule: 'role', reason: 'The role operator forwards nothing.' },
  }),
  { type: 'channel-end', atMs: 11_000, channel: 1, status: 0, signal: null },
  { type: 'end', atMs: 11_000, reason: 'client-closed', counts: { ...ZERO_COUNTS, commands: 6 } },
];

export interface RecordedHost {
  readonly url: string;
  /** What is recorded from now on; the session is live until there is an end. */
  append(events: readonly RecordingEvent[]): void;
  stop(): Promise<void>;
}

export async function serveRecordedHost(events: readonly RecordingEvent[]): Promise<RecordedHost> {
  const recorded = [...events];
  const live = (): boolean => recorded.at(-1)?.type !== 'end';
  const http = Fastify({ forceCloseConnections: true });
  const addHeaders = securityHeaders({ https: false });
  http.addHook('onRequest', async (request, reply) => addHeaders(request, reply));
  await http.register(pageRoutes({ directory: PAGES, identify: async () => ME as never }));
  serveApi(http, { recorded, live });
  const url = await http.listen({ host: '127.0.0.1', port: 0 });
  return {
    url,
    append: (more) => void recorded.push(...more),
    stop: () => http.close(),
  };
}

function serveApi(
  http: FastifyInstance,
  { recorded, live }: { readonly recorded: readonly RecordingEvent[]; readonly live: () => boolean },
): void {
  async function* read(): RecordingEvents {
    yield* [...recorded];
    const end: RecordingEnd = live()
      ? { complete: false, sealedBy: null, problem: null }
      : { complete: true, sealedBy: 'close', problem: null };
    return end;
  }
  http.get('/api/v1/me', async () => ME);
  http.get('/api/v1/freeze', async () => ({ freeze: null }));
  http.get(`/api/v1/sessions/${SESSION_ID}`, async () => sessionOf(recorded, live()));
  http.get(`/api/v1/sessions/${SESSION_ID}/timeline`, async () => buildTimeline({ events: read() }));
  http.get(`/api/v1/sessions/${SESSION_ID}/export`, async (_request, reply) => {
    let cast = '';
    for await (const line of exportAsciicast(read())) cast += line;
    return reply.type('application/x-asciicast').send(cast);
  });
}

function sessionOf(recorded: readonly RecordingEvent[], live: boolean): WireSession {
  const commands = recorded.filter(({ type }) => type === 'statement').length;
  return {
    ...{
      id: SESSION_ID,
      grantId: FACTS.grantId,
      requestId: FACTS.requestId,
      holder: { ...ALICE, kind: 'person' },
      approvers: [{ ...BOB, kind: 'person' }],
    },
    ...{
      resource: FACTS.resource,
      resourceKind: 'ssh',
      role: FACTS.role,
      reason: FACTS.reason,
      incident: null,
    },
    ...{ clientAddress: FACTS.clientAddress, application: FACTS.application, startedAt: STARTED_AT },
    origin: null,
    lastSeenAt: STARTED_AT,
    endedAt: live ? null : '2026-11-21T14:30:11.000Z',
    endReason: live ? null : 'client-closed',
    terminated: null,
    watchers: [],
    counts: { ...ZERO_COUNTS, commands, denied: 1 },
    riskiest: [],
    recordingHead: live ? null : 'ab'.repeat(32),
    live,
    may: { terminate: true },
  };
}
