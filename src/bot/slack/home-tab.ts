/** The Home tab, filled whenever its person opens it and whenever they do something on it. */
import type { types } from '@slack/bolt';
import { z } from 'zod';
import type { Act } from '../acts/act.ts';
import { actKeyOf } from './dedupe.ts';
import { readHome } from './home.ts';
import { answerMessage } from './render/answer.ts';
import type { Scene } from './scene.ts';
import type { SlackParts } from './slack-parts.ts';

const ID = z.string().min(1).max(100);
const OPENED = z.object({
  team_id: ID,
  enterprise_id: ID.nullish(),
  event: z.object({ user: ID, tab: z.string().optional() }),
});

/** What the tab shows, as somebody would type it. */
const LOOK: Act = { kind: 'command', text: 'pending' };

/** `app_home_opened`; Bolt has acknowledged it already. */
export async function takeHomeOpened(
  parts: SlackParts,
  body: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { team_id: team, enterprise_id: enterprise, event } = OPENED.parse(body);
  if (event.tab !== undefined && event.tab !== 'home') return;
  await showHome(parts, {
    sender: { user: event.user, teams: [team], enterprise: enterprise ?? null },
    channel: null,
    modal: null,
    responseUrl: null,
    triggerId: null,
    key: actKeyOf(body),
  });
}

export async function showHome({ bot, actors, responder }: SlackParts, scene: Scene): Promise<void> {
  const { input, answer } = await actors.admit(LOOK, scene);
  const view: types.HomeView =
    input === null
      ? { type: 'home', blocks: answerMessage(answer)?.blocks ?? [] }
      : await readHome(bot, input);
  await responder.showHome(scene, view);
}
