/**
 * What Slack waits for: 200 people who act at the same moment, and how long each waits for the acknowledgement, which
 * Slack wants within 3 seconds. A whole server with its jobs at work; nothing else is compared.
 */
import { createHmac, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beginLink, showLinkCode } from '../src/access/linking/begin-link.ts';
import { completeLink, openLink } from '../src/access/linking/complete-link.ts';
import type { Person } from '../src/core/identity.ts';
import { type ApprovalsSetup, startDeployment } from './approvals-setup.ts';
import { cpuMsOf } from './process-tree.ts';
import { type BenchCost, type BenchReport, median, quantile } from './report.ts';
import { CHANNEL, startSlackStub, TEAM } from './slack-stub.ts';

const AT_ONCE = 200;
const ROUNDS = 3;
const LINKED_AT_ONCE = 10;
/** Every second interaction is about a request of its own. */
const REQUESTS = (ROUNDS + 1) * (AT_ONCE / 2);
/** For the cards of all those requests to be taken up, so that what is measured is not their posting. */
const SETTLE_MS = 15_000;
const BETWEEN_ROUNDS_MS = 4_000;
const ACKNOWLEDGED_WITHIN_MS = 3_000;
const SIGNING_SECRET = 'only-in-this-bench-0123456789abcdef';
const EVENTS_PATH = '/slack/events';

/** One interaction of somebody's: a kind of delivery, and what it is about. */
interface Interaction {
  readonly kind: string;
  readonly body: string;
}

interface Sample {
  readonly kind: string;
  readonly durationMs: number;
  /** Of HTTP: anything but 200 is no acknowledgement. */
  readonly status: number;
}

