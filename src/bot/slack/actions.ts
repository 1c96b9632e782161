/** Clicks, and what is chosen in a modal that is being filled in. A click is acknowledged before anything is done. */
import { z } from 'zod';
import type { ActAnswer } from '../act-answer.ts';
import type { Act } from '../acts/act.ts';
import type { ActionId } from '../card.ts';
import { showHome } from './home-tab.ts';
import { refillView } from './modal.ts';
import { openInFull } from './open-in-full.ts';
import { type OwnAction, readActionId } from './render/buttons.ts';
import { placeOf } from './responder.ts';
import { type Scene, sceneOfInteraction } from './scene.ts';
import type { SlackParts } from './slack-parts.ts';

const CLICK = z.object({
  actions: z
    .array(z.object({ action_id: z.string().max(255), value: z.string().max(2_000).optional() }))
    .min(1)
    .max(25),
  view: z.unknown().optional(),
});

/** Their outcome stands on the card that was clicked: the clicker sees it change. */
const SAID_BY_CARD: ReadonlySet<ActionId> = new Set([
  'approve',
  'approve-once',
  'approve-for-session',
  'approve-policy',
  'consent',
  'cancel',
  'done',
  'terminate',
]);

export async function takeClick(
  parts: SlackParts,
  delivery: { readonly body: Readonly<Record<string, unknown>>; readonly ack: () => Promise<void> },
): Promise<void> {
  const scene = sceneOfInteraction(delivery.body);
  const { actions, view } = CLICK.parse(delivery.body);
  await delivery.ack();
  for (const { action_id: actionId, value = '' } of actions) {
    const clicked = readActionId(actionId);
    if (clicked?.kind === 'act') {
      await act(parts, scene, { action: clicked.action, subject: value });
    } else if (clicked?.kind === 'own') {
      await OWN_TABLE[clicked.action](parts, scene, value);
    } else if (scene.modal !== null) {
      await refill(parts, scene, view);
    }
  }
}

async function act(
  { actors, responder, ...parts }: SlackParts,
  scene: Scene,
  { action, subject }: { readonly action: ActionId; readonly subject: string },
): Promise<void> {
  const onCard = scene.responseUrl !== null && SAID_BY_CARD.has(action);
  await responder.respond(scene, actors.perform({ kind: 'action', action, subject }, scene), {
    silent: (answer) => onCard && isPlainSuccess(answer),
  });
  if (scene.channel === null) await showHome({ actors, responder, ...parts }, scene);
}

/** A refusal, and whatever brings more than words, is always shown. */
function isPlainSuccess({ reply, form }: ActAnswer): boolean {
  if (form !== null || reply === null || reply.card !== null || reply.copyable.length > 0) return false;
  return reply.problem !== true && reply.tone !== 'warning' && reply.tone !== 'bad';
}

type OwnHandler = (parts: SlackParts, scene: Scene, subject: string) => Promise<void>;

const OWN_TABLE: Readonly<Record<OwnAction, OwnHandler>> = {
  'open-in-full': async ({ bot, actors, responder }, scene, subject) => {
    const show: Act = { kind: 'command', text: `show ${subject.split('.', 1)[0]}` };
    const { input, answer } = await actors.admit(show, scene);
    if (input === null) return responder.respond(scene, Promise.resolve(answer));
    await responder.showModal(scene, openInFull(bot, { subject, place: placeOf(scene) }, input));
  },
  'ask-for-access': ({ actors, responder }, scene) =>
    responder.respond(scene, actors.perform({ kind: 'command', text: 'request' }, scene)),
  // The browser opens it; Slack tells us all the same.
  'open-link': async () => undefined,
};

/** What the policy says to the form so far. Somebody who may not act sees what they saw. */
async function refill(parts: SlackParts, scene: Scene, view: unknown): Promise<void> {
  const { input } = await parts.actors.admit({ kind: 'command', text: 'request' }, scene);
  if (input === null) return;
  const filled = await refillView(parts, view, { input, sender: scene.sender });
  if (filled !== null) await parts.responder.changeModal(scene, filled);
}
