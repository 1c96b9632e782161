import type { types } from '@slack/bolt';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Card } from '../../../../src/bot/card.ts';
import { holdCard } from '../../../../src/bot/cards/hold-card.ts';
import { mineCard } from '../../../../src/bot/cards/list-cards.ts';
import { policyChangeCard } from '../../../../src/bot/cards/policy-change-card.ts';
import { requestCard } from '../../../../src/bot/cards/request-card.ts';
import { sessionCard } from '../../../../src/bot/cards/session-card.ts';
import { withTimeLeft } from '../../../../src/bot/cards/time-left.ts';
import { approveCommandForm } from '../../../../src/bot/forms/decision-forms.ts';
import { formToOpen } from '../../../../src/bot/slack/render/answer.ts';
import { messageOf } from '../../../../src/bot/slack/render/blocks.ts';
import { readActionId } from '../../../../src/bot/slack/render/buttons.ts';
import { fullViewOf } from '../../../../src/bot/slack/render/full-view.ts';
import { readMrkdwn } from '../../../support/slack/mrkdwn.ts';
import { shownText, tokensOf } from '../../../support/slack/shown.ts';
import { problemsOf, problemsOfView } from '../../../support/slack/validate.ts';
import { grantView, holdView, policyChangeView, requestView, sessionView } from '../views.ts';

const PAGES = { publicUrl: 'https://sallyport.example', freeze: null, onCall: [] };
const PLACE = { channel: 'C012ABCDEF' };

function buttonsOf(blocks: readonly types.AnyBlock[]): readonly types.Button[] {
  return blocks
    .filter((block): block is types.ActionsBlock => block.type === 'actions')
    .flatMap(({ elements }) => elements)
    .filter((element) => element.type === 'button');
}

const labelsOf = (blocks: readonly types.AnyBlock[]): readonly string[] =>
  buttonsOf(blocks).map(({ text }) => text.text);

