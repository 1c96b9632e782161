/**
 * People who ask, vote, withdraw, connect with psql and write, again and again, whatever happens to the processes
 * that serve them. What they were told is kept: it must still be so afterwards.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ActAnswer } from '../../../src/bot/web/wire.ts';
import { INCIDENT_CHANNEL } from '../../../src/demo/sample-policy.ts';
import type { Player } from '../../../src/demo/tour/player.ts';
import type { SqlSession } from '../../../src/demo/tour/sql-client.ts';
import type { Replicas } from './replicas.ts';

export interface Told {
  readonly requests: Set<string>;
  /** `REQUEST PERSON` */
  readonly votes: Set<string>;
  /** How each was decided, as far as somebody heard. */
  readonly decided: Map<string, string>;
  /** Marks whose writing psql was told of. */
  readonly marks: Set<string>;
  connections: number;
  /** Questions that got no answer: the process died, or none was there. */
  unanswered: number;
}

/** For a check after which nobody has been told anything. */
export const NOTHING_TOLD: Told = {
  requests: new Set(),
  votes: new Set(),
  decided: new Map(),
  marks: new Set(),
  connections: 0,
  unanswered: 0,
};

const REVEAL_WITHIN_MS = 15_000;
const REVEAL_POLL_MS = 200;
const MARKS_PER_SESSION = 25;
const MARK_PAUSE_MS = 40;
const PAUSE_MS = 50;
/** When nobody answers, the next question waits a moment. */
const AFTER_SILENCE_MS = 200;

export interface Stream {
  readonly told: Told;
  /** Resolves when everybody has finished what they were doing. */
  stop(): Promise<void>;
}

/** @param people how many lives are lived at once */
export function startStream(replicas: Replicas, people: number): Stream {
  const told: Told = {
    requests: new Set(),
    votes: new Set(),
    decided: new Map(),
    marks: new Set(),
    connections: 0,
    unanswered: 0,
  };
  const stopping = new AbortController();
  const lives = Array.from({ length: people }, async (_, person) => {
    for (let serial = 0; !stopping.signal.aborted; serial += 1) {
      await liveOnce({ replicas, told, name: `${person}/${serial}`, way: person + serial });
      await sleep(PAUSE_MS);
    }
  });
  return {
    told,
    stop: async () => {
      stopping.abort();
      await Promise.all(lives);
    },
  };
}

interface Life {
  readonly replicas: Replicas;
  readonly told: Told;
  readonly name: string;
  readonly way: number;
}

/** One request, decided in one of several ways, and used when it was approved. */
async function liveOnce(life: Life): Promise<void> {
  const { replicas, told, name, way } = life;
  const { alice, bob, dana } = replicas.tour.notebook.recall('players');
  const asked = await say(
    told,
    alice.chat.type(INCIDENT_CHANNEL, `/access request orders-db as write for 1h because "${name}"`),
  );
  const id = /^(r-[a-z0-9]+):/.exec(asked)?.[1];
  if (id === undefined) return;
  told.requests.add(id);
  const approve = async (player: Player, subject: string): Promise<void> => {
    const said = await say(told, player.chat.click(INCIDENT_CHANNEL, { action: 'approve', subject: id }));
    if (/is recorded|is approved/.test(said)) told.votes.add(`${id} ${subject}`);
    if (said.includes('is approved')) told.decided.set(id, 'approved');
  };
  const decide = async (player: Player, outcome: string, line: string): Promise<void> => {
    const said = await say(told, player.chat.type(INCIDENT_CHANNEL, line));
    if (said.includes(`is ${outcome}`)) told.decided.set(id, outcome);
  };
  const approveBoth = async (): Promise<void> => {
    await Promise.all([approve(bob, 'bob'), approve(dana, 'dana')]);
    // Either may have been cut off; a second click is refused when the first one counted.
    if (told.decided.get(id) !== 'approved') await Promise.all([approve(bob, 'bob'), approve(dana, 'dana')]);
  };
  const ways: readonly (() => Promise<unknown>)[] = [
    approveBoth,
    () => Promise.all([approve(bob, 'bob'), decide(dana, 'denied', `/access deny ${id} because "not now"`)]),
    approveBoth,
    () => Promise.all([approve(bob, 'bob'), decide(alice, 'cancelled', `/access cancel ${id}`)]),
    approveBoth,
    () => approve(bob, 'bob'),
  ];
  await ways[way % ways.length]?.();
  if (told.decided.get(id) === 'approved') await useGrant(life, id);
}

/** Reveals the connection, writes marks through psql, and gives the grant back or leaves it. */
async function useGrant({ replicas, told, name, way }: Life, requestId: string): Promise<void> {
  const { alice } = replicas.tour.notebook.recall('players');
  const [grant] = await replicas.query<{ id: string }>('select id from access_grant where request_id = $1', [
    requestId,
  ]);
  if (grant === undefined) throw new Error(`${requestId} was said to be approved, and there is no grant.`);
  const url = await reveal(told, alice, grant.id);
  if (url === null) return;
  const session = await connect(replicas, url);
  if (session !== null) {
    told.connections += 1;
    await writeMarks({ told, session, name });
  }
  if (way % 2 === 0) await say(told, alice.chat.type(INCIDENT_CHANNEL, `/access done ${grant.id}`));
}

async function reveal(told: Told, alice: Player, grantId: string): Promise<string | null> {
  const deadline = performance.now() + REVEAL_WITHIN_MS;
  while (performance.now() < deadline) {
    const answer = await ask(
      told,
      alice.chat.click(`@${alice.personId}`, { action: 'reveal', subject: grantId }),
    );
    const url = answer?.reply?.copyable
      .map(({ text }) => text)
      .find((text) => URL.canParse(text) && text.startsWith('postgres'));
    if (url !== undefined) return url;
    await sleep(REVEAL_POLL_MS);
  }
  return null;
}

async function connect(replicas: Replicas, url: string): Promise<SqlSession | null> {
  try {
    return await replicas.tour.sqlClient.connect(url);
  } catch {
    return null;
  }
}

async function writeMarks(of: { told: Told; session: SqlSession; name: string }): Promise<void> {
  const { told, session, name } = of;
  try {
    for (let serial = 0; serial < MARKS_PER_SESSION; serial += 1) {
      const mark = `${name}/${serial}`;
      const result = await session.run(`INSERT INTO executed (mark) VALUES ('${mark}')`);
      if (result.ok) told.marks.add(mark);
      await sleep(MARK_PAUSE_MS);
    }
    await session.close();
  } catch {
    // Cut off: what was not answered for may have happened or not.
    await session.ended;
  }
}

async function say(told: Told, act: Promise<ActAnswer>): Promise<string> {
  return (await ask(told, act))?.reply?.text ?? '';
}

async function ask(told: Told, act: Promise<ActAnswer>): Promise<ActAnswer | null> {
  try {
    return await act;
  } catch {
    told.unanswered += 1;
    await sleep(AFTER_SILENCE_MS);
    return null;
  }
}
