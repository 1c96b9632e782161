import { renameSync } from 'node:fs';
import { expect, it } from 'vitest';
import { checkRecordings } from '../../../src/cli/check-recordings.ts';
import { parsePublicKey } from '../../../src/recording/public-key.ts';
import { END_EVENT, sampleKeys, statementEvent } from '../recording/sample-data.ts';
import { temporaryDirectory, writeSample } from '../recording/sample-recording.ts';

it('a recording that its operator gave up is checked like the others, under its session', async () => {
  const directory = temporaryDirectory();
  const { publicKeyPem: pem } = sampleKeys();
  const key = { ...parsePublicKey(pem), pem };
  await writeSample([statementEvent(1, 'select 1'), END_EVENT], { sessionId: 's-1', directory });
  const given = await writeSample([statementEvent(1, 'drop table orders')], { sessionId: 's-2', directory });
  const released = `${given.path}.released`;
  renameSync(given.path, released);
  const check = () =>
    checkRecordings({
      paths: [directory],
      key,
      log: null,
      witnessed: null,
      onLog: () => undefined,
      onFile: () => undefined,
    });
  expect((await check()).results).toMatchObject([{ ok: true }, { path: released, sessionId: 's-2' }]);
  renameSync(released, `${directory}/s-3.sprec.released`);
  expect((await check()).results[1]).toMatchObject({ ok: false, problems: [{ code: 'misnamed' }] });
});
