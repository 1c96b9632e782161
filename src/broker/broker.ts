/**
 * The broker of one process: its listeners, its sessions, and the ports it implements for the use cases.
 * The broker is the only part that holds a target's credential, and holds it only while it connects.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { AccessContext } from '../access/context.ts';
import { expireHold } from '../access/decide-hold.ts';
import { forwardCancel, watchCancels } from '../access/forward-cancel.ts';
import { holdCommand, readHolds, watchHolds, withdrawHold } from '../access/hold-command.ts';
import type { ConnectionPreparer, EphemeralRoleDropper, RecordingRecovery } from '../access/ports.ts';
import { readGrant } from '../access/read-access.ts';
import { noteProgress, readSessionChanges, watchGrantChanges } from '../access/run-session.ts';
import { AppError, messageOf } from '../core/errors.ts';
import type { Secret } from '../core/secret.ts';
import { loadSqlParser } from '../policies/analyzers/sql/analyze.ts';
import { Journal } from '../recording/journal/journal.ts';
import { removeSpentJournals } from '../recording/journal/spent.ts';
import type { RecordingKeys } from '../recording/keys.ts';
import { exposureOf, prepareRecordingDirectory } from '../recording/layout.ts';
import { recoverRecordings } from '../recording/recover.ts';
import type { Spool } from '../recording/storage/spool.ts';
import type { HostAndPort } from './address.ts';
import { Approvals } from './approvals.ts';
import { CancelRelay } from './cancel-relay.ts';
import type { CertificatePems } from './certificate.ts';
import { type ListenOn, ProtocolListeners } from './protocol-listeners.ts';
import { PROTOCOLS, type Protocol } from './protocols.ts';
import type { BrokerServices } from './services.ts';
import type { MonotonicClock } from './session.ts';
import { SessionRegistry } from './session-registry.ts';

/** How long a running statement may take to finish when the process is asked to stop. */
const DRAIN_MS = 5_000;
/** And how long ended sessions may take to be sealed and noted. */
const SEAL_MS = 5_000;
const POLL_MS = 25;

export interface Broker extends ConnectionPreparer, EphemeralRoleDropper, RecordingRecovery {
  /**
   * @returns where clients of PostgreSQL connect
   * @throws AppError `unavailable` when an address is taken, `config_invalid` for a bad certificate or directory
   */
  start(): Promise<HostAndPort>;
  /** Where clients of SSH connect; null while the policy names no host. */
  readonly sshAddress: HostAndPort | null;
  /** Accepts no more, lets running statements finish for a while, then ends every session. */
  stop(): Promise<void>;
  readonly liveSessions: number;
  /** True while this process records the session. */
  isRecording(sessionId: string): boolean;
  /** Every session ends: too many recordings wait for object storage. */
  endForLackOfRoom(): void;
}

/**
 * @param options.replica names this process in session rows
 * @param options.secretKey 32 bytes that every replica shares; the broker derives its own keys from it
 * @param options.listenOn where that is not where the policy says
 * Reads `broker` and `recording` of the policy document in force; the directory of recordings stays.
 */
