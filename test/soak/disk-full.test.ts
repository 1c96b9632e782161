/**
 * The disk that a server records to is full, while psql, drivers and ssh write as fast as they are answered; alone, while
 * object storage takes nothing either, and while the spool has a limit. Sessions stop, nothing runs that is not
 * recorded, and when there is room again everything goes on.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { useSshClients } from '../support/ssh/clients.ts';
import { printFigures } from './figures.ts';
import { connectClient } from './granted-connection.ts';
import { type RecordedDeployment, useRecordedDeployment } from './recorded/deployment.ts';
import { judgeRound, NO_FIGURES, sealedSessions, startWriters, WRITERS } from './recorded/rounds.ts';
import { STORAGE_ENVIRONMENT, useFaultyStorage } from './recorded/storage.ts';

const FILL_WITHIN_MS = 2_000;
/** Of the file system; a segment of the journal is 16 MiB. */
const DISK = 'size=64m';
const BLOCK_BYTES = 4_096;
const SPOOL_BYTES = 16 * 1_048_576;

const clients = useSshClients();
const mayMount = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;

function smallDisk(recordings: string): () => void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `${DISK},mode=700`, 'none', recordings]);
  return () => execFileSync('umount', ['--lazy', recordings]);
}

function ballast({ recordings }: RecordedDeployment): string {
  return join(recordings, 'ballast');
}

/** To the last byte. */
function fill(deployment: RecordedDeployment): void {
  const file = openSync(ballast(deployment), 'a');
  for (let bytes = 1_048_576; bytes >= 1; bytes = bytes > BLOCK_BYTES ? BLOCK_BYTES : bytes / 2) {
    try {
      for (;;) writeSync(file, Buffer.alloc(bytes));
    } catch (error) {
      expect(error).toMatchObject({ code: 'ENOSPC' });
    }
  }
  closeSync(file);
}

function makeRoom(deployment: RecordedDeployment): void {
  rmSync(ballast(deployment));
}

async function expectSessions(deployment: RecordedDeployment): Promise<void> {
  const client = await connectClient(await deployment.postgresUrl());
  expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  await client.end();
}

async function expectNoSessions(deployment: RecordedDeployment): Promise<void> {
  await expect(connectClient(await deployment.postgresUrl())).rejects.toThrow(/record/);
}

describe.runIf(mayMount)('a full disk', () => {
  const deployment = useRecordedDeployment({ mount: smallDisk });
  const over: string[] = [];
  const figures = { ...NO_FIGURES };
  afterAll(() => printFigures('disk full', { ...figures }));

  it.each([1, 2, 3])('round %i: stops sessions, and nothing ran that is not recorded', async (round) => {
    const { current } = deployment;
    const { prefix, ended } = await startWriters(current, { name: `full${round}`, clients });
    await sleep(randomInt(FILL_WITHIN_MS));
    fill(current);
    const acknowledged = await ended;
    await expectNoSessions(current);
    await current.untilTargetsRest();
    makeRoom(current);
    await expectSessions(current);
    const sessions = await sealedSessions(current, over);
    const stopped = sessions.filter(({ endReason }) => endReason === 'recording-failed');
    expect(stopped).toHaveLength(WRITERS);
    await judgeRound(current, { prefix, acknowledged, sessions, figures });
  });

  it('is survived by what a server that was killed on it left', async () => {
    const { current } = deployment;
    const { prefix, ended } = await startWriters(current, { name: 'killed', clients });
    await sleep(randomInt(FILL_WITHIN_MS));
    fill(current);
    await current.server.kill();
    const acknowledged = await ended;
    await current.untilTargetsRest();
    await current.restart();
    await expectNoSessions(current);
    makeRoom(current);
    await expectSessions(current);
    const sessions = await sealedSessions(current, over);
    await judgeRound(current, { prefix, acknowledged, sessions, figures });
  });
});

describe.runIf(mayMount)('a full disk, and object storage that takes nothing', () => {
  const storage = useFaultyStorage();
  const deployment = useRecordedDeployment({
    environment: STORAGE_ENVIRONMENT,
    recording: () => ({ storage: { s3: storage.current.settings } }),
    mount: smallDisk,
  });
  const over: string[] = [];
  const figures = { ...NO_FIGURES };
  afterAll(() => printFigures('disk full, object storage refusing', { ...figures }));

  it.each(['refuse', 'forbid'] as const)(
    'stop sessions, and everything is stored afterwards: %s',
    async (fault) => {
      const { current } = deployment;
      const { proxy, storedObject } = storage.current;
      proxy.fault = fault;
      const { prefix, ended } = await startWriters(current, { name: `both${fault}`, clients });
      await sleep(randomInt(FILL_WITHIN_MS));
      fill(current);
      const acknowledged = await ended;
      await expectNoSessions(current);
      await current.untilTargetsRest();
      makeRoom(current);
      proxy.fault = 'none';
      await expectSessions(current);
      const sessions = await sealedSessions(current, over);
      const bytesOf = (sessionId: string): Promise<Buffer> => storedObject(current, sessionId);
      await judgeRound(current, { prefix, acknowledged, sessions, bytesOf, figures });
    },
  );
});

describe('a full spool', () => {
  const storage = useFaultyStorage();
  const deployment = useRecordedDeployment({
    environment: STORAGE_ENVIRONMENT,
    recording: () => ({ storage: { s3: storage.current.settings, spoolBytesMax: SPOOL_BYTES } }),
  });
  const over: string[] = [];
  const figures = { ...NO_FIGURES };
  afterAll(() => printFigures('spool full', { ...figures }));

  it('ends sessions in order while object storage is away, and lets them begin when it is back', async () => {
    const { current } = deployment;
    const { proxy, storedObject } = storage.current;
    proxy.fault = 'refuse';
    const { prefix, ended } = await startWriters(current, { name: 'spool', clients });
    const talker = await connectClient(await current.postgresUrl());
    const talking = (async () => {
      for (;;) await talker.query(`select length('${randomBytes(300_000).toString('base64')}')`);
    })();
    await expect(talking).rejects.toThrow();
    const acknowledged = await ended;
    const sessions = await sealedSessions(current, over);
    expect(sessions.map(({ endReason }) => endReason)).toEqual(sessions.map(() => 'spool-full'));
    expect(sessions).toHaveLength(WRITERS + 1);
    proxy.fault = 'none';
    const bytesOf = (sessionId: string): Promise<Buffer> => storedObject(current, sessionId);
    await judgeRound(current, { prefix, acknowledged, sessions, bytesOf, figures });
    await expectSessions(current);
  });
});
