/** Modals that no form asks for: a card in full, what came of a click, and the one that stands until they are there. */
import type { types } from '@slack/bolt';
import type { Ephemeral } from '../../act-answer.ts';
import type { Card } from '../../card.ts';
import { texts } from '../../texts/texts.ts';
import { answerMessage } from './answer.ts';
import { approvingButtons, factBlocks, smallPrint } from './blocks.ts';
import { actionBlocks } from './buttons.ts';
import { metadataOf, type ViewPlace } from './form-view.ts';
import { BLOCKS_PER_VIEW_MAX, HEADER_CHARACTERS_MAX, VIEW_TITLE_CHARACTERS_MAX } from './limits.ts';
import { linesToBlocks, statusLine, TONE_MARKS } from './lines.ts';
import { header, plainSection, plainText } from './text-objects.ts';
import { wholeVerbatim } from './verbatim.ts';

/** What no form has: it is never submitted. */
const FULL_VIEW_ID = 'in-full';

/**
 * Every character of what a card shows verbatim, and after it the buttons that agree to it.
 * @param card as it stands now; without buttons when it is decided, or when even this does not show all of it
 */
export function fullViewOf(card: Card, place: ViewPlace): types.ModalView {
  const verbatim = card.verbatim ?? [];
  const approving = approvingButtons(card);
  const subject = approving[0]?.subject ?? '';
  const heading = [header(`${TONE_MARKS[card.tone]} ${card.title}`, HEADER_CHARACTERS_MAX)];
  const status = linesToBlocks([statusLine(card.status)]);
  const links = card.actions.filter((action) => action.kind === 'link');
  const whole = verbatim.flatMap(wholeVerbatim);
  const blocks = [
    ...heading,
    ...status,
    ...whole,
    ...factBlocks(card),
    ...actionBlocks(card.actions),
    ...smallPrint(card.fields),
  ];
  if (blocks.length <= BLOCKS_PER_VIEW_MAX && verbatim.every(({ omits }) => omits === null)) {
    return modal(texts().shown.readInFull, { subject, place, blocks });
  }
  const elsewhere = plainSection(`⚠️ ${texts().slack.tooLong}`);
  return modal(texts().shown.readInFull, {
    subject: '',
    place,
    blocks: [...heading, ...status, elsewhere, ...actionBlocks(links)],
  });
}

/** The answer to a click in a modal, or on a page that has no place for a message. */
export function answerView(reply: Ephemeral, place: ViewPlace): types.ModalView {
  const message = answerMessage({ reply, form: null });
  return modal('Sallyport', { subject: '', place, blocks: message?.blocks ?? [] });
}

/** Opened before anything slow is done: Slack gives three seconds. */
export function skeletonView(place: ViewPlace): types.ModalView {
  return modal('Sallyport', { subject: '', place, blocks: [plainSection(`⏳ ${texts().shown.oneMoment}`)] });
}

function modal(
  title: string,
  view: { readonly subject: string; readonly place: ViewPlace; readonly blocks: types.KnownBlock[] },
): types.ModalView {
  return {
    type: 'modal',
    callback_id: FULL_VIEW_ID,
    private_metadata: metadataOf(view.subject, view.place),
    title: plainText(title, VIEW_TITLE_CHARACTERS_MAX),
    close: plainText(texts().shown.close, VIEW_TITLE_CHARACTERS_MAX),
    blocks: view.blocks.slice(0, BLOCKS_PER_VIEW_MAX),
  };
}
