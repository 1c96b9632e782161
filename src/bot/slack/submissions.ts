/**
 * Submitted forms. Slack closes or changes a modal only in the acknowledgement, so an answer that is there in time
 * goes along with it; one that is not comes into the modal later.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { types } from '@slack/bolt';
import { z } from 'zod';
import type { ActAnswer } from '../act-answer.ts';
import { sayProblem } from '../acts/answers.ts';
import { showHome } from './home-tab.ts';
import { readPeople } from './people.ts';
import { formToOpen } from './render/answer.ts';
import { readSubmission, type Submission, viewOf } from './render/form-view.ts';
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
  const { patience, responder } = parts;
  const { body, ack } = delivery;
  const scene = sceneOfInteraction(body);
  const submission = readSubmission(body['view']);
  if (submission === null) return ack();
  const pending = submit(parts, submission, scene);
  const inTime = await Promise.race([pending, sleep(patience.acknowledgeAfterMs, null, { ref: false })]);
  if (inTime === null) {
    await ack({ response_action: 'update', view: skeletonView(placeOf(scene)) });
    const { answer } = await pending;
    const view = viewOfAnswer(scene, answer);
    if (view !== null) await responder.fillModal(scene, view, answer);
  } else {
    const { answer, field } = inTime;
    const response = responseTo(scene, answer, inputBlockIn(body, field));
    await ack(response ?? undefined);
    // The modal hid the card, so what came of it is said even where the card will show it.
    if (response === null) await responder.reply(scene, answer);
  }
  if (scene.channel === null) await showHome(parts, scene);
}

interface Submitted {
  readonly answer: ActAnswer;
  /** Which field the answer is about, if it is about one. */
  readonly field: string | null;
}

async function submit(
  { actors, identities }: SlackParts,
  { form, subject, ...filled }: Submission,
  scene: Scene,
): Promise<Submitted> {
  const { input, answer } = await actors.admit({ kind: 'form', form, subject, values: filled.values }, scene);
  if (input === null) return { answer, field: null };
  const { values, problem } = await readPeople(identities, filled, scene.sender);
  if (problem !== null) return { answer: sayProblem('warning', problem.text), field: problem.field };
  return { answer: await actors.handle({ kind: 'form', form, subject, values }, input), field: null };
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

/** Where Slack shows what is wrong: beside the field that it is about, or the first one. */
function inputBlockIn(body: Readonly<Record<string, unknown>>, field: string | null): string | null {
  const parsed = SUBMITTED.safeParse(body);
  if (!parsed.success) return null;
  const inputs = parsed.data.view.blocks.filter(({ type }) => type === 'input');
  return (inputs.find(({ block_id: id }) => id === field) ?? inputs[0])?.block_id ?? null;
}
