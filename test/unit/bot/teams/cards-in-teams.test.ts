import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Card } from '../../../../src/bot/card.ts';
import { grantCard } from '../../../../src/bot/cards/grant-card.ts';
import { holdCard } from '../../../../src/bot/cards/hold-card.ts';
import { requestCard } from '../../../../src/bot/cards/request-card.ts';
import { sessionCard } from '../../../../src/bot/cards/session-card.ts';
import { withTimeLeft } from '../../../../src/bot/cards/time-left.ts';
import { approveCommandForm, denyForm } from '../../../../src/bot/forms/decision-forms.ts';
import { answerCard, answerLine, formToOpen, holdsSecret } from '../../../../src/bot/teams/render/answer.ts';
import { type CardView, cardIn, cardInFull, messageOf } from '../../../../src/bot/teams/render/card.ts';
import { readClick } from '../../../../src/bot/teams/render/clicks.ts';
import { ACTIVITY_BYTES_MAX, ENVELOPE_BYTES_MAX } from '../../../../src/bot/teams/render/limits.ts';
import { buttonsOf, fieldsOf, textsOfCard } from '../../../support/teams/card-elements.ts';
import { problemsOfActivity, problemsOfCard } from '../../../support/teams/validate.ts';
import { grantView, holdView, requestView, sessionView } from '../views.ts';

const PAGES = { publicUrl: 'https://sallyport.example', freeze: null, onCall: [] };
const OWN: CardView = { kind: 'own', stage: 'message' };
const SHARED: CardView = { kind: 'shared', target: 'request:r-abcd2345', userIds: ['29:bob', '29:dana'] };

const titlesOf = (card: unknown): readonly string[] => buttonsOf(card).map(({ title }) => title);

