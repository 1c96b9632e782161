/** A keyring as a deployment has one, over a test's own database. */
import { randomBytes } from 'node:crypto';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { Secret } from '../../src/core/secret.ts';
import { Keyring } from '../../src/recording/keyring/keyring.ts';
import { type KeyWrapper, masterKeyWrapper } from '../../src/recording/keyring/wrapper.ts';
import type { Store } from '../../src/store/open-store.ts';

export interface TestWrapping {
  /** A new one when left out. */
  readonly masterKey?: Secret<Buffer>;
  readonly previousMasterKey?: Secret<Buffer>;
  /** Wraps in place of the master key. */
  readonly service?: KeyWrapper;
  readonly others?: readonly KeyWrapper[];
  readonly clock?: Clock;
}

export function openTestKeyring(store: Store, options: TestWrapping = {}): Promise<Keyring> {
  const { service, previousMasterKey, others = [], clock = systemClock } = options;
  const masterKey = options.masterKey ?? (service === undefined ? new Secret(randomBytes(32)) : undefined);
  const masterKeys = [masterKey, previousMasterKey].filter((key) => key !== undefined);
  const wrappers = [...(service === undefined ? [] : [service]), ...masterKeys.map(masterKeyWrapper)];
  const [primary, ...rest] = wrappers;
  if (primary === undefined) throw new Error('There is nothing to wrap with.');
  return Keyring.open({ store, clock, wrapping: { primary, others: [...rest, ...others], masterKeys } });
}
