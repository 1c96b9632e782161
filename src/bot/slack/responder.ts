/**
 * Shows an answer to whoever acted, and to nobody else: a form as a modal, a reply where they acted. Slack forgets
 * how somebody can be answered within seconds (modals) and minutes (the rest), so there is always a second way.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { types } from '@slack/bolt';
import { AppError, messageOf } from '../../core/errors.ts';
import type { ActAnswer } from '../act-answer.ts';
import { sayProblem } from '../acts/answers.ts';
import type { BotLogger } from '../bot-context.ts';
import type { Form } from '../card.ts';
import { texts } from '../texts/texts.ts';
import type { SlackClient } from './client.ts';
import { answerMessage, formToOpen } from './render/answer.ts';
import type { SlackMessage } from './render/blocks.ts';
import { viewOf } from './render/form-view.ts';
import { answerView, skeletonView } from './render/full-view.ts';
import type { Scene } from './scene.ts';

export interface Responder {
  /**
   * Waits for the answer and shows it. Never throws.
   * @param options.silent true for an answer that the card gives anyway: nothing is shown of it
   */
  respond(
    scene: Scene,
    answer: Promise<ActAnswer>,
    options?: { readonly silent?: (answer: ActAnswer) => boolean },
  ): Promise<void>;
  /** Shows a reply for which no modal is open any more, such as that of a submitted form. Never throws. */
  reply(scene: Scene, answer: ActAnswer): Promise<void>;
  /** Waits for a modal and opens it. Never throws. */
  showModal(scene: Scene, view: Promise<types.ModalView>): Promise<void>;
  /** Shows something else in the modal that the act was made in, unless it has changed since. Never throws. */
  changeModal(scene: Scene, view: types.ModalView): Promise<void>;
  /** Shows an answer in a modal that was kept open for it. Never throws. */
  fillModal(scene: Scene, view: types.ModalView, answer: ActAnswer): Promise<void>;
  /** Fills the Home tab of whoever acted. Never throws. */
  showHome(scene: Scene, view: types.HomeView): Promise<void>;
}

interface ShownModal {
  readonly id: string;
  /** As it was seen; absent for whatever it shows by now. */
  readonly hash?: string;
}

const RESPOND_TIMEOUT_MS = 5_000;
const RESPOND_PAUSES_MS: readonly number[] = [500, 2_000];