export async function benchChat(): Promise<BenchReport> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-bench-'));
  const slack = await startSlackStub();
  try {
    const setup = await startDeployment(directory, {
      policy: `chat: { slack: { mode: http, apiUrl: "${slack.apiUrl}" } }`,
      environment: {
        SLACK_BOT_TOKEN: 'xoxb-only-in-this-bench',
        SLACK_SIGNING_SECRET: SIGNING_SECRET,
      },
    });
    try {
      return { bench: 'chat', rounds: ROUNDS, results: [], costs: await measureAll(setup) };
    } finally {
      await setup.stop();
    }
  } finally {
    await slack.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function measureAll(setup: ApprovalsSetup): Promise<BenchCost[]> {
  process.stderr.write(`${AT_ONCE} linked people\n`);
  const people = await linkPeople(setup);
  process.stderr.write(`${REQUESTS} requests\n`);
  const requests = (await setup.ask(REQUESTS)).values();
  await sleep(SETTLE_MS);
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const samples: Sample[] = [];
  const cpuMs: number[] = [];
  // The first round warms up: the server has compiled nothing yet.
  for (let round = 0; round <= ROUNDS; round += 1) {
    process.stderr.write(round === 0 ? 'warm-up\n' : `round ${round} of ${ROUNDS}\n`);
    const interactions = people.map((user, index) =>
      interactionOf(user, index % 2 === 0 ? (requests.next().value ?? '') : '', index),
    );
    const cpuBeforeMs = cpuMsOf(setup.serverPid);
    const acknowledgements = await Promise.all(
      interactions.map((each) => acknowledged(setup.url, each, agent)),
    );
    if (round > 0) {
      samples.push(...acknowledgements);
      cpuMs.push(cpuMsOf(setup.serverPid) - cpuBeforeMs);
    }
    await sleep(BETWEEN_ROUNDS_MS);
  }
  agent.destroy();
  return [
    ...costsOf(samples),
    { name: 'CPU of the server until then, median', value: median(cpuMs), unit: 'ms' },
  ];
}

function costsOf(samples: readonly Sample[]): BenchCost[] {
  const all = samples.map(({ durationMs }) => durationMs);
  const kinds = [...new Set(samples.map(({ kind }) => kind))];
  const late = samples.filter(
    ({ durationMs, status }) => status !== 200 || durationMs > ACKNOWLEDGED_WITHIN_MS,
  ).length;
  return [
    { name: 'interactions at once', value: AT_ONCE, unit: '' },
    { name: 'acknowledgement, median', value: median(all), unit: 'ms' },
    { name: 'acknowledgement, p99', value: quantile(all, 0.99), unit: 'ms' },
    { name: 'acknowledgement, slowest', value: Math.max(...all), unit: 'ms' },
    { name: `not acknowledged in ${ACKNOWLEDGED_WITHIN_MS} ms`, value: late, unit: `of ${samples.length}` },
    ...kinds.map((kind) => {
      const own = samples.filter((sample) => sample.kind === kind).map(({ durationMs }) => durationMs);
      return { name: `${kind}, p99`, value: quantile(own, 0.99), unit: 'ms' };
    }),
  ];
}

/** @returns the ids of their accounts */
async function linkPeople({ access, enrol }: ApprovalsSetup): Promise<string[]> {
  const numbers = Array.from({ length: AT_ONCE }, (_, index) => index);
  const waiting = numbers.values();
  await Promise.all(
    Array.from({ length: LINKED_AT_ONCE }, async () => {
      for (const index of waiting) {
        await link(access, accountId(index), await enrol(`person-${index}`, ['engineering', 'sre']));
      }
    }),
  );
  return numbers.map(accountId);
}

function accountId(index: number): string {
  return `U0BENCH${String(index).padStart(4, '0')}`;
}

/** As people do it: asked for in chat, opened in a browser, finished with the code. */
async function link(access: ApprovalsSetup['access'], id: string, person: Person): Promise<void> {
  const account = { platform: 'slack', tenant: TEAM, enterprise: null, account: id };
  const named = { ...account, accountName: id, tenantName: 'Bench' };
  const { url } = await beginLink(access, { account: named });
  const nonce = url.split('/').at(-1) ?? '';
  const signedIn = { nonce, by: person, signedInAt: access.clock.now() };
  await openLink(access, signedIn);
  const { code } = await showLinkCode(access, { account: named });
  await completeLink(access, { ...signedIn, code: code.reveal() });
}

/** What people do, taking turns: decide by a button, type a command, submit a form, search in a modal. */
function interactionOf(user: string, requestId: string, index: number): Interaction {
  const base = {
    team: { id: TEAM, domain: 'bench' },
    user: { id: user, team_id: TEAM },
    trigger_id: randomUUID(),
    api_app_id: 'A0BENCH0000',
  };
  const view = (state: object) => ({
    id: 'V0BENCH0000',
    type: 'modal',
    callback_id: index % 4 === 2 ? 'deny' : 'request',
    private_metadata: JSON.stringify({ subject: requestId, channel: CHANNEL }),
    blocks: [{ type: 'input', block_id: 'reason' }],
    state,
  });
  switch (index % 4) {
    case 0:
      return interactive('a click', {
        ...base,
        type: 'block_actions',
        channel: { id: CHANNEL },
        container: { type: 'message', channel_id: CHANNEL, message_ts: '1.1' },
        actions: [
          { type: 'button', action_id: 'approve', block_id: 'b', value: requestId, action_ts: randomUUID() },
        ],
      });
    case 1:
      return {
        kind: 'a command',
        body: new URLSearchParams({
          ...{ command: '/access', text: 'mine', team_id: TEAM, user_id: user },
          ...{ channel_id: CHANNEL, trigger_id: randomUUID() },
        }).toString(),
      };
    case 2:
      return interactive('a submitted form', {
        ...base,
        type: 'view_submission',
        view: view({ values: { reason: { value: { type: 'plain_text_input', value: 'not now' } } } }),
      });
    default:
      return interactive('a search', {
        ...base,
        type: 'block_suggestion',
        container: { type: 'view', view_id: 'V0BENCH0000' },
        ...{ action_id: 'value', block_id: 'resource', value: 'orders' },
        view: view({ values: {} }),
      });
  }
}

function interactive(kind: string, payload: object): Interaction {
  return { kind, body: new URLSearchParams({ payload: JSON.stringify(payload) }).toString() };
}

/** From the moment that it is sent to the end of the answer. */
async function acknowledged(url: string, { kind, body }: Interaction, agent: Agent): Promise<Sample> {
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const digest = createHmac('sha256', SIGNING_SECRET).update(`v0:${timestamp}:${body}`).digest('hex');
  const startedMs = performance.now();
  const status = await new Promise<number>((resolve, reject) => {
    const sent = httpRequest(
      `${url}${EVENTS_PATH}`,
      {
        agent,
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'x-slack-request-timestamp': timestamp,
          'x-slack-signature': `v0=${digest}`,
        },
      },
      (response) => {
        response.resume();
        response.once('end', () => resolve(response.statusCode ?? 0));
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
  return { kind, status, durationMs: performance.now() - startedMs };
}
