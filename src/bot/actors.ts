/**
 * Who acts, and where, on a platform that is somebody else's service: looked up for every act. What keeps somebody from
 * acting is an answer to them.
 */
import type { ChatAccount } from '../core/chat-account.ts';
import { isAppError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import type { ActAnswer } from './act-answer.ts';
import type { Act, ActInput, ActPlace } from './acts/act.ts';
import { sayError, sayProblem } from './acts/answers.ts';
import { handleAct, handleUnlinkedAct } from './acts/handle-act.ts';
import type { BotContext } from './bot-context.ts';
import { texts } from './texts/texts.ts';
import { createTurns } from './turns.ts';

/** @typeParam Scene what a delivery of the platform says of who did something, and where */
export interface Actors<Scene> {
  /** Does it for whoever made it. Never throws. */
  perform(act: Act, scene: Scene): Promise<ActAnswer>;
  /** The same for whoever was admitted. */
  handle(act: Act, input: ActInput): Promise<ActAnswer>;
  /**
   * Who made it, or what they are told instead. Never throws.
   * @param act what an account that is linked to nobody is told about
   */
  admit(act: Act, scene: Scene): Promise<Admission>;
}

export type Admission =
  | { readonly input: ActInput; readonly answer: null }
  | { readonly input: null; readonly answer: ActAnswer };

/** What a platform knows of a scene. Each throws an AppError for the person who acts. */
export interface Scenery<Scene> {
  readonly platform: string;
  /** The account, which the platform has just vouched for, linked or not. */
  accountOf(scene: Scene): Promise<ChatAccount>;
  /** The person whom it is linked to. */
  personOf(account: ChatAccount): Promise<Identity | null>;
  placeOf(scene: Scene): Promise<ActPlace>;
  /** Who the log says it was, when they are refused: the platform's id. */
  idIn(scene: Scene): string | null;
  /** What only this platform adds to an answer. */
  finish?(answer: ActAnswer): Promise<ActAnswer>;
}

/**
 * Acts under way together; the others wait, acknowledged. More of them would take the database away from the
 * acknowledgements of those who come next.
 */
const ACTS_AT_ONCE = 8;

export function createActors<Scene extends { readonly key: string }>(
  bot: BotContext,
  scenery: Scenery<Scene>,
): Actors<Scene> {
  const turns = createTurns(ACTS_AT_ONCE);

  const admit: Actors<Scene>['admit'] = async (act, scene) => {
    try {
      const account = await scenery.accountOf(scene);
      const by = await scenery.personOf(account);
      if (by === null) return { input: null, answer: await handleUnlinkedAct(bot, act, account) };
      const place = await scenery.placeOf(scene);
      return { input: { by, account, place, key: scene.key }, answer: null };
    } catch (error) {
      return { input: null, answer: answerTo(bot, error, { ...scenery, account: scenery.idIn(scene) }) };
    }
  };

  const handle: Actors<Scene>['handle'] = (act, input) =>
    turns.inTurn(async () => {
      const answer = await handleAct(bot, act, input);
      return scenery.finish === undefined ? answer : scenery.finish(answer);
    });

  return {
    admit,
    handle,
    perform: async (act, scene) => {
      const { input, answer } = await admit(act, scene);
      return input === null ? answer : handle(act, input);
    },
  };
}

function answerTo(
  { logger }: BotContext,
  error: unknown,
  { platform, account }: { readonly platform: string; readonly account: string | null },
): ActAnswer {
  if (isAppError(error) && error.code !== 'internal') {
    logger.warn({ platform, account, code: error.code, reason: error.message }, 'an act in chat was refused');
    return sayError(error);
  }
  logger.error({ err: error, platform, account }, 'an act in chat failed before it began');
  return sayProblem('bad', texts().shown.failed);
}
