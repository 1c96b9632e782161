/** The Bolt app: which of our handlers takes what Slack delivers. Each acknowledges first. */
import { App, type Receiver } from '@slack/bolt';
import type { BotLogger } from '../bot-context.ts';
import { takeClick } from './actions.ts';
import { COMMAND_NAME, takeCommand } from './commands.ts';
import { takeHomeOpened } from './home-tab.ts';
import { libraryLogger } from './library-logger.ts';
import { answerSearch } from './searches.ts';
import { SHORTCUT_IDS, takeShortcut } from './shortcuts.ts';
import type { SlackParts } from './slack-parts.ts';
import { type SubmissionAck, takeSubmission } from './submissions.ts';

/** Which of our fields it is about says the view. */
const ANY = /^/;

/** Deliveries come through `Intake`, which hands them to `processEvent`. */
const RECEIVER: Receiver = {
  init: () => undefined,
  start: async () => undefined,
  stop: async () => undefined,
};

export function createSlackApp(parts: SlackParts, logger: BotLogger): App {
  const app = new App({
    receiver: RECEIVER,
    logger: libraryLogger(logger, '@slack/bolt'),
    // Who acts is looked up for every act; our token stays with our own client.
    authorize: async () => ({}),
    // Conversations are kept in the database, and we answer no messages.
    convoStore: false,
    ignoreSelf: false,
  });
  app.command(COMMAND_NAME, ({ body, ack }) => takeCommand(parts, { body, ack }));
  app.action({ type: 'block_actions' }, ({ body, ack }) => takeClick(parts, { body: { ...body }, ack }));
  app.view({ type: 'view_submission' }, ({ body, ack }) =>
    takeSubmission(parts, {
      body: { ...body },
      ack: (response?: SubmissionAck) => ack(response),
    }),
  );
  app.view({ type: 'view_closed' }, ({ ack }) => ack());
  for (const id of SHORTCUT_IDS) {
    app.shortcut(id, ({ body, ack }) => takeShortcut(parts, { body: { ...body }, ack }));
  }
  app.options(ANY, async ({ body, ack }) => {
    await ack({ options: await answerSearch(parts, { ...body }) });
  });
  app.event('app_home_opened', ({ body }) => takeHomeOpened(parts, { ...body }));
  app.error(async (error) => {
    logger.error({ err: error }, 'a delivery of Slack could not be handled');
  });
  return app;
}
