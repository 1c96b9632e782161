/** The Home tab: cards without their small print, as many as it holds. */
import type { types } from '@slack/bolt';
import type { RequestView } from '../../../access/views.ts';
import type { Card, CardAction } from '../../card.ts';
import { requestLine } from '../../cards/list-cards.ts';
import { withTimeLeft } from '../../cards/time-left.ts';
import { cardInBrief } from './blocks.ts';
import { actionBlocks, type OwnButton } from './buttons.ts';
import { BLOCKS_PER_VIEW_MAX } from './limits.ts';
import { linesToBlocks, listLines } from './lines.ts';
import { header, plainSection } from './text-objects.ts';

export interface HomeContents {
  readonly decisions: readonly Card[];
  /** All there are; more than `decisions` when they are too many. */
  readonly decisionsCount: number;
  readonly grants: readonly Card[];
  readonly requests: readonly RequestView[];
  /** When it was read: how much time is left is said as of then. */
  readonly now: Date;
}

const ASK: OwnButton = {
  kind: 'own',
  action: 'ask-for-access',
  subject: 'new',
  label: 'Ask for access',
  style: 'primary',
};
/** Room that each part leaves to those below it. */
const BLOCKS_FOR_REQUESTS = 30;
const BLOCKS_FOR_GRANTS = 30;

export function homeView(contents: HomeContents): types.HomeView {
  const { decisions, decisionsCount, grants, requests, now } = contents;
  const briefly = (cards: readonly Card[]) => cards.map((card) => cardInBrief(withTimeLeft(card, now)));
  const blocks: types.KnownBlock[] = [...actionBlocks([ASK]), heading('Needs your decision', decisionsCount)];
  if (decisionsCount === 0) blocks.push(plainSection('✅ Nothing waits for you.'));
  const shown = append(
    blocks,
    briefly(decisions),
    BLOCKS_PER_VIEW_MAX - BLOCKS_FOR_REQUESTS - BLOCKS_FOR_GRANTS,
  );
  if (shown < decisionsCount) {
    blocks.push(plainSection(`And ${decisionsCount - shown} more: /access pending lists them.`));
  }
  blocks.push(heading('Your access', grants.length));
  if (grants.length === 0) blocks.push(plainSection('You hold no access now.'));
  append(blocks, briefly(grants), BLOCKS_PER_VIEW_MAX - BLOCKS_FOR_REQUESTS);
  blocks.push(heading('Your requests', requests.length));
  if (requests.length === 0) blocks.push(plainSection('You have asked for nothing yet.'));
  for (const request of requests) {
    const next = requestBlocks(request);
    if (blocks.length + next.length <= BLOCKS_PER_VIEW_MAX) blocks.push(...next);
  }
  return { type: 'home', blocks };
}

function heading(title: string, count: number): types.HeaderBlock {
  return header(count === 0 ? title : `${title} (${count})`, 150);
}

/** @returns how many cards found room */
function append(
  blocks: types.KnownBlock[],
  cards: readonly (readonly types.KnownBlock[])[],
  blocksMax: number,
): number {
  let shown = 0;
  for (const card of cards) {
    const next: types.KnownBlock[] = [...card, { type: 'divider' }];
    if (blocks.length + next.length > blocksMax) break;
    blocks.push(...next);
    shown += 1;
  }
  return shown;
}

function requestBlocks(request: RequestView): types.KnownBlock[] {
  const list = { title: '', items: [requestLine(request)] };
  const lines = listLines(list, { valueCharacters: 300, itemCharacters: 300, items: 1 }).slice(1);
  return [...linesToBlocks(lines), ...actionBlocks(actionsOf(request))];
}

function actionsOf({ id, state, kind }: RequestView): readonly CardAction[] {
  if (state === 'pending') {
    return [{ kind: 'button', action: 'cancel', subject: id, label: 'Cancel', style: 'plain' }];
  }
  if (kind !== 'access') return [];
  return [{ kind: 'button', action: 'again', subject: id, label: 'Ask again', style: 'plain' }];
}
