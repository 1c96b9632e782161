/** Who acts, and where: looked up for every act. What keeps somebody from acting is an answer to them. */
import type { ChatAccount } from '../../core/chat-account.ts';
import { isAppError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import type { ActAnswer } from '../act-answer.ts';
import type { Act, ActInput, ActPlace } from '../acts/act.ts';
import { sayError, sayProblem } from '../acts/answers.ts';
import { handleAct, handleUnlinkedAct } from '../acts/handle-act.ts';
import type { BotContext } from '../bot-context.ts';
import type { ChatPlatform } from '../platform.ts';
import { texts } from '../texts/texts.ts';
import { createTurns } from '../turns.ts';
import type { SlackIdentities } from './identity.ts';
import { withAccounts } from './people.ts';
import type { Scene } from './scene.ts';

export interface Actors {
  /** Does it for whoever made it. Never throws. */
  perform(act: Act, scene: Scene): Promise<ActAnswer>;
  /** The same for whoever was admitted. */
  handle(act: Act, input: ActInput): Promise<ActAnswer>;
  /**
   * For what only Slack has: who made it, or what they are told instead.
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
  readonly identities: SlackIdentities;
  readonly platform: Pick<ChatPlatform, 'name' | 'nameOf' | 'resolveChannel'>;
}): Actors {
  const { bot, identities, platform } = options;
  const turns = createTurns(ACTS_AT_ONCE);

  const inputOf = async (person: Identity, account: ChatAccount, scene: Scene): Promise<ActInput> => ({
    by: person,
    account,
    place: await placeOf(platform, scene.channel),
    key: scene.key,
  });

  const admit: Actors['admit'] = async (act, scene) => {
    try {
      const account = await identities.accountOf(scene.sender);
      const person = await identities.personOf(account);
      if (person === null) return { input: null, answer: await handleUnlinkedAct(bot, act, account) };
      return { input: await inputOf(person, account, scene), answer: null };
    } catch (error) {
      return { input: null, answer: answerTo(bot, error, scene) };
    }
  };

  const handle: Actors['handle'] = (act, input) =>
    turns.inTurn(async () => {
      const answer = await handleAct(bot, act, input);
      return answer.form === null ? answer : { ...answer, form: await withAccounts(bot, answer.form) };
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

function answerTo(bot: BotContext, error: unknown, scene: Scene): ActAnswer {
  const { user } = scene.sender;
  if (isAppError(error) && error.code !== 'internal') {
    bot.logger.warn({ code: error.code, reason: error.message, user }, 'an act on Slack was refused');
    return sayError(error);
  }
  bot.logger.error({ err: error, user }, 'an act on Slack failed before it began');
  return sayProblem('bad', texts().shown.failed);
}

/**
 * What is asked for between two people, nowhere, in a channel that we do not see or that other organisations read is
 * asked for in private: its cards go where approvers see them.
 */
async function placeOf(
  platform: Pick<ChatPlatform, 'name' | 'nameOf' | 'resolveChannel'>,
  channel: string | null,
): Promise<ActPlace> {
  const isOurs =
    channel !== null && !channel.startsWith('D') && (await platform.resolveChannel(channel)) !== null;
  if (!isOurs) return { platform: platform.name, channel: channel ?? '', channelName: '', isPrivate: true };
  const channelName = await platform.nameOf(channel);
  return { platform: platform.name, channel, channelName, isPrivate: false };
}