describe('a card in Slack', () => {
  test('says from above what it is, where it stands, why, who and for how long, and has its buttons', () => {
    const { text, blocks } = messageOf(requestCard(requestView({ ticket: 'OPS-12' }), PAGES));
    expect(text).toBe('⏳ Alice asks for read on orders-db. Pending: still needs 1 of sre and 1 of dba.');
    expect(shownText(blocks).split('\n').filter(Boolean).slice(0, 7)).toEqual([
      '⏳ Alice asks for read on orders-db',
      'Pending: still needs 1 of sre and 1 of dba.',
      'Reason:',
      'payouts hang',
      'Who: Alice (alice@example.com)',
      'Resource: orders-db (postgres)',
      'Role: read  ·  Duration: 1h',
    ]);
    expect(labelsOf(blocks)).toEqual(['Approve', 'Approve for less', 'Deny', 'Comment', 'Details']);
  });

  test('has the id of its matter in every button, and nothing else', () => {
    const { blocks } = messageOf(requestCard(requestView(), PAGES));
    expect(buttonsOf(blocks).map(({ action_id: id, value, url }) => [id, value ?? url])).toEqual([
      ['approve', 'r-abcd2345'],
      ['approve-for-less', 'r-abcd2345'],
      ['deny', 'r-abcd2345'],
      ['comment', 'r-abcd2345'],
      ['open-link', 'https://sallyport.example/requests/r-abcd2345'],
    ]);
  });

  test('tells two buttons of one kind apart, and still knows what they are', () => {
    const grants = [grantView(), grantView({ id: 'g-bcde3456' })];
    const { blocks } = messageOf(mineCard({ requests: [], grants }));
    expect(buttonsOf(blocks).map(({ action_id: id }) => id)).toEqual(['done', 'done.2']);
    expect(readActionId('done.2')).toEqual({ kind: 'act', action: 'done' });
    expect(readActionId('open-in-full')).toEqual({ kind: 'own', action: 'open-in-full' });
    expect(readActionId('drop-everything')).toBeNull();
  });

  test('asks before it ends something that one tap would end', () => {
    const { blocks } = messageOf(sessionCard(sessionView(), PAGES));
    expect(buttonsOf(blocks).find(({ action_id: id }) => id === 'terminate')?.confirm).toBeDefined();
  });

  test('shows times in the time of whoever reads it, and what is left where that is known', () => {
    const card = requestCard(requestView(), PAGES);
    const at = Date.parse('2026-11-21T12:30:00Z') / 1_000;
    const token = `<!date^${at}^{date_short_pretty} {time}|2026-11-21 12:30 UTC>`;
    expect(JSON.stringify(messageOf(card).blocks)).toContain(`*Lapses:* ${token}"`);
    const now = new Date('2026-11-21T12:05:30Z');
    expect(JSON.stringify(messageOf(withTimeLeft(card, now)).blocks)).toContain(
      `*Lapses:* ${token} (25m left)"`,
    );
    const later = new Date('2026-11-21T12:30:00Z');
    expect(JSON.stringify(messageOf(withTimeLeft(card, later)).blocks)).toContain(`${token} (over)"`);
  });

  test('is within every limit of Slack whatever a card holds', () => {
    const word = fc.string({
      unit: fc.constantFrom('a', '&', '*', '\n', '`', ' ', '😀', '9'),
      maxLength: 400,
    });
    const cards = fc.record({
      tone: fc.constantFrom('neutral', 'waiting', 'good', 'bad', 'warning'),
      title: word,
      status: word,
      verbatim: fc.array(fc.record({ label: fc.constant('Command'), text: word, omits: fc.constant(null) }), {
        maxLength: 2,
      }),
      fields: fc.array(
        fc.record({ label: fc.constantFrom('Reason', 'Who', 'ID'), value: word, code: fc.boolean() }),
        { maxLength: 20 },
      ),
      lists: fc.array(
        fc.record({
          title: word,
          items: fc.array(fc.record({ text: word, detail: word, code: fc.boolean() }), { maxLength: 12 }),
        }),
        { maxLength: 4 },
      ),
      actions: fc.constant([]),
      fallback: word,
    }) satisfies fc.Arbitrary<Card>;
    fc.assert(
      fc.property(cards, (card) => {
        expect(problemsOf('chat.postMessage', { ...messageOf(card) })).toEqual([]);
        expect(problemsOfView(fullViewOf(card, PLACE))).toEqual([]);
      }),
    );
  });
});

