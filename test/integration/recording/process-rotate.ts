/** Begins a rotation, says so in the middle of its transaction, and waits there to be killed. */
import { systemClock } from '../../../src/core/clock.ts';
import { Secret } from '../../../src/core/secret.ts';
import { rotationsOf } from '../../../src/recording/keyring/rotate.ts';
import { openStore } from '../../../src/store/open-store.ts';
import { openTestKeyring } from '../../support/keyring.ts';

const [what = 'root'] = process.argv.slice(2);
const keyOf = (name: string) => new Secret(Buffer.from(process.env[name] ?? '', 'base64'));
const store = await openStore({ url: new Secret(process.env['DATABASE_URL'] ?? '') });
const keyring = await openTestKeyring(store, {
  masterKey: keyOf('SALLYPORT_MASTER_KEY'),
  previousMasterKey: keyOf('SALLYPORT_PREVIOUS_MASTER_KEY'),
  clock: systemClock,
});
const wait = async (): Promise<never> => {
  process.stdout.write('in the middle\n');
  setInterval(() => undefined, 60_000);
  return new Promise(() => undefined);
};
const rotations = rotationsOf(keyring);
await (what === 'root'
  ? rotations.rotateRoot({ after: 1, note: wait })
  : rotations.rotateSigning({ after: 1, note: wait }));
