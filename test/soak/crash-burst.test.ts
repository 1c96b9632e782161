/** `kill -9` again and again while people ask, vote, deny and withdraw at once. */
import { describe, expect, it } from 'vitest';
import type { ActAnswer } from '../../src/bot/web/wire.ts';
import { INCIDENT_CHANNEL } from '../../src/demo/sample-policy.ts';
import type { Player } from '../../src/demo/tour/player.ts';
import { waitFor } from '../../src/demo/tour/wait-for.ts';
import { useDeployment } from '../e2e/server/deployment.ts';
import { auditReport, countCards } from '../e2e/server/stored-state.ts';

const ROUNDS = [1, 2, 3, 4, 5];
const REQUESTS_PER_ROUND = 8;
/** Of 22 in a round: the kill comes in the middle of the requests, of the votes, and right before the last one. */
const KILLED_AFTER_ANSWERS = [4, 10, 14, 18, 21];
const answersBeforeKill = (round: number): number => KILLED_AFTER_ANSWERS[round - 1] ?? 1;

/** What people were told had happened. It must still be so after any number of crashes. */
interface Promises {
  readonly requests: Set<string>;
  /** `REQUEST PERSON` */
  readonly votes: Set<string>;
  readonly decided: Map<string, string>;
}

describe('killed in the middle of a burst, five times', () => {
  const deployment = useDeployment();
  const told: Promises = { requests: new Set(), votes: new Set(), decided: new Map() };

  it.each(ROUNDS)('round %i: dies while answers are on their way, and starts again', async (round) => {
    const { tour, server } = deployment.current;
    const players = tour.notebook.recall('players');
    const before = told.requests.size;
    let answers = 0;
    let killed: Promise<void> | null = null;
    const onAnswer = (): void => {
      answers += 1;
      if (answers === answersBeforeKill(round)) killed = server.kill();
    };
    await Promise.all(
      Array.from({ length: REQUESTS_PER_ROUND }, (_, place) =>
        liveOneRequest({ players, told, place, name: `round ${round}, request ${place}`, onAnswer }),
      ),
    );
    expect(killed, 'the burst was over before the kill').not.toBeNull();
    await killed;
    expect(told.requests.size).toBeGreaterThan(before);
    await deployment.current.restart();
  });

  it('has done everything that was asked of it, and waits for nothing', async () => {
    await waitFor('The end of all work', async () => {
      const [left] = await deployment.current.query<{ outbox: number; issuing: number; behind: number }>(
        WORK_LEFT,
      );
      return left?.outbox === 0 && left.issuing === 0 && left.behind === 0 ? left : null;
    });
  });

  it('kept every answer that it gave', async () => {
    const { current } = deployment;
    const states = new Map(
      (await current.query<{ id: string; state: string }>('select id, state from access_request')).map(
        ({ id, state }) => [id, state],
      ),
    );
    expect([...states.keys()]).toEqual(expect.arrayContaining([...told.requests]));
    for (const [id, outcome] of told.decided) expect([id, states.get(id)]).toEqual([id, outcome]);
    const votes = await current.query<{ vote: string }>(
      `select v.request_id || ' ' || i.subject as vote from vote v join identity i on i.id = v.identity_id`,
    );
    expect(votes.map(({ vote }) => vote)).toEqual(expect.arrayContaining([...told.votes]));
  });

  it('gave every request one outcome, one grant if approved, and one card', async () => {
    const { current } = deployment;
    const requests = await current.query<{
      id: string;
      state: string;
      decisions: string[];
      grants: string[];
    }>(OUTCOMES);
    expect(requests.length).toBeGreaterThanOrEqual(told.requests.size);
    for (const { id, state, decisions, grants } of requests) {
      expect({ id, decisions }).toEqual({ id, decisions: state === 'pending' ? [] : [`request.${state}`] });
      expect(grants).toHaveLength(state === 'approved' ? 1 : 0);
      expect([id, await countCards(current, { subject: 'request', id })]).toEqual([
        id,
        { byKey: 1, shown: 1 },
      ]);
      for (const grant of grants) {
        expect([grant, await countCards(current, { subject: 'grant', id: grant })]).toEqual([
          grant,
          { byKey: 1, shown: 1 },
        ]);
      }
    }
    expect(new Set(requests.map(({ state }) => state))).toEqual(
      new Set(['pending', 'approved', 'denied', 'cancelled']),
    );
  });

  it('has an audit log whose chain holds', async () => {
    const { current } = deployment;
    const [counted] = await current.query<{ events: number }>('select count(*)::int as events from event');
    await waitFor('The chain', async () => {
      const [waiting] = await current.query<{ count: number }>(
        'select count(*)::int as count from event where sequence is null',
      );
      return waiting?.count === 0 ? true : null;
    });
    const report = await auditReport(current.databaseUrl);
    expect(report).toMatchObject({ ok: true, problems: [] });
    expect(report.events).toBeGreaterThanOrEqual(counted?.events ?? Number.POSITIVE_INFINITY);
  });
});