describe('a command', () => {
  const approving = ['approve-once', 'approve-for-session'];
  const isApproved = (blocks: readonly types.AnyBlock[]): boolean =>
    buttonsOf(blocks).some(({ action_id: id }) => approving.includes(id ?? ''));
  /** Two fences and their line ends take eight characters. */
  const FITS = 2_992;

  test.each([
    ['of as many characters as fit', 'x'.repeat(FITS), true],
    ['of one more', 'x'.repeat(FITS + 1), false],
    ['of as many escapes as fit', '&'.repeat(Math.floor(FITS / 5)), true],
    ['of one more escape', '&'.repeat(Math.floor(FITS / 5) + 1), false],
    ['of forty lines', Array(40).fill('x').join('\n'), true],
    ['of one more line', Array(41).fill('x').join('\n'), false],
  ])('%s is approved on its card only if all of it is there', (_what, text, fits) => {
    const { blocks } = messageOf(holdCard(holdView({ text }), PAGES));
    expect(isApproved(blocks)).toBe(fits);
    expect(shownText(blocks).includes(text)).toBe(fits);
    expect(labelsOf(blocks).includes('Open in full')).toBe(!fits);
    expect(labelsOf(blocks)).toContain('Deny');
  });

  test('that does not fit is opened by the hash of what its card is about, and approved where all of it is', () => {
    const text = Array.from({ length: 700 }, (_, line) => `update orders set a = '&' where id = ${line}`)
      .join('\n')
      .slice(0, 20_000);
    const hold = holdView({ text });
    const subject = `h-abcd2345.${hold.textSha256}`;
    const card = holdCard(hold, PAGES);
    const open = buttonsOf(messageOf(card).blocks).find(({ action_id: id }) => id === 'open-in-full');
    expect(open?.value).toBe(subject);
    const view = fullViewOf(card, PLACE);
    expect(problemsOfView(view)).toEqual([]);
    const parts = tokensOf(view.blocks).filter(({ styles }) => styles.includes('fence'));
    expect(parts.map((part) => part.text).join('\n')).toBe(text);
    expect(buttonsOf(view.blocks).filter(({ value }) => value === subject)).toHaveLength(3);
    expect(isApproved(view.blocks)).toBe(true);
  });

  test('of one endless line is cut between characters, and says so', () => {
    const text = '😀&'.repeat(5_000);
    const view = fullViewOf(holdCard(holdView({ text }), PAGES), PLACE);
    const parts = tokensOf(view.blocks).filter(({ styles }) => styles.includes('fence'));
    expect(parts.map((part) => part.text).join('')).toBe(text);
    expect(shownText(view.blocks)).toContain('part 2 of 12, within a line');
  });

  test('that is cut before it comes here is not approved in Slack at all', () => {
    for (const hold of [holdView({ text: 'x'.repeat(20_001) }), holdView({ text: 'x', redactions: 1 })]) {
      const card = holdCard(hold, PAGES);
      const view = fullViewOf(card, PLACE);
      expect(isApproved(messageOf(card).blocks) || isApproved(view.blocks)).toBe(false);
      expect(labelsOf(view.blocks)).toEqual(['Read all of it to approve']);
    }
  });

  test('with a fence of its own is shown with every character all the same', () => {
    const text = 'select 1 -- ```\nselect 2';
    const { blocks } = messageOf(holdCard(holdView({ text }), PAGES));
    expect(shownText(blocks)).toContain(text);
    expect(isApproved(blocks)).toBe(true);
  });

  test('is not approved by a form that its card does not show in full', () => {
    const answerTo = (text: string) => {
      const hold = holdView({ text });
      const reply = { tone: 'waiting' as const, text: '', card: holdCard(hold, PAGES), copyable: [] };
      return formToOpen({ reply, form: approveCommandForm(hold, 'note') });
    };
    expect(answerTo('x')?.id).toBe('approve-command');
    expect(answerTo('x'.repeat(FITS + 1))).toBeNull();
  });

  test('and a difference of the policy are alike in this', () => {
    const long = policyChangeCard(policyChangeView({ difference: '+ x\n'.repeat(60) }), PAGES);
    expect(labelsOf(messageOf(long).blocks)).toEqual(['Open in full', 'Deny', 'Details']);
    expect(labelsOf(fullViewOf(long, PLACE).blocks)).toEqual(['Approve', 'Deny', 'Details']);
    const short = policyChangeCard(policyChangeView(), PAGES);
    expect(labelsOf(messageOf(short).blocks)).toEqual(['Approve', 'Deny', 'Details']);
  });
});

test('what reads mrkdwn finds what Slack would format', () => {
  const styles = (text: string) => readMrkdwn(text).map((token) => [token.text, ...token.styles]);
  expect(styles('*b* _i_ ~s~ `c` :e: <!here> <https://x|l> a_b')).toEqual([
    ['b', 'bold'],
    [' '],
    ['i', 'italic'],
    [' '],
    ['s', 'strike'],
    [' '],
    ['c', 'code'],
    [' '],
    [':e:', 'emoji'],
    [' '],
    ['!here', 'mention'],
    [' '],
    ['l', 'link'],
    [' a_b'],
  ]);
  expect(styles('&gt; q\n```\nf *x*\n```')).toEqual([
    [' q\n', 'quote'],
    ['f *x*', 'fence'],
  ]);
});
