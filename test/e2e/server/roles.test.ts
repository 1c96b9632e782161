/**
 * Each role in a process of its own, two of them brokers: what is decided at one is true at another. The people
 * talk to the process of the pages; the sessions run elsewhere.
 */
import type pg from 'pg';
import { describe, expect, it } from 'vitest';
import type { Tour } from '../../../src/demo/tour/step.ts';
import { FIRST_VOTE } from '../../../src/demo/tour/steps/first-vote.ts';
import { REQUEST } from '../../../src/demo/tour/steps/request.ts';
import { REVEAL } from '../../../src/demo/tour/steps/reveal.ts';
import { SECOND_VOTE } from '../../../src/demo/tour/steps/second-vote.ts';
import { waitFor } from '../../../src/demo/tour/wait-for.ts';
import { connectClient } from '../../soak/granted-connection.ts';
import { type Replicas, useReplicas } from '../../soak/replicas/replicas.ts';
import { takeSteps } from './deployment.ts';

const WITHIN_MS = 2_000;

describe('a process for each role, and two brokers', () => {
  const replicas = useReplicas({ members: ['web', 'bot', 'jobs', 'broker', 'broker'] });

  it('serves the whole of a request, from asking to sessions on both brokers', async () => {
    const { current } = replicas;
    const { clients, tour } = await openSessions(current, 4);
    const rows = await current.query<{ replica: string }>('select distinct replica from session');
    expect(rows).toHaveLength(2);
    for (const client of clients) expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    // Before the revocation: a busy machine may see the end before it sees the answer.
    const ends = clients.map(endOf);
    await revoke(current, tour);
    await Promise.all(ends);
  });

  it.each([
    ['by a notification', async () => undefined],
    ['although every connection that listens was just cut', cutListeners],
  ])(
    'ends live sessions and held commands on every broker within 2 s of a revocation, %s',
    async (_, before) => {
      const { current } = replicas;
      const { clients, tour } = await openSessions(current, 4);
      const [held] = clients;
      const answer = held?.query('DELETE FROM orders WHERE id = 1').catch((error: unknown) => error);
      await waitFor('The held command', async () => {
        const holds = await current.query(`select from hold where state = 'held'`);
        return holds.length === 1 ? true : null;
      });
      const ends = clients.map(endOf);
      await before(current);
      const revokedAtMs = performance.now();
      await revoke(current, tour);
      await Promise.all(ends);
      const tookMs = Math.round(performance.now() - revokedAtMs);
      expect(tookMs).toBeLessThan(WITHIN_MS);
      process.stdout.write(`revocation ended ${clients.length} sessions on two brokers in ${tookMs} ms\n`);
      expect(await answer).toBeInstanceOf(Error);
      await waitFor('The end of the wait', async () => {
        const holds = await current.query(`select from hold where state = 'held'`);
        return holds.length === 0 ? true : null;
      });
      expect(await current.shop.query('select from orders where id = 1')).toHaveLength(1);
    },
  );

  it('ends them within 2 s of the deadline', async () => {
    const { current } = replicas;
    const { clients, tour } = await openSessions(current, 4);
    const ends = clients.map(endOf);
    // Past the triggers that keep a deadline from moving back: hours go by for every reader.
    const passedAtMs = performance.now();
    await current.query(
      `do $$ begin set local session_replication_role = replica;
         update access_grant set starts_at = starts_at - interval '2 hours', expires_at = expires_at - interval '2 hours'
          where id = '${tour.notebook.recall('grantId')}'; end $$`,
    );
    await Promise.all(ends);
    const tookMs = Math.round(performance.now() - passedAtMs);
    expect(tookMs).toBeLessThan(WITHIN_MS);
    process.stdout.write(`expiry ended ${clients.length} sessions on two brokers in ${tookMs} ms\n`);
  });

  it('ends what a broker left behind when it was killed, and keeps the other one', async () => {
    const { current } = replicas;
    const { clients } = await openSessions(current, 4);
    const ends = clients.map(endOf);
    const [broker] = current.members.filter((member) => member.roles === 'broker');
    await broker?.kill();
    await Promise.race(ends);
    await waitFor('The end of what was lost', async () => {
      const lost = await current.query(`select from session where end_reason = 'broker-lost'`);
      const live = await current.query('select from session where ended_at is null');
      return lost.length === 2 && live.length === 2 ? true : null;
    });
    await broker?.start();
    await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
  });
});

async function openSessions(
  replicas: Replicas,
  count: number,
): Promise<{ clients: readonly pg.Client[]; tour: Tour }> {
  const tour = replicas.anotherTour();
  await takeSteps(tour, [REQUEST, FIRST_VOTE, SECOND_VOTE, REVEAL]);
  const url = tour.notebook.recall('connectionUrl');
  const clients: pg.Client[] = [];
  for (let serial = 0; serial < count; serial += 1) clients.push(await connectClient(url));
  return { clients, tour };
}

function endOf(client: pg.Client): Promise<void> {
  return new Promise((resolve) => client.once('end', () => resolve()));
}

async function revoke(replicas: Replicas, tour: Tour): Promise<void> {
  const { dana } = replicas.tour.notebook.recall('players');
  const answer = await dana.browser.ask(
    new URL(`/api/v1/grants/${tour.notebook.recall('grantId')}/revoke`, replicas.publicUrl),
    { json: { reason: 'a test' } },
  );
  expect(answer.status).toBe(200);
}

/** Right before a notification, so that nobody hears it: what is left is the poll. */
async function cutListeners(replicas: Replicas): Promise<void> {
  const cut = await replicas.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like 'listen %'`,
  );
  expect(cut.length).toBeGreaterThan(0);
}
