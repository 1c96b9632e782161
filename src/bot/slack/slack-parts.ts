import type { BotContext } from '../bot-context.ts';
import type { Actors } from './actors.ts';
import type { SlackClient } from './client.ts';
import type { SlackIdentities } from './identity.ts';
import type { Responder } from './responder.ts';

/** What every handler of a delivery works with. */
export interface SlackParts {
  readonly bot: BotContext;
  readonly client: SlackClient;
  readonly identities: SlackIdentities;
  readonly actors: Actors;
  readonly responder: Responder;
}
