/** `kill -9` of the server at the worst moments, and what the next one makes of what it left. */
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { INCIDENT_CHANNEL } from '../../../src/demo/sample-policy.ts';
import { readApi } from '../../../src/demo/tour/api.ts';
import { fieldOf, hasButton } from '../../../src/demo/tour/chat.ts';
import type { SqlSession } from '../../../src/demo/tour/sql-client.ts';
import type { Tour } from '../../../src/demo/tour/step.ts';
import { CONNECT } from '../../../src/demo/tour/steps/connect.ts';
import { FIRST_VOTE } from '../../../src/demo/tour/steps/first-vote.ts';
import { REQUEST } from '../../../src/demo/tour/steps/request.ts';
import { REVEAL } from '../../../src/demo/tour/steps/reveal.ts';
import { SECOND_VOTE } from '../../../src/demo/tour/steps/second-vote.ts';
import { VERIFY } from '../../../src/demo/tour/steps/verify.ts';
import { waitFor } from '../../../src/demo/tour/wait-for.ts';
import type { Timeline, WireSession } from '../../../src/web/wire.ts';
import { runPsql } from '../../support/psql.ts';
import { type Deployment, takeSteps, useDeployment } from './deployment.ts';
import { countCards, grantsOf, passDeadline } from './stored-state.ts';

const APPROVED = [REQUEST, FIRST_VOTE, SECOND_VOTE] as const;

describe('killed between the approval and the issue', () => {
  const deployment = useDeployment();
  let inTime: Tour;
  let tooLate: Tour;
  let wasActive: Tour;

  it('leaves approved grants that wait for a target which does not answer', async () => {
    const { current } = deployment;
    [inTime, tooLate, wasActive] = [current.anotherTour(), current.anotherTour(), current.anotherTour()];
    await takeSteps(wasActive, [...APPROVED, REVEAL]);
    await current.target.behave('hold');
    await takeSteps(inTime, APPROVED);
    await takeSteps(tooLate, APPROVED);
    // Both jobs have read their grant and now wait for the target: this is the window.
    await current.target.waitUntilHolding(2);
    await current.server.kill();
    expect(await statesOf(current, [inTime, tooLate, wasActive])).toEqual(['issuing', 'issuing', 'active']);
    await passDeadline(
      current,
      [tooLate, wasActive].map((tour) => tour.notebook.recall('grantId')),
    );
    await current.target.behave('forward');
    await current.restart();
  });

  it('issues the grant once, tells its holder once, and shows it on the card', async () => {
    const { current } = deployment;
    const requestId = inTime.notebook.recall('requestId');
    const grantId = inTime.notebook.recall('grantId');
    await waitFor('The issue of the grant', async () => {
      const [grant] = await grantsOf(current, requestId);
      return grant?.state === 'active' ? grant : null;
    });
    await takeSteps(inTime, [REVEAL, CONNECT]);
    await inTime.notebook.recall('sqlSession').close();

    const card = await waitFor('The card of the active grant', async () => {
      const messages = await inTime.notebook.recall('players').bob.chat.messages(INCIDENT_CHANNEL);
      const found = messages?.find((message) => fieldOf(message, 'ID') === requestId) ?? null;
      return found?.card?.status.includes('Access is active until') === true ? found : null;
    });
    expect(card.card?.status).toContain('Approved by Bob Lindqvist and Dana Okafor');
    expect(hasButton(card, 'approve')).toBe(false);
    expect(hasButton(card, 'revoke')).toBe(true);
    expect(await grantsOf(current, requestId)).toEqual([{ id: grantId, state: 'active' }]);
    expect(await countCards(current, { subject: 'request', id: requestId })).toEqual({ byKey: 1, shown: 1 });
    expect(await countCards(current, { subject: 'grant', id: grantId })).toEqual({ byKey: 1, shown: 1 });
  });

  it.each([
    ['was still to be issued', () => tooLate],
    ['was active and revealed', () => wasActive],
  ])('expires a grant that %s and whose deadline passed meanwhile, and lets nobody in', async (_, tourOf) => {
    const { current } = deployment;
    const tour = tourOf();
    const grantId = tour.notebook.recall('grantId');
    const { alice } = tour.notebook.recall('players');
    const click = await alice.chat.click(`@${alice.personId}`, { action: 'reveal', subject: grantId });
    expect(click.reply?.copyable).toEqual([]);
    const url = tour.notebook.find('connectionUrl');
    if (url !== null) {
      const attempt = await runPsql({ url, commands: ['SELECT 1'] });
      expect(attempt.code).not.toBe(0);
      expect(attempt.stderr).toContain('the grant has ended');
    }
    await waitFor('The expiry of the grant', async () => {
      const [grant] = await grantsOf(current, tour.notebook.recall('requestId'));
      return grant?.state === 'expired' ? grant : null;
    });
    const again = await alice.chat.click(`@${alice.personId}`, { action: 'reveal', subject: grantId });
    expect(again.reply?.text).toContain('has ended: expired');
    expect(await current.query('select id from session where grant_id = $1', [grantId])).toEqual([]);
  });
});

