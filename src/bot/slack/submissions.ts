/**
 * Submitted forms. Slack closes or changes a modal only in the acknowledgement, so an answer that is there in time
 * goes along with it; one that is not comes into the modal later.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { types } from '@slack/bolt';
import { z } from 'zod';
import type { ActAnswer } from '../act-answer.ts';
import { showHome } from './home-tab.ts';
import { formToOpen } from './render/answer.ts';
import { readSubmission, viewOf } from './render/form-view.ts';
import { answerView, skeletonView } from './render/full-view.ts';
import { placeOf } from './responder.ts';
import { type Scene, sceneOfInteraction } from './scene.ts';
import type { SlackParts } from './slack-parts.ts';

export type SubmissionAck =
  | { readonly response_action: 'errors'; readonly errors: Readonly<Record<string, string>> }
  | { readonly response_action: 'update'; readonly view: types.ModalView };

const SUBMITTED = z.object({
  view: z.object({ blocks: z.array(z.object({ type: z.string(), block_id: z.string().optional() })) }),
});

export async function takeSubmission(
  parts: SlackParts,
  delivery: {
    readonly body: Readonly<Record<string, unknown>>;
    /** Without a response the modal closes. */
    readonly ack: (response?: SubmissionAck) => Promise<void>;
  },
): Promise<void> {
  const { actors, patience, responder } = parts;
  const { body, ack } = delivery;
  const scene = sceneOfInteraction(body);
  const submission = readSubmission(body['view']);
  if (submission === null) return ack();
  const { form, subject, values } = submission;
  const pending = actors.perform({ kind: 'form', form, subject, values }, scene);
  const inTime = await Promise.race([pending, sleep(patience.acknowledgeAfterMs, null, { ref: false })]);
  if (inTime === null) {
    await ack({ response_action: 'update', view: skeletonView(placeOf(scene)) });
    const view = viewOfAnswer(scene, await pending);
    if (view !== null) await responder.fillModal(scene, view, await pending);
  } else {
    const response = responseTo(scene, inTime, inputBlockIn(body));
    await ack(response ?? undefined);
    // The modal hid the card, so what came of it is said even where the card will show it.
    if (response === null) await responder.reply(scene, inTime);
  }
  if (scene.channel === null) await showHome(parts, scene);
}

/** @returns null when the modal closes and the answer, if it is needed, is given where it was opened */
function responseTo(scene: Scene, answer: ActAnswer, inputBlock: string | null): SubmissionAck | null {
  const { reply } = answer;
  if (formToOpen(answer) === null && reply?.problem === true && inputBlock !== null) {
    return { response_action: 'errors', errors: { [inputBlock]: reply.text } };
  }
  const isBrief = reply !== null && reply.card === null && reply.copyable.length === 0;
  if (answer.form === null && isBrief && scene.channel !== null) return null;
  const view = viewOfAnswer(scene, answer);
  return view === null ? null : { response_action: 'update', view };
}

function viewOfAnswer(scene: Scene, answer: ActAnswer): types.ModalView | null {
  const form = formToOpen(answer);
  if (form !== null) return viewOf(form, placeOf(scene));
  return answer.reply === null ? null : answerView(answer.reply, placeOf(scene));
}

/** Where Slack shows what is wrong, beside what was typed. */
function inputBlockIn(body: Readonly<Record<string, unknown>>): string | null {
  const parsed = SUBMITTED.safeParse(body);
  if (!parsed.success) return null;
  return parsed.data.view.blocks.find(({ type }) => type === 'input')?.block_id ?? null;
}
