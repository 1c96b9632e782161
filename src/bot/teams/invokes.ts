/**
 * What Teams waits for an answer to: clicks, dialogs, views. Whoever clicked waits with it, so an answer that is not
 * there in time comes in the personal chat instead.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { sayProblem } from '../acts/answers.ts';
import { texts } from '../texts/texts.ts';
import type { Scene, TeamsActivity } from './activity.ts';
import type { HttpAnswer } from './adapter.ts';
import { isAutomatic, type Outcome, takeExecute } from './clicks-in.ts';
import { takeDialog, takeMenu, WITH_DATA } from './dialogs-in.ts';
import { closeDialog, type InvokeBody, showLine, showNothing } from './invoke-bodies.ts';
import { readClick } from './render/clicks.ts';
import { type Again, CODE_AGAIN } from './responder.ts';
import { showFound, takeSearch } from './searches.ts';
import type { TeamsParts } from './teams-parts.ts';

interface Invoke {
  readonly take: (parts: TeamsParts, scene: Scene, value: unknown) => Promise<Outcome>;
  /** In words, where there is nothing else to show. */
  readonly say: (line: string) => InvokeBody;
  /** False where it may be done in a conversation that the app is not in. */
  readonly isHere: boolean;
}

const INVOKE_TABLE: Readonly<Record<string, Invoke>> = {
  'adaptiveCard/action': { take: takeExecute, say: showLine, isHere: true },
  'task/fetch': { take: takeDialog, say: closeDialog, isHere: true },
  'task/submit': { take: takeDialog, say: closeDialog, isHere: true },
  'composeExtension/fetchTask': { take: takeMenu, say: closeDialog, isHere: false },
  'composeExtension/submitAction': { take: takeDialog, say: closeDialog, isHere: false },
  // There is no place for words in a list: it has nothing then.
  'application/search': { take: takeSearch, say: () => showFound([]), isHere: false },
};

export interface Invokes {
  /** @returns within the time that Teams waits; never throws. What is still under way is passed to `later` */
  take(activity: TeamsActivity, later: (work: Promise<void>) => void): Promise<HttpAnswer>;
}

/** @param options.answerWithinMs how long whoever clicked waits at most */
export function createInvokes(parts: TeamsParts, options: { readonly answerWithinMs: number }): Invokes {
  return {
    take: async (activity, later) => {
      const { name, scene, value } = activity;
      const invoke = Object.hasOwn(INVOKE_TABLE, name) ? INVOKE_TABLE[name] : undefined;
      if (invoke === undefined) return { status: 501 };
      const pending = perform(parts, invoke, activity);
      const inTime = await Promise.race([pending, sleep(options.answerWithinMs, null, { ref: false })]);
      if (inTime !== null) return { status: 200, body: inTime.body };
      later(
        pending.then(async ({ answer }) => {
          if (answer !== null) await parts.responder.tell(scene, answer, againOf(value));
        }),
      );
      const { stillAtIt } = texts().teams.invoke;
      // The card stays as it is for a client that has asked by itself; it asks again.
      return {
        status: 200,
        body: isAutomatic(value) ? showNothing(stillAtIt) : invoke.say(`⏳ ${stillAtIt}`),
      };
    },
  };
}

/** A click is never ignored in silence. */
async function perform(parts: TeamsParts, invoke: Invoke, { scene, value }: TeamsActivity): Promise<Outcome> {
  try {
    if (invoke.isHere) await parts.conversations.see(scene);
    return await invoke.take(parts, scene, value);
  } catch (error) {
    parts.bot.logger.error({ err: error }, 'what somebody did on Teams could not be done');
    const { failed } = texts().teams.invoke;
    return {
      body: invoke.say(`⛔ ${failed}`),
      answer: sayProblem('bad', failed),
    };
  }
}

/** The button itself, for a secret that came too late to be shown. */
function againOf(value: unknown): Again {
  const click = readClick(WITH_DATA.safeParse(value).data?.data);
  return click?.kind === 'act' ? click : CODE_AGAIN;
}
