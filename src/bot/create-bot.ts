import type { AccessContext } from '../access/context.ts';
import type { RecordingExaminer } from '../access/incidents/report/ports.ts';
import type { CardPublisher, ChatErrands, SessionDocuments } from '../access/ports.ts';
import type { BotLogger } from './bot-context.ts';
import { createErrands } from './errands.ts';
import type { ChatPlatform } from './platform.ts';
import { createCardPublisher } from './publish-card.ts';

export interface Bot {
  /** What the jobs call whenever something that has a card may have changed. */
  readonly publisher: CardPublisher;
  /**
   * What the jobs call for incidents and documents.
   * @param documents of the recordings on this machine
   * @param examiner of the same; without it a report says that nothing was checked
   */
  errandsWith(documents: SessionDocuments, examiner?: RecordingExaminer | undefined): ChatErrands;
}

/**
 * The bot of one process. It keeps nothing in memory that another replica would need.
 * @param options.platforms from `openPlatforms`
 */
export function createBot(options: {
  readonly access: AccessContext;
  readonly platforms: readonly ChatPlatform[];
  readonly logger: BotLogger;
}): Bot {
  const { access, platforms, logger } = options;
  const publisher = createCardPublisher({ access, logger }, platforms);
  return {
    publisher,
    errandsWith: (documents, examiner) =>
      createErrands({ access, logger, platforms, publisher, documents, examiner: examiner ?? null }),
  };
}
