/** The Home tab: cards without their small print, as many as it holds. */
import type { types } from '@slack/bolt';
import type { RequestView } from '../../../access/views.ts';
import type { Card } from '../../card.ts';
import { requestLine } from '../../cards/list-cards.ts';
import { withTimeLeft } from '../../cards/time-left.ts';
import { type HomeContents, ownRequestActions } from '../../home.ts';
import { texts } from '../../texts/texts.ts';
import { cardInBrief } from './blocks.ts';
import { actionBlocks, type OwnButton } from './buttons.ts';
import { BLOCKS_PER_VIEW_MAX } from './limits.ts';
import { linesToBlocks, listLines } from './lines.ts';
import { header, plainSection } from './text-objects.ts';

interface HomeAsOf extends HomeContents {
  /** When it was read: how much time is left is said as of then. */
  readonly now: Date;
}

const ASK = {
  kind: 'own',
  action: 'ask-for-access',
  subject: 'new',
  style: 'primary',
} as const;
/** Room that each part leaves to those below it. */
const BLOCKS_FOR_REQUESTS = 30;
const BLOCKS_FOR_GRANTS = 30;

export function homeView(contents: HomeAsOf): types.HomeView {
  const { decisions, decisionsCount, grants, requests, now } = contents;
  const words = texts().slack.home;
  const ask: OwnButton = { ...ASK, label: words.ask };
  const briefly = (cards: readonly Card[]) => cards.map((card) => cardInBrief(withTimeLeft(card, now)));
  const blocks: types.KnownBlock[] = [...actionBlocks([ask]), heading(words.decisions, decisionsCount)];
  if (decisionsCount === 0) blocks.push(plainSection(`✅ ${words.nothingWaits}`));
  const shown = append(
    blocks,
    briefly(decisions),
    BLOCKS_PER_VIEW_MAX - BLOCKS_FOR_REQUESTS - BLOCKS_FOR_GRANTS,
  );
  if (shown < decisionsCount) {
    blocks.push(plainSection(words.more(decisionsCount - shown)));
  }
  blocks.push(heading(words.access, grants.length));
  if (grants.length === 0) blocks.push(plainSection(words.noAccess));
  append(blocks, briefly(grants), BLOCKS_PER_VIEW_MAX - BLOCKS_FOR_REQUESTS);
  blocks.push(heading(words.requests, requests.length));
  if (requests.length === 0) blocks.push(plainSection(words.noRequests));
  for (const request of requests) {
    const next = requestBlocks(request);
    if (blocks.length + next.length <= BLOCKS_PER_VIEW_MAX) blocks.push(...next);
  }
  return { type: 'home', blocks };
}

function heading(title: string, count: number): types.HeaderBlock {
  return header(count === 0 ? title : texts().slack.home.headed(title, count), 150);
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
  return [...linesToBlocks(lines), ...actionBlocks(ownRequestActions(request))];
}
