/** Who acts, and where: looked up for every act. What keeps somebody from acting is an answer to them. */
import { findTeamsConversation } from '../../access/teams-conversations.ts';
import { isAppError } from '../../core/errors.ts';
import type { ActAnswer } from '../act-answer.ts';
import type { Act, ActInput, ActPlace } from '../acts/act.ts';
import { sayError, sayProblem } from '../acts/answers.ts';
import { handleAct, handleUnlinkedAct } from '../acts/handle-act.ts';
import type { BotContext } from '../bot-context.ts';
import { texts } from '../texts/texts.ts';
import { createTurns } from '../turns.ts';
import type { Scene } from './activity.ts';
import { TEAMS_PLATFORM } from './connector.ts';
import type { TeamsConversations } from './conversations.ts';
import type { TeamsIdentities } from './identity.ts';

export interface Actors {
  /** Does it for whoever made it. Never throws. */
  perform(act: Act, scene: Scene): Promise<ActAnswer>;
  /** The same, for somebody who has been admitted. */
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

/**
 * Acts under way together; the others wait, acknowledged. More of them would take the database away from the
 * acknowledgements of those who come next.
 */
const ACTS_AT_ONCE = 8;

export function createActors(options: {
  readonly bot: BotContext;
  readonly identities: TeamsIdentities;
  readonly conversations: Pick<TeamsConversations, 'meet' | 'nameOf'>;
}): Actors {
  const { bot, identities, conversations } = options;
  const turns = createTurns(ACTS_AT_ONCE);

  const admit: Actors['admit'] = async (act, scene) => {
    try {
      const account = await identities.accountOf(scene);
      await conversations.meet(account, scene);
      const by = await identities.personOf(account);
      if (by === null) return { input: null, answer: await handleUnlinkedAct(bot, act, account) };
      const place = await placeOf(bot, conversations, scene);
      return { input: { by, account, place, key: scene.key }, answer: null };
    } catch (error) {
      return { input: null, answer: answerTo(bot, error, scene) };
    }
  };

  const handle: Actors['handle'] = (act, input) => turns.inTurn(() => handleAct(bot, act, input));

  return {
    admit,
    handle,
    perform: async (act, scene) => {
      const { input, answer } = await admit(act, scene);
      return input === null ? answer : handle(act, input);
    },
  };
}

function answerTo(bot: BotContext, error: unknown, { sender }: Scene): ActAnswer {
  const { aadObjectId: account } = sender;
  if (isAppError(error) && error.code !== 'internal') {
    bot.logger.warn({ code: error.code, reason: error.message, account }, 'an act on Teams was refused');
    return sayError(error);
  }
  bot.logger.error({ err: error, account }, 'an act on Teams failed before it began');
  return sayProblem('bad', texts().shown.failed);
}

/** Where the app is not, nobody would see a card: that is as private as a personal chat. */
async function placeOf(
  { access }: BotContext,
  conversations: Pick<TeamsConversations, 'nameOf'>,
  { place }: Scene,
): Promise<ActPlace> {
  const { conversation: channel, kind, channelName } = place;
  const base = { platform: TEAMS_PLATFORM, channel, makesNoChannels: true } as const;
  const isPrivate = kind === 'personal' || (await findTeamsConversation(access, channel)) === null;
  if (isPrivate) return { ...base, channelName: '', isPrivate };
  return { ...base, channelName: channelName ?? (await conversations.nameOf(channel)), isPrivate };
}