export function createResponder(options: {
  readonly client: SlackClient;
  readonly logger: BotLogger;
  /** An answer that is not there by then gets a modal to appear in, while Slack still opens one. */
  readonly modalAfterMs: number;
}): Responder {
  const { client, logger, modalAfterMs } = options;

  const openView = async ({ triggerId, modal }: Scene, view: types.ModalView): Promise<string | null> => {
    if (triggerId === null) throw new AppError('gone', 'There is nothing to open a modal with.');
    const opened = await client.call('open a modal', (web) =>
      modal === null
        ? web.views.open({ trigger_id: triggerId, view })
        : web.views.push({ trigger_id: triggerId, view }),
    );
    return opened.view?.id ?? null;
  };

  const updateView = async ({ id, hash }: ShownModal, view: types.ModalView): Promise<void> => {
    await client.call('change a modal', (web) =>
      web.views.update({ view_id: id, view, ...(hash === undefined ? {} : { hash }) }),
    );
  };

  /** In words, by the first way that works. */
  const say = async (scene: Scene, message: SlackMessage): Promise<void> => {
    const { channel, responseUrl, sender } = scene;
    if (responseUrl !== null && (await respondTo(responseUrl, message, logger))) return;
    if (channel !== null && !channel.startsWith('D')) {
      const shown = await attempt(logger, 'answer in a channel', () =>
        client.call('answer in a channel', (web) =>
          web.chat.postEphemeral({ channel, user: sender.user, ...message }),
        ),
      );
      if (shown) return;
    }
    await attempt(logger, 'answer in private', async () => {
      const direct = await client.call('open a direct message', (web) =>
        web.conversations.open({ users: sender.user }),
      );
      const id = direct.channel?.id;
      if (id === undefined) throw new AppError('unavailable', 'Slack opened no direct message.');
      await client.call('answer in private', (web) =>
        web.chat.postEphemeral({ channel: id, user: sender.user, ...message }),
      );
    });
  };

  const reply: Responder['reply'] = async (scene, answer) => {
    const message = answerMessage(answer);
    if (message !== null) await say(scene, message);
  };

  const showReply = async (scene: Scene, answer: ActAnswer): Promise<void> => {
    if (answer.reply === null) return;
    const view = answerView(answer.reply, placeOf(scene));
    const { modal } = scene;
    const isShown =
      modal !== null
        ? await attempt(logger, 'answer in a modal', () => updateView({ id: modal.id }, view))
        : scene.responseUrl === null && scene.triggerId !== null
          ? await attempt(logger, 'answer in a modal', () => openView(scene, view))
          : false;
    if (!isShown) await reply(scene, answer);
  };

  const showForm = async (scene: Scene, form: Form): Promise<void> => {
    const opened = await attempt(logger, 'open a form', () => openView(scene, viewOf(form, placeOf(scene))));
    if (!opened) await reply(scene, tooSlow());
  };

  const openSkeleton = async (scene: Scene): Promise<string | null> => {
    if (scene.triggerId === null || scene.modal !== null) return null;
    let id: string | null = null;
    await attempt(logger, 'open a modal', async () => {
      id = await openView(scene, skeletonView(placeOf(scene)));
    });
    return id;
  };

  const fillSkeleton = async (scene: Scene, id: string, answer: ActAnswer): Promise<void> => {
    const form = formToOpen(answer);
    const view = form === null ? viewOfReply(scene, answer) : viewOf(form, placeOf(scene));
    if (view === null) return;
    const shown = await attempt(logger, 'fill a modal', () => updateView({ id }, view));
    if (!shown) await reply(scene, answer);
  };

  /** What has come in time, or the modal that holds its place. */
  const waitBriefly = async <T>(scene: Scene, pending: Promise<T>): Promise<string | null> => {
    const isSlow = await Promise.race([pending.then(() => false), sleep(modalAfterMs, true, { ref: false })]);
    return isSlow ? openSkeleton(scene) : null;
  };

  return {
    reply,
    showModal: async (scene, pending) => {
      const shown = await attempt(logger, 'open a modal', async () => {
        const skeleton = await waitBriefly(scene, pending);
        const view = await pending;
        await (skeleton === null ? openView(scene, view) : updateView({ id: skeleton }, view));
      });
      if (!shown) await reply(scene, tooSlow());
    },
    changeModal: async ({ modal }, view) => {
      if (modal !== null) await attempt(logger, 'change a modal', () => updateView(modal, view));
    },
    fillModal: async (scene, view, answer) => {
      const { modal } = scene;
      const isShown =
        modal !== null && (await attempt(logger, 'fill a modal', () => updateView({ id: modal.id }, view)));
      if (!isShown) await reply(scene, answer);
    },
    showHome: async ({ sender }, view) => {
      await attempt(logger, 'fill the Home tab', () =>
        client.call('fill the Home tab', (web) => web.views.publish({ user_id: sender.user, view })),
      );
    },
    respond: async (scene, pending, { silent = () => false } = {}) => {
      const skeleton = await waitBriefly(scene, pending);
      const answer = await pending;
      if (skeleton !== null) return fillSkeleton(scene, skeleton, answer);
      const form = formToOpen(answer);
      if (form !== null) await showForm(scene, form);
      if (!silent(answer)) await (form === null ? showReply(scene, answer) : reply(scene, answer));
    },
  };
}

function tooSlow(): ActAnswer {
  return sayProblem('warning', texts().slack.tooSlow);
}

export function placeOf({ channel }: Pick<Scene, 'channel'>): { readonly channel: string } {
  return { channel: channel ?? '' };
}

function viewOfReply(scene: Scene, { reply }: ActAnswer): types.ModalView | null {
  return reply === null ? null : answerView(reply, placeOf(scene));
}

/** @returns whether it was done; a failure is logged, since nobody is left to tell */
async function attempt(logger: BotLogger, what: string, work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    logger.warn({ reason: messageOf(error) }, `Slack did not ${what}`);
    return false;
  }
}

async function respondTo(url: string, message: SlackMessage, logger: BotLogger): Promise<boolean> {
  const body = JSON.stringify({ response_type: 'ephemeral', replace_original: false, ...message });
  for (const pauseMs of [...RESPOND_PAUSES_MS, null]) {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json; charset=utf-8' },
        body,
        redirect: 'error',
        signal: AbortSignal.timeout(RESPOND_TIMEOUT_MS),
      });
      await response.body?.cancel();
      if (response.ok) return true;
      // Used up or too old: another way has to do.
      if (response.status < 500 && response.status !== 429) return false;
      logger.warn({ status: response.status }, 'Slack did not take an answer');
    } catch (error) {
      logger.warn({ reason: messageOf(error) }, 'Slack did not take an answer');
    }
    if (pauseMs !== null) await sleep(pauseMs);
  }
  return false;
}
