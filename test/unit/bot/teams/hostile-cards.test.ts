import { describe, expect, test } from 'vitest';
import { plainBlock, plainLine } from '../../../../src/bot/cards/plain-text.ts';
import { answerCard, answerLine } from '../../../../src/bot/teams/render/answer.ts';
import { type CardView, cardInFull, messageOf } from '../../../../src/bot/teams/render/card.ts';
import { formCard, refilled } from '../../../../src/bot/teams/render/form.ts';
import { HOSTILE_TEXTS } from '../../../support/hostile-texts.ts';
import { textsOfCard } from '../../../support/teams/card-elements.ts';
import { problemsOfActivity, problemsOfCard, problemsOfLine } from '../../../support/teams/validate.ts';
import { share } from '../../../support/thoroughness.ts';
import { everyCard } from '../every-card.ts';
import { everyForm } from '../every-form.ts';

const VIEWS: Readonly<Record<string, CardView>> = {
  shared: { kind: 'shared', target: 'request:r-abcd2345', userIds: Array(70).fill(`29:${'x'.repeat(90)}`) },
  'in a personal chat': { kind: 'own', stage: 'message' },
};

const COPYABLE = { label: 'psql', text: 'psql "postgresql://g:p@127.0.0.1/shop?a=b&sslmode=require"' };

function onlyWrong(found: readonly (readonly [string, readonly string[]])[]): unknown {
  return Object.fromEntries(found.filter(([, wrong]) => wrong.length > 0));
}

describe.each(Object.entries(HOSTILE_TEXTS))('with %s typed wherever somebody can type', (_name, typed) => {
  const all = Object.entries(everyCard(typed));
  const some = () => share(all, 3);

  test.each(Object.entries(VIEWS))('every kind of card is one that Teams takes, %s', (_view, view) => {
    expect(
      onlyWrong(some().map(([kind, card]) => [kind, problemsOfActivity({ ...messageOf(card, view) })])),
    ).toEqual({});
  });

  test('so is each when it is opened in full', () => {
    expect(onlyWrong(some().map(([kind, card]) => [kind, problemsOfCard(cardInFull(card))]))).toEqual({});
  });

  test('so is each in an answer that says it, too', () => {
    const text = plainBlock(typed, { charactersMax: 2_000, linesMax: 30 });
    const reply = { tone: 'bad', text, copyable: [COPYABLE] } as const;
    const found = some().map(
      ([kind, card]) => [kind, problemsOfCard(answerCard({ ...reply, card }, 'dialog'))] as const,
    );
    expect(onlyWrong(found)).toEqual({});
    const line = answerLine({ ...reply, card: null, copyable: [] });
    expect(problemsOfLine(line ?? 'null')).toEqual([]);
  });

  test('so is every form, new and as it was filled in', () => {
    const problem = plainLine(typed, 500) || 'nothing';
    const found = share(Object.entries(everyForm(typed)), 2).map(([kind, form]) => {
      const values = new Map(form.fields.map(({ name }) => [name, typed]));
      const cards = [
        formCard(form, { stage: 'dialog', problem: null }),
        formCard(refilled(form, values), { stage: 'message', problem }),
      ];
      return [kind, cards.flatMap(problemsOfCard)] as const;
    });
    expect(onlyWrong(found)).toEqual({});
  });
});

describe('what was typed', () => {
  const short = Object.entries(HOSTILE_TEXTS).filter(
    ([, typed]) => typed.length < 200 && typed.trim() !== '',
  );

  test.each(short)('%s stands on a request’s card character by character', (_name, typed) => {
    const { request } = everyCard(typed);
    if (request === undefined) throw new Error('there is such a card');
    const shown = textsOfCard(messageOf(request, { kind: 'own', stage: 'message' }).attachments[0].content);
    expect(shown).toContain(plainBlock(typed, { charactersMax: 1_900, linesMax: 12 }));
    expect(shown).toContain(plainLine(typed, 100));
  });
});
