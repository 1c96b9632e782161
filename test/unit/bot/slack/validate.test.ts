/** The validator itself: everything that Slack refuses is found, at the edge. */
import { describe, expect, test } from 'vitest';
import { requestCard } from '../../../../src/bot/cards/request-card.ts';
import { messageOf } from '../../../../src/bot/slack/render/blocks.ts';
import { problemsOf, problemsOfOptions, problemsOfView } from '../../../support/slack/validate.ts';
import { requestView } from '../views.ts';

type Json = Readonly<Record<string, unknown>>;

const plain = (text: string): Json => ({ type: 'plain_text', text, emoji: false });
const mrkdwn = (text: string): Json => ({ type: 'mrkdwn', text, verbatim: true });
const section = (text: Json): Json => ({ type: 'section', text });
const button = (changes: Json = {}): Json => ({
  type: 'button',
  action_id: 'approve',
  text: plain('Approve'),
  value: 'r-abcd2345',
  ...changes,
});
const actions = (...elements: Json[]): Json => ({ type: 'actions', elements });
const option = (value: string, label = value): Json => ({ text: plain(label), value });
const input = (element: Json): Json => ({
  type: 'input',
  block_id: 'reason',
  label: plain('Because'),
  element,
});
const modal = (changes: Json = {}): Json => ({
  type: 'modal',
  title: plain('Deny'),
  submit: plain('Deny'),
  blocks: [section(plain('x'))],
  ...changes,
});

const problemsWith = (...blocks: Json[]): string[] => problemsOf('chat.postMessage', { text: 'x', blocks });
const x = (count: number): string => 'x'.repeat(count);