export function createBroker(options: {
  readonly access: AccessContext;
  readonly keys: RecordingKeys;
  readonly logger: Logger;
  readonly tls: CertificatePems;
  readonly replica: string;
  readonly secretKey: Secret<Uint8Array>;
  readonly listenOn?: ListenOn;
  /** Left out, nobody logs in with a token. */
  readonly identify?: BrokerServices['identify'];
  /** What is recorded here and waits for object storage; left out, nothing does. */
  readonly spool?: Spool;
  /** `performance.now` when left out. */
  readonly monotonic?: MonotonicClock;
}): Broker {
  const { access, keys, logger, monotonic = () => performance.now() } = options;
  const onFault = (what: string, error: unknown): void =>
    logger.error({ problem: messageOf(error) }, `${what} failed`);
  const registry = new SessionRegistry({
    state: {
      readSessionChanges: (sessions) => readSessionChanges(access, { sessions }),
      noteProgress: (sessions) => noteProgress(access, { sessions }),
      watchGrantChanges: (onHint) => watchGrantChanges(access, onHint),
    },
    monotonic,
    onFault,
  });
  const cancelRelay = new CancelRelay({
    channel: {
      forward: (message) => forwardCancel(access, { message }),
      watch: (onMessage) => watchCancels(access, onMessage),
    },
    monotonic,
    onFault,
  });
  const approvals = new Approvals({
    state: {
      holdCommand: (request) => holdCommand(access, request),
      readHolds: (holdIds) => readHolds(access, { holdIds }),
      withdrawHold: (holdId, why) => withdrawHold(access, { holdId, why }),
      expireHold: (holdId) => expireHold(access, { holdId }),
      watchHolds: (onHint) => watchHolds(access, onHint),
    },
    clock: access.clock,
    onFault,
  });
  const { directory } = access.policy.current().document.recording;
  const journal = new Journal({
    directory,
    keys,
    sync: () => access.policy.current().document.recording.sync,
    ...(options.spool === undefined ? {} : { spool: options.spool }),
  });
  const { identify = refuseTokens } = options;
  const services: BrokerServices = {
    ...options,
    identify,
    journal,
    registry,
    cancelRelay,
    approvals,
    monotonic,
  };
  const listeners = new ProtocolListeners(services, options.listenOn ?? {});
  return {
    start: async () => {
      prepareRecordingDirectory({ directory, publicKeyPem: keys.publicKeyPem });
      const exposure = exposureOf(directory);
      if (exposure !== null) logger.warn({ directory }, exposure);
      for (const { journalId, problem } of await removeSpentJournals({ directory, keys }))
        onFault(`Reading the journal ${journalId}`, problem);
      await loadSqlParser();
      await registry.start();
      await cancelRelay.start();
      await approvals.start();
      await listeners.open();
      const postgres = listeners.address('postgres');
      if (postgres === null) throw new AppError('internal', 'The broker does not listen for PostgreSQL.');
      logger.info(listeners.facts(), 'the broker listens');
      return postgres;
    },
    get sshAddress() {
      return listeners.address('ssh');
    },
    stop: async () => {
      const closed = listeners.close();
      await drain(registry);
      listeners.destroyAll();
      await closed;
      await registry.stop();
      await journal.close();
      await cancelRelay.stop();
      await approvals.stop();
    },
    get liveSessions() {
      return registry.size;
    },
    isRecording: (sessionId) => journal.isRecording(sessionId),
    endForLackOfRoom: () => {
      for (const session of registry.sessions()) session.end('spool-full');
    },
    prepare: (grantId) => prepareGrant(services, grantId),
    dropEphemeralRole: (role) => PROTOCOLS.postgres.dropEphemeralRole(services, role),
    recover: (sessionIds) => recoverRecordings({ directory, keys, sessionIds }),
  };
}

/** Idle sessions end at once, busy ones when their statement is done or the time is up. */
async function drain(registry: SessionRegistry): Promise<void> {
  for (let waitedMs = 0; waitedMs < DRAIN_MS && registry.size > 0; waitedMs += POLL_MS) {
    registry.endIdle('shutdown');
    await sleep(POLL_MS);
  }
  for (const session of registry.sessions()) session.end('shutdown');
  for (let waitedMs = 0; waitedMs < SEAL_MS && registry.closing > 0; waitedMs += POLL_MS)
    await sleep(POLL_MS);
}

async function prepareGrant(services: BrokerServices, grantId: string): Promise<void> {
  const { access } = services;
  const grant = await readGrant(access, { id: grantId });
  const resource = access.policy.current().document.resources.find(({ name }) => name === grant.resource);
  if (resource === undefined) {
    throw new AppError(
      'not_found',
      `The resource ${grant.resource} of grant ${grantId} is no longer configured.`,
    );
  }
  const protocol: Protocol = PROTOCOLS[resource.kind];
  await protocol.prepare(services, { resource, role: grant.role, grant });
}

async function refuseTokens(): Promise<never> {
  throw new AppError('unauthenticated', 'Tokens are not accepted here.');
}
