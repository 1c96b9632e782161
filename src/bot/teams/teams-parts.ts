import type { Actors } from '../actors.ts';
import type { BotContext } from '../bot-context.ts';
import type { Scene } from './activity.ts';
import type { TeamsConversations } from './conversations.ts';
import type { TeamsIdentities } from './identity.ts';
import type { Responder } from './responder.ts';

/** Whoever clicks waits for this long at most; what takes longer is answered in the personal chat. */
export const ANSWER_WITHIN_MS = 5_000;

/** What every handler of an activity works with. */
export interface TeamsParts {
  readonly bot: BotContext;
  readonly identities: TeamsIdentities;
  readonly actors: Actors<Scene>;
  readonly conversations: TeamsConversations;
  readonly responder: Responder;
}