describe('the validator of what goes to Slack', () => {
  test('finds nothing wrong with a card of ours', () => {
    const message = messageOf(
      requestCard(requestView(), { publicUrl: 'https://sallyport.example', freeze: null, onCall: [] }),
    );
    expect(problemsOf('chat.postMessage', { ...message })).toEqual([]);
  });

  test.each<[string, (count: number) => readonly string[], number]>([
    ['blocks of a message', (count) => problemsWith(...Array(count).fill(section(plain('x')))), 50],
    [
      'blocks of a view',
      (count) => problemsOfView(modal({ blocks: Array(count).fill(section(plain('x'))) })),
      100,
    ],
    ['characters of a section', (count) => problemsWith(section(mrkdwn(x(count)))), 3_000],
    ['characters of a header', (count) => problemsWith({ type: 'header', text: plain(x(count)) }), 150],
    ['fields', (count) => problemsWith({ type: 'section', fields: Array(count).fill(plain('x')) }), 10],
    ['characters of a field', (count) => problemsWith({ type: 'section', fields: [plain(x(count))] }), 2_000],
    [
      'elements of a context',
      (count) => problemsWith({ type: 'context', elements: Array(count).fill(plain('x')) }),
      10,
    ],
    ['characters of a label', (count) => problemsWith(actions(button({ text: plain(x(count)) }))), 75],
    ['characters of a value', (count) => problemsWith(actions(button({ value: x(count) }))), 2_000],
    ['characters of an action_id', (count) => problemsWith(actions(button({ action_id: x(count) }))), 255],
    [
      'characters of a block_id',
      (count) => problemsWith({ ...section(plain('x')), block_id: x(count) }),
      255,
    ],
    [
      'buttons',
      (count) =>
        problemsWith(
          actions(...Array.from({ length: count }, (_, index) => button({ action_id: `a${index}` }))),
        ),
      25,
    ],
    [
      'options',
      (count) => problemsOfOptions(Array.from({ length: count }, (_, index) => option(`o${index}`))),
      100,
    ],
    ['characters of an option', (count) => problemsOfOptions([option('o', x(count))]), 75],
    ['characters of a title', (count) => problemsOfView(modal({ title: plain(x(count)) })), 24],
    ['characters of metadata', (count) => problemsOfView(modal({ private_metadata: x(count) })), 3_000],
    [
      'characters of a placeholder',
      (count) =>
        problemsOfView(
          modal({
            blocks: [input({ type: 'plain_text_input', action_id: 'v', placeholder: plain(x(count)) })],
          }),
        ),
      150,
    ],
    [
      'characters that an input takes',
      (count) =>
        problemsOfView(
          modal({ blocks: [input({ type: 'plain_text_input', action_id: 'v', max_length: count })] }),
        ),
      3_000,
    ],
    [
      'characters of a confirmation',
      (count) =>
        problemsWith(
          actions(
            button({
              confirm: { title: plain('x'), text: plain(x(count)), confirm: plain('x'), deny: plain('x') },
            }),
          ),
        ),
      300,
    ],
    [
      'characters that a notification shows',
      (count) => problemsOf('chat.postMessage', { text: x(count) }),
      4_000,
    ],
  ])('takes as many %s as Slack, and not one more', (_what, problems, most) => {
    expect(problems(most)).toEqual([]);
    expect(problems(most + 1)).not.toEqual([]);
  });

  test('counts what is sent: an escape has as many characters as it is written with', () => {
    expect(problemsWith(section(mrkdwn('&amp;'.repeat(600))))).toEqual([]);
    expect(problemsWith(section(mrkdwn('&amp;'.repeat(601))))).not.toEqual([]);
  });

  test('counts all blocks of a message together', () => {
    const some = Array(4).fill(section(plain(x(2_900))));
    expect(problemsWith(...some)).toEqual([]);
    expect(problemsWith(...some, section(plain(x(2_900))))).toEqual([expect.stringContaining('in all')]);
  });

  test.each([
    ['an escape that was cut', 'x &am'],
    ['an & that is not escaped', 'R&D'],
    ['a < that is not escaped', 'a < b'],
    ['a > that is not escaped', 'a > b'],
    ['a mention of the channel', '<!channel>'],
    ['a mention of a person', 'by <@U012ABCDEF>'],
    ['a mention of a group', '<!subteam^S012|sre>'],
    ['a link to a channel', '<#C012ABCDEF>'],
    ['a link', '<https://evil.example|https://sallyport.example>'],
    ['a date that leads somewhere', '<!date^0^{date}^https://evil.example|now>'],
    ['a direction that is turned', 'ok \u202eko'],
    ['a control character', 'a\u0007b'],
    ['half a character', 'a\ud83d'],
  ])('finds %s', (_what, text) => {
    expect(problemsWith(section(mrkdwn(text)))).not.toEqual([]);
    expect(problemsWith(section(plain(text)))).not.toEqual([]);
    expect(problemsOf('chat.postMessage', { text })).not.toEqual([]);
  });

  test('takes dates and quotes of ours, in markup alone', () => {
    const date = '<!date^1763726400^{date_short_pretty} {time}|2026-11-21 12:00 UTC>';
    expect(problemsWith(section(mrkdwn(`>quoted\n${date}`)))).toEqual([]);
    expect(problemsWith(section(plain(date)))).not.toEqual([]);
  });

  test.each<[string, Json]>([
    ['text that Slack would look for links in', section({ type: 'mrkdwn', text: 'x' })],
    ['text that Slack would look for emoji in', section({ type: 'plain_text', text: 'x' })],
    ['an empty text', section(plain(''))],
    ['a section without anything', { type: 'section' }],
    ['a block that there is not', { type: 'banner', text: plain('x') }],
    ['a property that there is not', { ...section(plain('x')), colour: 'red' }],
    ['a header with markup', { type: 'header', text: mrkdwn('x') }],
    ['two buttons with one id', actions(button(), button())],
    ['a style that there is not', actions(button({ style: 'plain' }))],
    ['a button with nothing to it', { ...actions({ type: 'button', action_id: 'a', text: plain('x') }) }],
    [
      'a button that leads to somebody else',
      actions(button({ value: undefined, url: 'https://evil.example/' })),
    ],
    ['a script instead of a link', actions(button({ value: undefined, url: 'javascript:alert(1)' }))],
  ])('finds %s', (_what, block) => {
    expect(problemsWith(block)).not.toEqual([]);
  });

  test.each<[string, Json]>([
    [
      'inputs without a button to submit them',
      modal({ submit: undefined, blocks: [input({ type: 'plain_text_input', action_id: 'v' })] }),
    ],
    [
      'more text than an input takes',
      modal({
        blocks: [input({ type: 'plain_text_input', action_id: 'v', max_length: 3, initial_value: 'xxxx' })],
      }),
    ],
    [
      'a choice that is not offered',
      modal({
        blocks: [
          input({
            type: 'static_select',
            action_id: 'v',
            options: [option('a')],
            initial_option: option('b'),
          }),
        ],
      }),
    ],
    [
      'one choice twice',
      modal({
        blocks: [input({ type: 'static_select', action_id: 'v', options: [option('a'), option('a', 'b')] })],
      }),
    ],
    ['no choice', modal({ blocks: [input({ type: 'static_select', action_id: 'v', options: [] })] })],
    [
      'a choice without a value',
      modal({ blocks: [input({ type: 'static_select', action_id: 'v', options: [option('')] })] }),
    ],
    [
      'one block_id twice',
      modal({ blocks: [0, 1].map(() => input({ type: 'plain_text_input', action_id: 'v' })) }),
    ],
  ])('finds in a modal %s', (_what, view) => {
    expect(problemsOfView(view)).not.toEqual([]);
  });

  test.each([
    ['an empty notification', 'chat.postMessage', { blocks: [section(plain('x'))] }],
    ['an update that takes the blocks away', 'chat.update', { text: 'x' }],
    ['names that become links', 'chat.postMessage', { text: 'x', link_names: true }],
    ['text that is parsed', 'chat.postMessage', { text: 'x', parse: 'full' }],
    ['a view that is not there', 'views.open', {}],
    ['a file’s comment that pings', 'files.completeUploadExternal', { initial_comment: '<!here>' }],
  ])('finds %s', (_what, method, payload) => {
    expect(problemsOf(method, payload)).not.toEqual([]);
  });
});
