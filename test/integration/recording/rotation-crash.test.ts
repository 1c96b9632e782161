/** `kill -9` in the middle of a rotation. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { rotationsOf } from '../../../src/recording/keyring/rotate.ts';
import { openStore } from '../../../src/store/open-store.ts';
import { useTestDatabase } from '../../support/database.ts';
import { openTestKeyring } from '../../support/keyring.ts';

const PROGRAM = new URL('./process-rotate.ts', import.meta.url).pathname;
const database = useTestDatabase();

it('leaves the keys as they were, and the next rotation goes through', async () => {
  const store = await openStore({ url: database.current.url });
  try {
    const [old, fresh] = [new Secret(randomBytes(32)), new Secret(randomBytes(32))];
    const keyring = await openTestKeyring(store, { masterKey: old });
    for (const what of ['root', 'signing']) await killInTheMiddle(what, { old, fresh });
    const restarted = await openTestKeyring(store, { masterKey: old });
    expect(restarted.recording.newest.keyId).toBe(keyring.recording.newest.keyId);
    expect(restarted.recording.publicKeyPem).toBe(keyring.recording.publicKeyPem);
    const both = await openTestKeyring(store, { masterKey: fresh, previousMasterKey: old });
    const note = async (): Promise<void> => undefined;
    expect(await rotationsOf(both).rotateRoot({ after: 1, note })).toBe(true);
    expect(await rotationsOf(both).rotateSigning({ after: 1, note })).toBe(true);
    expect((await openTestKeyring(store, { masterKey: fresh })).roots).toHaveLength(2);
  } finally {
    await store.close();
  }
});

async function killInTheMiddle(what: string, keys: { old: Secret<Buffer>; fresh: Secret<Buffer> }) {
  const child = spawn(process.execPath, [PROGRAM, what], {
    env: {
      ...process.env,
      DATABASE_URL: database.current.url.reveal(),
      SALLYPORT_MASTER_KEY: keys.fresh.reveal().toString('base64'),
      SALLYPORT_PREVIOUS_MASTER_KEY: keys.old.reveal().toString('base64'),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  expect(said.toString()).toBe('in the middle\n');
  child.kill('SIGKILL');
  await once(child, 'close');
}