describe('killed during a live session', () => {
  const deployment = useDeployment();
  /** Statements whose success the client has seen. */
  const acknowledged: string[] = [];

  it('leaves a statement that runs on the target, and one that was just sent', async () => {
    const { tour, shop, server } = deployment.current;
    await takeSteps(tour, [...APPROVED, REVEAL, CONNECT]);
    const busy = tour.notebook.recall('sqlSession');
    const waiting = await tour.sqlClient.connect(tour.notebook.recall('connectionUrl'));

    const locker = new pg.Client({ connectionString: shop.url.reveal() });
    await locker.connect();
    try {
      await locker.query('begin; select from orders where id = 1 for update');
      const cut = [waiting.run(updateOf(1)).catch(() => null)];
      await waitFor('The statement that waits for the lock', async () => {
        const blocked = await shop.query(
          `select from pg_stat_activity where datname = $1 and wait_event_type = 'Lock'`,
          [shop.name],
        );
        return blocked.length === 1 ? true : null;
      });
      await new Promise<void>((enough) => cut.push(updateRows(busy, enough)));
      await server.kill();
      await Promise.all(cut);
      await locker.query('commit');
    } finally {
      await locker.end();
    }
    await waitFor('The end of the work on the target', async () => {
      const left = await shop.query(
        `select from pg_stat_activity where datname = $1 and usename = 'app_rw'`,
        [shop.name],
      );
      return left.length === 0 ? true : null;
    });
    await deployment.current.restart();
  });

  it('has every statement that the target executed in a recording that verifies', async () => {
    const { tour, shop } = deployment.current;
    const executed = (
      await shop.query<{ id: string }>(`select id from orders where status like 'touched %'`)
    ).map(({ id }) => updateOf(Number(id)));
    expect(executed).toEqual(expect.arrayContaining(acknowledged));

    const sessions = await lostSessions(tour);
    expect(sessions.map((session) => session.endReason)).toEqual(['broker-lost', 'broker-lost']);
    const recorded: string[] = [];
    for (const { id, recordingHead } of sessions) {
      tour.notebook.note('sessionId', id);
      expect(await VERIFY.run(tour)).toContain(`head ${recordingHead}, sealed after its recorder died`);
      const timeline = await readAsCarol<Timeline>(tour, `sessions/${id}/timeline`);
      recorded.push(...timeline.entries.map(({ text }) => text.replace(/;$/, '')));
    }
    expect(recorded).toEqual(expect.arrayContaining([...executed, updateOf(1)]));
  });

  it('sums each session up once, in the thread of the request', async () => {
    const { tour } = deployment.current;
    for (const { id } of await lostSessions(tour)) {
      const summary = await waitFor('The summary', async () => {
        const messages = await tour.notebook.recall('players').carol.chat.messages(INCIDENT_CHANNEL);
        const found = messages?.filter((message) => fieldOf(message, 'Session') === id) ?? [];
        expect(found).toHaveLength(1);
        return found.find((message) => fieldOf(message, 'Duration') !== null) ?? null;
      });
      expect(summary.threadOf).toBe(tour.notebook.recall('requestMessageId'));
      expect(await countCards(deployment.current, { subject: 'session', id })).toEqual({
        byKey: 1,
        shown: 1,
      });
    }
  });

  /** Sends one after the other until the connection is gone; `enough` is called when a few have been answered. */
  async function updateRows(session: SqlSession, enough: () => void): Promise<null> {
    try {
      for (let id = 2; ; id += 1) {
        const { ok } = await session.run(updateOf(id));
        expect(ok).toBe(true);
        acknowledged.push(updateOf(id));
        if (acknowledged.length === ANSWERED_BEFORE_KILL) enough();
      }
    } catch {
      enough();
      return null;
    }
  }
});

const ANSWERED_BEFORE_KILL = 40;

function updateOf(id: number): string {
  return `UPDATE orders SET status = 'touched ${id}' WHERE id = ${id}`;
}

async function readAsCarol<T>(tour: Tour, path: string): Promise<T> {
  return readApi<T>(
    { browser: tour.notebook.recall('players').carol.browser, publicUrl: tour.publicUrl },
    path,
  );
}

/** The request's sessions, once all of them have ended. */
async function lostSessions(tour: Tour): Promise<readonly WireSession[]> {
  const path = `sessions?request=${encodeURIComponent(tour.notebook.recall('requestId'))}`;
  return waitFor('The end of the sessions', async () => {
    const { items } = await readAsCarol<{ items: WireSession[] }>(tour, path);
    return items.some((session) => session.live) ? null : items;
  });
}

async function statesOf(deployment: Deployment, tours: readonly Tour[]): Promise<(string | undefined)[]> {
  return Promise.all(
    tours.map(async (tour) => (await grantsOf(deployment, tour.notebook.recall('requestId')))[0]?.state),
  );
}
