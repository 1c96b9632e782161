/**
 * Approvals under a load of open requests and live sessions: from the click (a vote over HTTP) to the grant that can
 * be used, what the sweeps cost, and how fast cards follow. Nothing else is compared: no peer does the same.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JOBS } from '../src/jobs/table.ts';
import { type ApprovalsSetup, startDeployment } from './approvals-setup.ts';
import { cpuMsOf } from './process-tree.ts';
import { type BenchCost, type BenchReport, median, quantile } from './report.ts';

const OPEN_REQUESTS = 2_000;
const LIVE_SESSIONS = 500;
const ROUNDS = 3;
const CLICKS = 40;
const CLICKS_AT_ONCE = 20;
const WARM_UP_CLICKS = 20;
const SWEEPS = 10;
const IDLE_MS = 10_000;
const CARDS_WITHIN_MS = 300_000;
const LOOK_EVERY_MS = 250;

export async function benchApprovals(): Promise<BenchReport> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-bench-'));
  try {
    const setup = await startDeployment(directory);
    try {
      return { bench: 'approvals', rounds: ROUNDS, results: [], costs: await measureAll(setup) };
    } finally {
      await setup.stop();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function measureAll(setup: ApprovalsSetup): Promise<BenchCost[]> {
  const clicks = WARM_UP_CLICKS + ROUNDS * (CLICKS + CLICKS_AT_ONCE);
  say(`${OPEN_REQUESTS} open requests`);
  const beganMs = performance.now();
  const ids = await setup.ask(OPEN_REQUESTS + clicks);
  const asked = ids.length / ((performance.now() - beganMs) / 1_000);
  const cards = await untilCardsAreThere(setup, { count: ids.length, beganMs });
  say(`${LIVE_SESSIONS} live sessions`);
  await setup.connect(LIVE_SESSIONS);
  const toClick = ids.slice(OPEN_REQUESTS).values();
  for (const id of take(toClick, WARM_UP_CLICKS)) await clickToGrant(setup, id);
  const alone: number[] = [];
  const together: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    say(`round ${round + 1} of ${ROUNDS}`);
    for (const id of take(toClick, CLICKS)) alone.push(await clickToGrant(setup, id));
    together.push(
      ...(await Promise.all([...take(toClick, CLICKS_AT_ONCE)].map((id) => clickToGrant(setup, id)))),
    );
  }
  return [
    { name: 'open requests', value: OPEN_REQUESTS, unit: '' },
    { name: 'live sessions', value: LIVE_SESSIONS, unit: '' },
    { name: 'click to issued grant, median', value: median(alone), unit: 'ms' },
    { name: 'click to issued grant, p95', value: quantile(alone, 0.95), unit: 'ms' },
    { name: `${CLICKS_AT_ONCE} clicks at once, median`, value: median(together), unit: 'ms' },
    { name: `${CLICKS_AT_ONCE} clicks at once, p95`, value: quantile(together, 0.95), unit: 'ms' },
    { name: 'requests made, eight at once', value: asked, unit: 'per second' },
    { name: 'cards posted', value: cards, unit: 'per second' },
    ...(await sweepCosts(setup)),
    ...(await idleCosts(setup)),
  ];
}

/** From the moment that the vote is sent to the one when the grant is seen to be active. */
async function clickToGrant(setup: ApprovalsSetup, requestId: string): Promise<number> {
  const { url, approver } = setup;
  const clickedMs = performance.now();
  const response = await fetch(`${url}/api/v1/requests/${requestId}/votes`, {
    method: 'POST',
    headers: approver,
    body: JSON.stringify({ verdict: 'approve' }),
  });
  const answer = (await response.json()) as { request?: { grant?: { id: string } | null } };
  const grantId = answer.request?.grant?.id;
  if (grantId === undefined)
    throw new Error(`the vote answered ${response.status}: ${JSON.stringify(answer)}`);
  await setup.untilActive(grantId);
  return performance.now() - clickedMs;
}

/** @returns cards a second */
async function untilCardsAreThere(
  { store }: ApprovalsSetup,
  { count, beganMs }: { count: number; beganMs: number },
): Promise<number> {
  for (;;) {
    const [row] = await store
      .read()
      .execute<{ count: number }[]>(
        `select count(distinct subject_id)::int as count from card_copy where subject = 'request'`,
      );
    const seconds = (performance.now() - beganMs) / 1_000;
    if ((row?.count ?? 0) >= count) return count / seconds;
    if (seconds * 1_000 > CARDS_WITHIN_MS) throw new Error(`only ${row?.count} of ${count} cards are there`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** What each kind of job asks the store to find what was lost, with nothing lost: every five seconds, once. */
async function sweepCosts({ access }: ApprovalsSetup): Promise<BenchCost[]> {
  const costs: BenchCost[] = [];
  let altogether = 0;
  for (const [name, { overdue }] of Object.entries(JOBS)) {
    const samples: number[] = [];
    for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
      const beganMs = performance.now();
      await overdue(access);
      samples.push(performance.now() - beganMs);
    }
    altogether += median(samples);
    costs.push({ name: `sweep behind ${name}`, value: median(samples), unit: 'ms' });
  }
  return [{ name: 'all sweeps, one after another', value: altogether, unit: 'ms' }, ...costs];
}

/** What it costs to keep all of that waiting: sweeps, heartbeats and session cards, while nobody does anything. */
async function idleCosts({ serverPid, postgresPid }: ApprovalsSetup): Promise<BenchCost[]> {
  say('idle');
  const before = { server: cpuMsOf(serverPid), postgres: cpuMsOf(postgresPid) };
  const beganMs = performance.now();
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  const perSecond = (ms: number): number => ms / ((performance.now() - beganMs) / 1_000);
  const server = perSecond(cpuMsOf(serverPid) - before.server);
  const postgres = perSecond(cpuMsOf(postgresPid) - before.postgres);
  return [
    { name: 'CPU of the server while nothing happens', value: server, unit: 'ms per second' },
    { name: 'CPU of PostgreSQL while nothing happens', value: postgres, unit: 'ms per second' },
  ];
}

function* take<Item>(items: Iterator<Item>, count: number): Generator<Item> {
  for (let taken = 0; taken < count; taken += 1) {
    const next = items.next();
    if (next.done === true) return;
    yield next.value;
  }
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