interface OneRequest {
  readonly players: { readonly alice: Player; readonly bob: Player; readonly dana: Player };
  readonly told: Promises;
  readonly place: number;
  readonly name: string;
  readonly onAnswer: () => void;
}

/** Alice asks; then two of them act on it at the same time, in one of four ways. Ends early when the server dies. */
async function liveOneRequest({ players, told, place, name, onAnswer }: OneRequest): Promise<void> {
  const { alice, bob, dana } = players;
  const attempt = async (act: Promise<ActAnswer>): Promise<string> => {
    try {
      const text = (await act).reply?.text ?? '';
      onAnswer();
      return text;
    } catch {
      return '';
    }
  };
  const asked = await attempt(
    alice.chat.type(INCIDENT_CHANNEL, `/access request orders-db as read for 1h because "${name}"`),
  );
  const id = /^(r-[a-z0-9]+):/.exec(asked)?.[1];
  if (id === undefined) return;
  told.requests.add(id);
  const approve = async (player: Player, subject: string): Promise<void> => {
    const said = await attempt(player.chat.click(INCIDENT_CHANNEL, { action: 'approve', subject: id }));
    if (/is recorded|is approved/.test(said)) told.votes.add(`${id} ${subject}`);
    if (said.includes('is approved')) told.decided.set(id, 'approved');
  };
  const decide = async (player: Player, outcome: 'denied' | 'cancelled', line: string): Promise<void> => {
    const said = await attempt(player.chat.type(INCIDENT_CHANNEL, line));
    if (said.includes(outcome)) told.decided.set(id, outcome);
  };
  const ways: readonly (() => Promise<unknown>)[] = [
    () => Promise.all([approve(bob, 'bob'), approve(dana, 'dana')]),
    () => Promise.all([approve(bob, 'bob'), decide(dana, 'denied', `/access deny ${id} because "not now"`)]),
    () => Promise.all([approve(bob, 'bob'), decide(alice, 'cancelled', `/access cancel ${id}`)]),
    () => approve(bob, 'bob'),
  ];
  await ways[place % ways.length]?.();
}

/** Entries on their way to the queue, grants on their way to their holders, and cards that show an older state. */
const WORK_LEFT = `
  select (select count(*)::int from outbox) as outbox,
         (select count(*)::int from access_grant where state = 'issuing') as issuing,
         (select count(*)::int from access_request r
           where not exists (select from card_copy c where c.subject = 'request' and c.subject_id = r.id
                              and c.current_at >= coalesce(r.decided_at, r.created_at)))
         + (select count(*)::int from access_grant g
             where not exists (select from card_copy c where c.subject = 'grant' and c.subject_id = g.id)) as behind`;

const OUTCOMES = `
  select r.id, r.state,
         array(select e.type from event e where e.subject = r.id
                and e.type in ('request.approved', 'request.denied', 'request.cancelled', 'request.expired')) as decisions,
         array(select g.id from access_grant g where g.request_id = r.id) as grants
    from access_request r`;
