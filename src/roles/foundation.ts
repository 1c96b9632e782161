/** What every process has, whatever its roles: the database, the policy, the keys, and the context of the use cases. */
import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import type { Logger } from 'pino';
import type { AccessContext } from '../access/context.ts';
import { openServerPolicy, type ServerPolicy } from '../access/server-policy.ts';
import { brokerHostKey } from '../broker/ssh/host-key.ts';
import { type Config, loadPolicy, ownPolicy, readSecret, serverName } from '../config.ts';
import { messageOf } from '../core/errors.ts';
import type { Secret } from '../core/secret.ts';
import type { IdentityContext } from '../identity/context.ts';
import { createOnCallSource } from '../lookups/on-call/on-call-source.ts';
import { createTicketSource } from '../lookups/tickets/ticket-source.ts';
import { loadSqlParser } from '../policies/analyzers/sql/analyze.ts';
import type { SecretReference } from '../policies/document/schema.ts';
import type { Keyring } from '../recording/keyring/keyring.ts';
import type { RecordingKeys } from '../recording/keys.ts';
import type { RecordingFiles } from '../recording/storage/find-recording.ts';
import { openDatabaseClock } from '../store/database-clock.ts';
import { publicPostgres, publicSsh, publicUrlOf } from './addresses.ts';
import { brokerKey } from './broker-key.ts';
import { openDatabase } from './database.ts';
import { keepIdentitySettings } from './identity-settings.ts';
import { openKeyring } from './keyring.ts';
import type { Lifecycle } from './lifecycle.ts';
import { type OpenStorage, openRecordingStorage, storageProblem } from './recording-storage.ts';

export interface Foundation {
  readonly config: Config;
  readonly logger: Logger;
  readonly lifecycle: Lifecycle;
  readonly databaseUrl: Secret<string>;
  readonly keyring: Keyring;
  readonly keys: RecordingKeys;
  readonly policy: ServerPolicy;
  readonly access: AccessContext;
  readonly identity: IdentityContext;
  /** What is recorded here, and where else recordings are. */
  readonly storage: OpenStorage;
  readonly recordings: RecordingFiles;
  /** Why the process cannot do its work now; empty when it can. */
  readonly whatIsWrong: () => Promise<string[]>;
}

/** @throws AppError when the configuration or the database does not allow it */
export async function layFoundation(parts: {
  readonly config: Config;
  readonly logger: Logger;
  readonly lifecycle: Lifecycle;
}): Promise<Foundation> {
  const { config, logger, lifecycle } = parts;
  await loadSqlParser();
  const { url: databaseUrl, store } = await openDatabase(parts);
  const clock = await openDatabaseClock(store);
  lifecycle.add('clock', clock.close);
  const keyring = await openKeyring({ config, store, clock, logger });
  lifecycle.add('keyring', () => keyring.stop());
  const random = (bytes: number): Uint8Array => randomBytes(bytes);
  const policy = await openServerPolicy(
    { store, clock, random },
    {
      server: serverName(config),
      first: config.policy,
      readFile: () => loadPolicy(config.file),
      adapt: (shared) => ownPolicy(config, shared),
      log: {
        info: (facts, message) => logger.info(facts, message),
        warn: (facts, message) => logger.warn(facts, message),
        error: (facts, message) => logger.error(facts, message),
      },
    },
  );
  lifecycle.add('policy', () => policy.close());
  const { document } = policy.current();
  const secrets = {
    readSecret: (reference: SecretReference) => readSecret(reference, { directory: dirname(config.file) }),
  };
  const lookups = {
    ...secrets,
    clock,
    report: (fault: object) => logger.warn(fault, 'a service that the policy asks did not answer'),
  };
  const access: AccessContext = {
    onCall: createOnCallSource(lookups),
    tickets: createTicketSource(lookups),
    store,
    policy,
    clock,
    random,
    settings: {
      publicUrl: publicUrlOf(document),
      postgres: publicPostgres(document),
      ssh: { ...publicSsh(document), hostKey: brokerHostKey(await brokerKey(keyring)).publicLine },
      ...secrets,
    },
  };
  const keys = keyring.recording;
  const storage = await openRecordingStorage({ access, config, keys, logger });
  lifecycle.add('storage of recordings', () => storage.storage.stop());
  storage.storage.start();
  const { directory } = document.recording;
  return {
    ...parts,
    databaseUrl,
    keyring,
    keys,
    storage,
    recordings: { directory, keys, locate: (sessionId) => storage.storage.locate(sessionId) },
    policy,
    access,
    identity: { store, clock, random, settings: keepIdentitySettings({ config, policy }) },
    whatIsWrong: async () => {
      const reasons: string[] = [];
      await store
        .ping()
        .catch((error: unknown) => reasons.push(`the database does not answer: ${messageOf(error)}`));
      const problem = policy.problem();
      if (problem !== null) reasons.push(`the policy in force cannot be read: ${problem}`);
      const full = storageProblem(storage.storage.status);
      if (full !== null) reasons.push(full);
      return reasons;
    },
  };
}
