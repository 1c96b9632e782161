/** Three replicas of each role under a stream of work, of which one is killed every second; then everything is checked. */
import { expect, it } from 'vitest';
import { printFigures } from '../figures.ts';
import { findInconsistencies, waitUntilQuiet } from './consistency.ts';
import { killAtRandom } from './kill-at-random.ts';
import { useReplicas } from './replicas.ts';
import { startStream, type Told } from './stream.ts';

const KILL_EVERY_MS = 1_000;
const REPLICAS = 3;
const PEOPLE = 6;
const MARKS_TABLE =
  'create table executed (mark text primary key); grant select, insert, delete on executed to app_rw';
/** Above the length of the ordeal: what remains is starting, checking and stopping. */
const MORE_MS = 240_000;

/** Declares the tests of one block. @param options.forMs how long the killing lasts */
export function ordealOfReplicas(options: { readonly forMs: number }): void {
  const replicas = useReplicas({
    members: ['web,bot', 'broker', 'jobs'].flatMap((roles) => Array.from({ length: REPLICAS }, () => roles)),
  });
  let told: Told;

  it(
    'goes on while a process is killed every second',
    async () => {
      const { current } = replicas;
      await current.shop.query(MARKS_TABLE);
      const stream = startStream(current, PEOPLE);
      const killed = await killAtRandom(current, { everyMs: KILL_EVERY_MS, forMs: options.forMs });
      await stream.stop();
      told = stream.told;
      const { requests, votes, decided, marks, connections, unanswered } = told;
      printFigures('replicas', {
        seconds: options.forMs / 1_000,
        ...killed,
        requests: requests.size,
        votes: votes.size,
        decided: decided.size,
        connections,
        marks: marks.size,
        unanswered,
      });
      expect(requests.size).toBeGreaterThan(0);
      expect([...decided.values()]).toContain('approved');
      expect(connections).toBeGreaterThan(0);
    },
    options.forMs + MORE_MS,
  );

  it('finishes by itself what was begun', () => waitUntilQuiet(replicas.current), MORE_MS);

  it(
    'has lost nothing, done nothing twice, and says the same everywhere',
    async () => {
      expect(await findInconsistencies(replicas.current, told)).toEqual([]);
    },
    MORE_MS,
  );
}
