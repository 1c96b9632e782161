import { readFileSync } from 'node:fs';
import { RecordingRelay } from '../access/watch/relay.ts';
import { type Broker, createBroker } from '../broker/broker.ts';
import type { Config } from '../config.ts';
import { AppError, messageOf } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import { authenticateBearer } from '../identity/authenticate-bearer.ts';
import { createIssuerKeys } from '../identity/issuer-keys.ts';
import { keepServerCertificate } from '../identity/server-certificate.ts';
import { readRecordingFrom } from '../recording/live/source.ts';
import { DEFAULT_RATE_LIMIT, RateLimiter } from '../web/rate-limit.ts';
import { brokerKey } from './broker-key.ts';
import type { Foundation } from './foundation.ts';

/**
 * The broker of this process. Jobs need one as well, to prepare connections and to seal what a broker that died
 * has left; only the role of a broker starts it.
 */
export async function openBroker(foundation: Foundation): Promise<Broker> {
  const { access, config, keyring, keys, lifecycle, logger, storage } = foundation;
  const { store, clock, settings } = access;
  const tls = await keepServerCertificate({
    context: { store, clock },
    roots: keyring,
    configured: configuredCertificate(config),
    // Loaded by the one process of a deployment that makes it.
    make: async () => {
      const { generateCertificate } = await import('../broker/certificate.ts');
      return generateCertificate({ publicHost: settings.postgres.host, now: clock.now() });
    },
  });
  const broker = createBroker({
    access,
    keys,
    logger,
    tls,
    replica: config.replica,
    secretKey: await brokerKey(keyring),
    listenOn: config.listenOn,
    identify: identifyTokens(foundation),
    spool: storage.storage.spool,
  });
  // Before any start: one that fails half-way leaves timers and a listening connection behind.
  lifecycle.add('broker', () => broker.stop());
  storage.recoverWith(broker);
  storage.storage.recordBy({ isRecording: broker.isRecording, end: broker.endForLackOfRoom });
  return broker;
}

/** What this broker records, to those who watch it through processes that do not share its disk. */
export function relayRecordings({ access, lifecycle, logger, recordings }: Foundation, broker: Broker): void {
  const relay = new RecordingRelay({
    context: access,
    recordings: {
      isRecording: broker.isRecording,
      read: (sessionId, range) => readRecordingFrom(recordings.directory, sessionId, range),
    },
    onFault: (what, error) => logger.warn({ problem: messageOf(error) }, `${what} failed`),
  });
  lifecycle.add('relay of recordings', () => relay.stop());
  relay.start();
}

/** As the HTTP API does with bearer tokens, and as often. */
function identifyTokens({ identity, access }: Foundation): (token: string) => Promise<Identity> {
  const issuerKeys = createIssuerKeys();
  const limiter = new RateLimiter(DEFAULT_RATE_LIMIT);
  return async (token) => {
    const known = await authenticateBearer(identity, token, issuerKeys);
    limiter.take(`identity ${known.id}`, access.clock.now().getTime());
    return known;
  };
}

function configuredCertificate(config: Config): { certificatePem: string; keyPem: string } | null {
  const { tls } = config.policy.document.broker.postgres;
  if (tls === undefined) return null;
  const read = (path: string): string => {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      throw new AppError('config_invalid', `broker.postgres.tls: cannot read ${path}: ${messageOf(error)}`, {
        cause: error,
      });
    }
  };
  return { certificatePem: read(tls.certificate), keyPem: read(tls.key) };
}
