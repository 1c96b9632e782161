/**
 * `kill -9` of the server at moments that nobody chose, while psql, drivers and ssh write as fast as they are answered:
 * with recordings on the disk alone, and in object storage that refuses, answers late, wrongly or not at all and
 * vanishes for a minute. What ran is in a recording that verifies, and so is what a client was answered for.
 */
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import type { Fault } from '../support/object-storage/faulty-proxy.ts';
import { useSshClients } from '../support/ssh/clients.ts';
import { printFigures } from './figures.ts';
import { useRecordedDeployment } from './recorded/deployment.ts';
import { judgeRound, NO_FIGURES, sealedSessions, startWriters, WRITERS } from './recorded/rounds.ts';
import { STORAGE_ENVIRONMENT, useFaultyStorage } from './recorded/storage.ts';

const ROUNDS = [1, 2, 3, 4];
const KILL_WITHIN_MS = 3_000;
const FAULTS: readonly { readonly fault: Fault; readonly forMs: number }[] = [
  { fault: 'none', forMs: 0 },
  { fault: 'error', forMs: 5_000 },
  { fault: 'forbid', forMs: 5_000 },
  { fault: 'slow', forMs: 5_000 },
  { fault: 'hang', forMs: 5_000 },
  { fault: 'lose-answer', forMs: 5_000 },
  { fault: 'corrupt', forMs: 5_000 },
  { fault: 'refuse', forMs: 60_000 },
];

const clients = useSshClients();

describe('recordings on the disk', () => {
  const deployment = useRecordedDeployment();
  const over: string[] = [];
  const figures = { ...NO_FIGURES };
  afterAll(() => printFigures('killed, recording to the disk', { ...figures }));

  it.each(ROUNDS)('round %i: hold what ran when the server was killed', async (round) => {
    const { current } = deployment;
    const { prefix, ended } = await startWriters(current, { name: `disk${round}`, clients });
    await sleep(randomInt(KILL_WITHIN_MS));
    await current.server.kill();
    const acknowledged = await ended;
    await current.untilTargetsRest();
    await current.restart();
    const sessions = await sealedSessions(current, over);
    expect(sessions.map(({ endReason }) => endReason)).toEqual(sessions.map(() => 'broker-lost'));
    expect(sessions).toHaveLength(WRITERS);
    await judgeRound(current, { prefix, acknowledged, sessions, figures });
  });
});

describe('recordings in object storage', () => {
  const storage = useFaultyStorage();
  const deployment = useRecordedDeployment({
    environment: STORAGE_ENVIRONMENT,
    recording: () => ({ storage: { s3: storage.current.settings } }),
  });
  const over: string[] = [];
  const figures = { ...NO_FIGURES };
  afterAll(() => {
    const { faults } = storage.current.proxy;
    printFigures('killed, recording to object storage', { ...figures, faults });
  });

  it.each(FAULTS)(
    'hold what ran when the storage did this and the server was killed: $fault',
    async (what) => {
      const { fault, forMs } = what;
      const { current } = deployment;
      const { proxy, storedObject } = storage.current;
      proxy.fault = fault;
      const { prefix, ended } = await startWriters(current, { name: `s3${fault}`, clients });
      await sleep(randomInt(KILL_WITHIN_MS));
      await current.server.kill();
      const acknowledged = await ended;
      await current.untilTargetsRest();
      await current.restart();
      const sessions = await sealedSessions(current, over);
      expect(sessions).toHaveLength(WRITERS);
      await sleep(forMs);
      proxy.fault = 'none';
      const bytesOf = (sessionId: string): Promise<Buffer> => storedObject(current, sessionId);
      await judgeRound(current, { prefix, acknowledged, sessions, bytesOf, figures });
    },
  );
});
