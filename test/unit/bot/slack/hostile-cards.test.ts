import { describe, expect, test } from 'vitest';
import { plainBlock, plainLine } from '../../../../src/bot/cards/plain-text.ts';
import { answerMessage } from '../../../../src/bot/slack/render/answer.ts';
import { messageOf } from '../../../../src/bot/slack/render/blocks.ts';
import { fullViewOf } from '../../../../src/bot/slack/render/full-view.ts';
import { homeView } from '../../../../src/bot/slack/render/home-view.ts';
import { HOSTILE_TEXTS } from '../../../support/hostile-texts.ts';
import type { Style, Token } from '../../../support/slack/mrkdwn.ts';
import { shownText, tokensOf } from '../../../support/slack/shown.ts';
import { problemsOf, problemsOfView } from '../../../support/slack/validate.ts';
import { share } from '../../../support/thoroughness.ts';
import { everyCard } from '../every-card.ts';
import { requestView } from '../views.ts';

const PLACE = { channel: 'C012ABCDEF' };
/** Code and quotes may hold what was typed: there it is shown as it is. Everything else is ours. */
const OURS: readonly Style[] = ['bold', 'italic', 'strike', 'emoji', 'date', 'link', 'mention'];

const COPYABLE = { label: 'psql', text: 'psql "postgresql://g:p@127.0.0.1/shop?a=b&sslmode=require"' };

function evilOnes(tokens: readonly Token[]): readonly Token[] {
  return tokens.filter(
    ({ text, styles }) => text.includes('EVIL') && styles.some((style) => OURS.includes(style)),
  );
}

/** What is wrong with something that is shown; nothing for what is as it should be. */
function wrongWith(blocks: unknown, problems: readonly string[]): readonly unknown[] {
  return [...problems, ...evilOnes(tokensOf(blocks))];
}

function onlyWrong(found: Readonly<Record<string, readonly unknown[]>>): unknown {
  return Object.fromEntries(Object.entries(found).filter(([, wrong]) => wrong.length > 0));
}

describe.each(Object.entries(HOSTILE_TEXTS))('with %s typed wherever somebody can type', (_name, typed) => {
  const made = everyCard(typed);
  const some = () => share(Object.entries(made), 2);

  test('every kind of card is within Slack’s limits, pings nobody and formats nothing of it', () => {
    const found = some().map(([kind, card]) => {
      const message = messageOf(card);
      return [kind, wrongWith(message.blocks, problemsOf('chat.postMessage', { ...message }))] as const;
    });
    expect(onlyWrong(Object.fromEntries(found))).toEqual({});
  });

  test('so is each when it is opened in full', () => {
    const found = some().map(([kind, card]) => {
      const view = fullViewOf(card, PLACE);
      return [kind, wrongWith(view.blocks, problemsOfView(view))] as const;
    });
    expect(onlyWrong(Object.fromEntries(found))).toEqual({});
  });

  test('so is each in an answer that says it, too', () => {
    const text = plainBlock(typed, { charactersMax: 2_000, linesMax: 30 });
    const found = some().map(([kind, card]) => {
      const reply = {
        tone: 'bad',
        text,
        card,
        copyable: [COPYABLE],
      } as const;
      const answer = answerMessage({ reply, form: null });
      return [kind, wrongWith(answer?.blocks, problemsOf('response_url', { ...answer }))] as const;
    });
    expect(onlyWrong(Object.fromEntries(found))).toEqual({});
  });

  test('the Home tab is, too', () => {
    const { request, hold, grant } = made;
    const decisions = [hold, request, hold, request].flatMap((card) => (card === undefined ? [] : [card]));
    const view = homeView({
      decisions,
      decisionsCount: 40,
      now: new Date('2026-11-21T12:05:00Z'),
      grants: Array.from({ length: 12 }, () => grant).flatMap((card) => (card === undefined ? [] : [card])),
      requests: Array.from({ length: 10 }, () => requestView({ resource: typed, role: typed })),
    });
    expect(problemsOfView(view)).toEqual([]);
    // Titles are bold there, and say who: only their own words are.
    const formatted = tokensOf(view.blocks).filter(({ styles }) => styles.some((one) => OURS.includes(one)));
    expect(formatted.filter(({ text }) => /^:?EVIL:?$/.test(text))).toEqual([]);
  });
});

describe('what was typed', () => {
  const short = Object.entries(HOSTILE_TEXTS).filter(
    ([, typed]) => typed.length < 200 && typed.trim() !== '',
  );

  test.each(short)('%s stands on a request’s card character by character', (_name, typed) => {
    const { request } = everyCard(typed);
    const shown = shownText(messageOf(request ?? neverNull()).blocks).replaceAll('│ ', '');
    expect(shown).toContain(plainBlock(typed, { charactersMax: 1_900, linesMax: 12 }));
    expect(shown).toContain(plainLine(typed, 100));
  });
});

function neverNull(): never {
  throw new Error('there is such a card');
}