describe('a card in Teams', () => {
  test('says from above what it is, where it stands, why, who and for how long, and has its buttons', () => {
    const { summary, attachments } = messageOf(requestCard(requestView({ ticket: 'OPS-12' }), PAGES), OWN);
    expect(summary).toBe('Alice asks for read on orders-db. Pending: still needs 1 of sre and 1 of dba.');
    expect(textsOfCard(attachments[0].content).split('\n').slice(0, 7)).toEqual([
      '⏳ Alice asks for read on orders-db',
      'Pending: still needs 1 of sre and 1 of dba.',
      'Reason',
      'payouts hang',
      'Who: Alice (alice@example.com)',
      'Resource: orders-db (postgres)',
      'Role: read  ·  Duration: 1h',
    ]);
    expect(titlesOf(attachments[0].content)).toEqual([
      'Approve',
      'Approve for less',
      'Deny',
      'Comment',
      'Details',
    ]);
  });

  test('has the id of its matter in every button, and says which is done at once and which asks first', () => {
    const buttons = buttonsOf(cardIn(requestCard(requestView(), PAGES), OWN));
    const subject = 'r-abcd2345';
    const opens = { msteams: { type: 'task/fetch' } };
    expect(buttons.map(({ type, data, url }) => [type, url === '' ? data : url])).toEqual([
      ['Action.Execute', { action: 'approve', subject }],
      ['Action.Submit', { action: 'approve-for-less', subject, ...opens }],
      ['Action.Execute', { action: 'deny', form: 'deny', subject }],
      ['Action.Submit', { action: 'comment', subject, ...opens }],
      ['Action.OpenUrl', 'https://sallyport.example/requests/r-abcd2345'],
    ]);
  });

  test('takes the reason of a denial under the button, as its form would', () => {
    const deny = buttonsOf(cardIn(requestCard(requestView(), PAGES), OWN))[2];
    const [reason] = deny?.fields ?? [];
    expect(reason).toMatchObject({ label: 'Because', isRequired: true });
    expect(readClick({ ...deny?.data, [reason?.id ?? '']: 'use the replica' })).toEqual({
      kind: 'form',
      form: 'deny',
      subject: 'r-abcd2345',
      values: new Map([['reason', 'use the replica']]),
    });
    expect(denyForm(requestView()).fields).toMatchObject([{ name: 'reason', required: true }]);
  });

  test('has no button on it for everybody but the one that asks what somebody can do, and the links', () => {
    const card = cardIn(requestCard(requestView(), PAGES), SHARED);
    expect(titlesOf(card)).toEqual(['What can I do?', 'Details']);
    const view = { action: 'view', subject: 'request:r-abcd2345' };
    expect(buttonsOf(card)[0]?.data).toEqual(view);
    expect(card.refresh).toMatchObject({ action: { data: view }, userIds: ['29:bob', '29:dana'] });
    expect(readClick(view)).toEqual({ kind: 'own', action: 'view', subject: 'request:r-abcd2345' });
  });

  test('is refreshed for at most sixty people, and for nobody when there is nothing to do', () => {
    const crowd = Array.from({ length: 61 }, (_, index) => `29:${index}`);
    const card = cardIn(requestCard(requestView(), PAGES), { ...SHARED, userIds: crowd });
    expect(card.refresh?.userIds).toEqual(crowd.slice(0, 60));
    expect(problemsOfCard(card)).toEqual([]);
    expect(cardIn(requestCard(requestView(), PAGES), { ...SHARED, userIds: [] }).refresh).toBeUndefined();
  });

  test('in a dialog submits, since a dialog opens no other', () => {
    const card = cardIn(requestCard(requestView(), PAGES), { kind: 'own', stage: 'dialog' });
    const types = buttonsOf(card).map(({ type, data }) => [type, 'msteams' in data]);
    expect(types.slice(0, 4)).toEqual(Array(4).fill(['Action.Submit', false]));
  });

  test('asks before it ends something that one tap would end', () => {
    const { body } = cardIn(sessionCard(sessionView(), PAGES), OWN);
    expect(JSON.stringify(body)).toContain('The session is ended at once.');
    expect(buttonsOf({ body }).find(({ data }) => data['action'] === 'terminate')?.type).toBe(
      'Action.Execute',
    );
  });

  test('puts no more than six buttons in a row, and loses none', () => {
    const [action] = grantCard(grantView()).actions;
    const many = { ...grantCard(grantView()), actions: Array(13).fill(action) };
    const card = cardIn(many, OWN);
    expect(buttonsOf(card)).toHaveLength(13);
    expect(problemsOfCard(card)).toEqual([]);
  });

  test('shows times in the time of whoever reads it, and what is left where that is known', () => {
    const card = requestCard(requestView(), PAGES);
    const local = '{{DATE(2026-11-21T12:30:00Z, SHORT)}} {{TIME(2026-11-21T12:30:00Z)}}';
    expect(textsOfCard(cardIn(card, OWN))).toContain(`Lapses: ${local}\n`);
    const counted = withTimeLeft(card, new Date('2026-11-21T12:05:30Z'));
    expect(textsOfCard(cardIn(counted, OWN))).toContain(`Lapses: ${local} (25m left)`);
  });

  test('leaves a date as it is that somebody typed', () => {
    const typed = '{{DATE(2026-11-21T12:30:00Z, SHORT)}} at 2026-11-21 12:30 UTC';
    const card = cardIn(requestCard(requestView({ reason: typed }), PAGES), OWN);
    expect(JSON.stringify(card)).toContain(
      '"text":"{DATE(2026-11-21T12:30:00Z, SHORT)}} at 2026-11-21 12:30 UTC"',
    );
  });

  test('is within every limit of Teams whatever it holds', () => {
    const word = fc.string({
      unit: fc.constantFrom('a', '&', '*', '\n', '{', ' ', '😀', '語'),
      maxLength: 3_000,
    });
    const cards = fc.record({
      tone: fc.constantFrom('neutral', 'waiting', 'good', 'bad', 'warning'),
      title: word,
      status: word,
      verbatim: fc.array(fc.record({ label: fc.constant('Command'), text: word, omits: fc.constant(null) }), {
        maxLength: 2,
      }),
      fields: fc.array(
        fc.record({
          label: fc.constantFrom('Reason', 'Who', 'ID'),
          value: word,
          rank: fc.constantFrom('quote' as const, 'small-print' as const),
        }),
        { maxLength: 20 },
      ),
      lists: fc.array(
        fc.record({
          title: word,
          items: fc.array(fc.record({ text: word, detail: word }), { maxLength: 12 }),
        }),
        { maxLength: 4 },
      ),
      actions: fc.constant([]),
      fallback: fc.constant('x'),
    }) satisfies fc.Arbitrary<Card>;
    const room = ACTIVITY_BYTES_MAX - ENVELOPE_BYTES_MAX;
    fc.assert(
      fc.property(cards, (card) => {
        for (const shown of [
          cardIn(card, SHARED),
          cardInFull(card),
          answerCard({ tone: 'bad', text: 'x', card, copyable: [] }, 'dialog'),
        ]) {
          expect(JSON.stringify(shown).length * 2).toBeLessThanOrEqual(room);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('a command', () => {
  const approving = ['approve-once', 'approve-for-session'];
  const isApproved = (card: unknown): boolean =>
    buttonsOf(card).some(({ data }) => approving.includes(String(data['action'])));

  test.each([
    ['of as many characters as are read on a card', 'x'.repeat(3_000), true],
    ['of one more', 'x'.repeat(3_001), false],
    ['of forty lines', Array(40).fill('x').join('\n'), true],
    ['of one more line', Array(41).fill('x').join('\n'), false],
  ])('%s is approved on its card only if all of it is there', (_what, text, isWhole) => {
    const card = cardIn(holdCard(holdView({ text }), PAGES), OWN);
    expect(isApproved(card)).toBe(isWhole);
    expect(textsOfCard(card).includes(text)).toBe(isWhole);
    expect(titlesOf(card).includes('Open in full')).toBe(!isWhole);
    expect(titlesOf(card)).toContain('Deny');
  });

  test('that does not fit is opened by the hash of what its card is about, and approved where all of it is', () => {
    const text = Array.from({ length: 700 }, (_, line) => `update orders set a = '&' where id = ${line}`)
      .join('\n')
      .slice(0, 20_000);
    const hold = holdView({ text });
    const subject = `h-abcd2345.${hold.textSha256}`;
    const card = holdCard(hold, PAGES);
    const open = buttonsOf(cardIn(card, OWN)).find(({ title }) => title === 'Open in full');
    expect(open?.data).toEqual({ action: 'open-in-full', subject, msteams: { type: 'task/fetch' } });
    const full = cardInFull(card);
    expect(problemsOfCard(full)).toEqual([]);
    expect(textsOfCard(full)).toContain(text);
    expect(buttonsOf(full).filter(({ data }) => data['subject'] === subject)).toHaveLength(3);
    expect(isApproved(full)).toBe(true);
  });

  test('that is too large for Teams, or cut before it comes here, is not approved there at all', () => {
    for (const hold of [
      holdView({ text: '語'.repeat(20_000), parameters: Array(40).fill('語'.repeat(500)) }),
      holdView({ text: 'x'.repeat(20_001) }),
      holdView({ text: 'x', redactions: 1 }),
    ]) {
      const card = holdCard(hold, PAGES);
      expect(isApproved(cardIn(card, OWN)) || isApproved(cardInFull(card))).toBe(false);
      expect(titlesOf(cardInFull(card)).every((title) => !title.startsWith('Approve'))).toBe(true);
      expect(problemsOfActivity({ ...messageOf(card, OWN) })).toEqual([]);
    }
  });

  test('keeps its blanks and its empty lines, which a client would leave out', () => {
    const text = 'begin;\n\n  update  a\n\tset b = 1 \nend';
    const json = JSON.stringify(cardIn(holdCard(holdView({ text }), PAGES), OWN));
    const [gap, tab] = ['\u00a0', '\u00a0'.repeat(4)];
    expect(json).toContain(
      JSON.stringify(`begin;\n${gap}\n${gap}${gap}update${gap} a\n${tab}set b = 1${gap}\nend`),
    );
  });

  test('has no word that is cut off at the edge of a phone, nor blanks that make one of several', () => {
    const [hash, wide] = ['ab'.repeat(32), Array(20).fill('a').join('  ')];
    const card = cardIn(holdCard(holdView({ text: `${hash}\n${wide}\n${' '.repeat(90)}x` }), PAGES), OWN);
    expect(problemsOfCard(card)).toEqual([]);
    expect(JSON.stringify(card)).toContain(
      `${hash.slice(0, 30)}\u200b${hash.slice(30, 60)}\u200b${hash.slice(60)}`,
    );
    expect(textsOfCard(card)).toContain(`${hash}\n${wide}\n${' '.repeat(90)}x`);
  });

  test('is not approved by a form that its card does not show in full', () => {
    const answerTo = (text: string) => {
      const hold = holdView({ text });
      const reply = { tone: 'waiting' as const, text: '', card: holdCard(hold, PAGES), copyable: [] };
      return formToOpen({ reply, form: approveCommandForm(hold, 'note') });
    };
    expect(answerTo('x')?.id).toBe('approve-command');
    expect(answerTo('x'.repeat(3_001))).toBeNull();
  });
});

describe('an answer', () => {
  const SECRET = {
    label: 'psql',
    text: 'psql "postgresql://g-abcd2345:secret@127.0.0.1/shop?sslmode=require"',
  };

  test('of words alone is a line, in which nothing is markup', () => {
    const reply = {
      tone: 'bad',
      text: 'No *such* [db](https://evil.example) <at>x</at>',
      card: null,
      copyable: [],
    } as const;
    expect(answerLine(reply)).toBe('⛔ No ∗such∗ ［db］(https:∕∕evil.example) ‹at›x‹/at›');
    expect(holdsSecret({ reply, form: null })).toBe(false);
  });

  test('with a secret is no line, says that it holds one, and has it in a field to copy', () => {
    const reply = { tone: 'good', text: 'Only you see this.', card: null, copyable: [SECRET] } as const;
    expect(answerLine(reply)).toBeNull();
    expect(holdsSecret({ reply, form: null })).toBe(true);
    const card = answerCard(reply, 'dialog');
    expect(problemsOfCard(card)).toEqual([]);
    expect(fieldsOf(card)).toMatchObject([{ label: 'psql', value: SECRET.text }]);
  });
});
