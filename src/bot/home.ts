/** What is there for one person: what waits for their decision, what they hold, and what they asked for. */
import { listGrants, listRequests } from '../access/read-access.ts';
import type { RequestView } from '../access/views.ts';
import type { ActInput } from './acts/act.ts';
import { waitingFor } from './acts/look.ts';
import type { BotContext } from './bot-context.ts';
import type { Card, CardAction } from './card.ts';
import { grantCard } from './cards/grant-card.ts';
import { holdCard } from './cards/hold-card.ts';
import { policyChangeCard } from './cards/policy-change-card.ts';
import { reviewCard } from './cards/review-card.ts';
import { personalViews } from './personal-view.ts';
import { renderRequest } from './render-request.ts';
import { texts } from './texts/texts.ts';

/** Every button on the cards does something for this person. */
export interface HomeContents {
  readonly decisions: readonly Card[];
  /** All there are; more than `decisions` when they are too many. */
  readonly decisionsCount: number;
  readonly grants: readonly Card[];
  readonly requests: readonly RequestView[];
}

const REQUESTS_MAX = 10;
const GRANTS_MAX = 10;
/** Rendered; what goes beyond is counted. */
const DECISIONS_MAX = 10;

export async function readHomeContents(bot: BotContext, { by }: Pick<ActInput, 'by'>): Promise<HomeContents> {
  const { access } = bot;
  const { settings } = access;
  const waiting = await waitingFor(bot, by);
  const grants = await listGrants(access, { holderId: by.id, live: true, limit: GRANTS_MAX });
  const requests = await listRequests(access, { requesterId: by.id, limit: REQUESTS_MAX });
  // Held commands first: somebody sits in front of each and waits.
  const decisions = [
    ...waiting.holds.map((hold) => async () => holdCard(hold, settings)),
    ...waiting.requests.map((request) => () => renderRequest(access, request)),
    ...waiting.changes.map((change) => async () => policyChangeCard(change, settings)),
    ...waiting.reviews.map((review) => async () => reviewCard(review, settings)),
  ];
  const shown = await Promise.all(decisions.slice(0, DECISIONS_MAX).map((render) => render()));
  const cards = [...shown, ...grants.map(grantCard)];
  const own = (await personalViews(bot, { cards, viewer: by })).map(({ card }) => card);
  return {
    decisions: own.slice(0, shown.length),
    decisionsCount: decisions.length,
    grants: own.slice(shown.length),
    requests,
  };
}

/** What somebody does with a request of their own. */
export function ownRequestActions({ id, state, kind, grant }: RequestView): readonly CardAction[] {
  if (state === 'pending') {
    return [{ kind: 'button', action: 'cancel', subject: id, label: texts().buttons.cancel, style: 'plain' }];
  }
  // What is held is extended, not asked for once more.
  const isHeld = grant?.state === 'issuing' || grant?.state === 'active';
  if (kind !== 'access' || isHeld) return [];
  return [{ kind: 'button', action: 'again', subject: id, label: texts().buttons.askAgain, style: 'plain' }];
}
