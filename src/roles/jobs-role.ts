import { createHash } from 'node:crypto';
import { RecordingsIndex } from '../access/search/index-recordings.ts';
import type { Bot } from '../bot/create-bot.ts';
import type { Broker } from '../broker/broker.ts';
import type { QueueBackend } from '../jobs/queues.ts';
import { runJobs } from '../jobs/run-jobs.ts';
import { sendToSinks } from '../jobs/send-to-sinks.ts';
import { openExaminer } from '../recording/evidence/examine.ts';
import { openRecordingsToFollow } from '../recording/follow.ts';
import { openStatementArchive } from '../recording/recorded-statements.ts';
import { openSessionDocuments } from '../recording/session-documents.ts';
import { pemOf } from '../store/signing-chain.ts';
import type { Foundation } from './foundation.ts';

const FINGERPRINT_CHARACTERS = 16;

/** The relay, the workers, the sweeps and the upkeep; cards are published by these workers. */
export async function startJobs(
  foundation: Foundation,
  { broker, bot }: { readonly broker: Broker; readonly bot: Bot },
): Promise<void> {
  const { access, keyring, lifecycle, logger } = foundation;
  const archive = openStatementArchive(foundation.recordings);
  const search = new RecordingsIndex(access, openRecordingsToFollow(foundation.recordings));
  lifecycle.add('search', async () => search.close());
  const jobs = await runJobs(
    {
      access,
      publisher: bot.publisher,
      errands: bot.errandsWith(
        openSessionDocuments(foundation.recordings),
        openExaminer(foundation.recordings),
      ),
      preparer: broker,
      recovery: broker,
      objects: foundation.storage.storage,
      roles: broker,
      archive,
      search,
      signers: keyring,
    },
    { backend: queueBackend(foundation), logger },
  );
  lifecycle.add('jobs', () => jobs.stop());
  const sinks = sendToSinks(access, { replica: foundation.config.replica, logger });
  lifecycle.add('sinks', () => sinks.stop());
}

function queueBackend({ config, databaseUrl, keyring }: Foundation): QueueBackend {
  const { redisUrl } = config;
  if (redisUrl === null) return { kind: 'postgres', url: databaseUrl };
  return { kind: 'redis', url: redisUrl, deployment: fingerprintOf(pemOf(keyring.trusted)) };
}

/** The first signing key is made with the database, so it names the deployment as nothing in its configuration does. */
function fingerprintOf(publicKeyPem: string): string {
  return createHash('sha256').update(publicKeyPem).digest('hex').slice(0, FINGERPRINT_CHARACTERS);
}
