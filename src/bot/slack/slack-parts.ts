import type { Actors } from '../actors.ts';
import type { BotContext } from '../bot-context.ts';
import type { SlackClient } from './client.ts';
import type { SlackIdentities } from './identity.ts';
import type { Responder } from './responder.ts';
import type { Scene } from './scene.ts';

/** Slack opens a modal, and takes an acknowledgement, for three seconds; this leaves room for the way there and back. */
export interface Patience {
  /** An answer that is not there by then gets a modal to appear in. */
  readonly modalAfterMs: number;
  /** The answer to a form that is not there by then comes into the modal later. */
  readonly acknowledgeAfterMs: number;
}

export const PATIENCE: Patience = { modalAfterMs: 1_500, acknowledgeAfterMs: 1_000 };

/** What every handler of a delivery works with. */
export interface SlackParts {
  readonly bot: BotContext;
  readonly client: SlackClient;
  readonly identities: SlackIdentities;
  readonly actors: Actors<Scene>;
  readonly responder: Responder;
  readonly patience: Patience;
}
