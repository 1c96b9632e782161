/** The keyring of this process: what wraps its root keys as the configuration says, and how it is doing. */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger } from 'pino';
import { type Config, environmentOf, readMasterKeys, readSecret } from '../config.ts';
import type { Clock } from '../core/clock.ts';
import { AppError, messageOf } from '../core/errors.ts';
import type { KmsSettings } from '../policies/document/keys.ts';
import { commandWrapper } from '../recording/keyring/command-wrapper.ts';
import { Keyring, type KeyWrapping } from '../recording/keyring/keyring.ts';
import { transitWrapper } from '../recording/keyring/transit-wrapper.ts';
import { type KeyWrapper, masterKeyWrapper } from '../recording/keyring/wrapper.ts';
import type { Store } from '../store/open-store.ts';
import type { Metric } from '../web/metrics.ts';

/** @throws AppError when a key cannot be read or does not open what is stored, or a service does not answer */
export async function openKeyring(parts: {
  readonly config: Config;
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
}): Promise<Keyring> {
  const { config, store, clock, logger } = parts;
  const keyring = await Keyring.open({ store, clock, wrapping: wrappingOf(config) });
  keyring.follow((problem) => {
    if (problem === null) logger.info('the keyring is in order again');
    else logger.warn({ problem }, 'the keyring is not in order: what runs goes on with the keys it has');
  });
  return keyring;
}

function wrappingOf(config: Config): KeyWrapping {
  const { kms, previousKms } = config.policy.document.keys;
  const { current, previous } = readMasterKeys(config);
  const masterKeys = [current, previous].flatMap((key) => key ?? []);
  const services = [kms, previousKms].flatMap((settings) =>
    settings === undefined ? [] : [serviceWrapper(config, settings)],
  );
  const ofMasterKeys = masterKeys.map(masterKeyWrapper);
  // Without a service there is a current master key, which then is the first of them.
  const primary = kms === undefined ? ofMasterKeys[0] : services[0];
  if (primary === undefined) throw new AppError('config_invalid', 'There is nothing to wrap root keys with.');
  const others = [...services, ...ofMasterKeys].filter((wrapper) => wrapper !== primary);
  return { primary, others, masterKeys };
}

function serviceWrapper(config: Config, settings: KmsSettings): KeyWrapper {
  if ('command' in settings) {
    const { command, environment, timeout } = settings;
    return commandWrapper({ command, timeoutMs: timeout, environment: environmentOf(environment) });
  }
  const { address, key, mount, namespace = null, token, ca, timeout } = settings.transit;
  return transitWrapper({
    address: new URL(address),
    mount,
    key,
    namespace,
    token: () => readSecret(token, { directory: dirname(config.file) }),
    ca: ca === undefined ? null : readCa(ca),
    timeoutMs: timeout,
  });
}

function readCa(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const text = `keys.kms.transit.ca: cannot read ${path}: ${messageOf(error)}`;
    throw new AppError('config_invalid', text, { cause: error });
  }
}

/** What /metrics shows of this process: it has the keys in memory. */
export function keyringMetrics(keyring: Keyring): Metric[] {
  const gauge = (name: string, help: string, value: number): Metric => ({
    name,
    help,
    type: 'gauge',
    samples: [{ value }],
  });
  return [
    gauge('root_key_generation', 'Of the root key that recordings begin with.', keyring.roots.length),
    gauge('signing_key_number', 'Of the key that signs.', keyring.newestSigner.number),
    gauge(
      'keyring_ok',
      '0 while newer keys, or the key management service, cannot be reached: what runs goes on.',
      keyring.problem === null ? 1 : 0,
    ),
  ];
}
