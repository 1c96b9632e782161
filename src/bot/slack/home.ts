/** App Home: what waits for this person's decision, what they hold, and what they asked for. */
import type { types } from '@slack/bolt';
import type { ActInput } from '../acts/act.ts';
import type { BotContext } from '../bot-context.ts';
import { readHomeContents } from '../home.ts';
import { homeView } from './render/home-view.ts';

/** What the Home tab of this person shows now. */
export async function readHome(bot: BotContext, { by }: Pick<ActInput, 'by'>): Promise<types.HomeView> {
  return homeView({ ...(await readHomeContents(bot, { by })), now: bot.access.clock.now() });
}
