import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Mention } from '../../../../src/bot/teams/activity.ts';
import { commandIn, mentionsBot, peopleIn, plainTextOf } from '../../../../src/bot/teams/typed-text.ts';

const BOT = { id: '28:bot', text: '<at>Sallyport</at>' };
const DANA = { id: '29:dana', text: '<at>Dana</at>' };

function command(
  text: string,
  mentions: readonly Mention[] = [BOT],
  names?: ReadonlyMap<string, string>,
): string {
  return commandIn({ text, mentions, botId: BOT.id }, names);
}

describe('the command in a message', () => {
  const texts: [typed: string, command: string][] = [
    ['<at>Sallyport</at> mine', 'mine'],
    ['<at>Sallyport</at>&nbsp;mine\n', 'mine'],
    ['mine <at>Sallyport</at>', 'mine'],
    ['<at>Sallyport</at> /access mine', 'mine'],
    ['<at>Sallyport</at> access mine', 'mine'],
    ['<at>Sallyport</at> ACCESS', ''],
    ['<at>Sallyport</at> accessory', 'accessory'],
    ['<at>Sallyport</at>', ''],
    [
      '<at>Sallyport</at> request orders-db because a &lt; b &amp;&amp; c',
      'request orders-db because a < b && c',
    ],
    // Escaped once and not twice: what was typed was an entity.
    ['<at>Sallyport</at> request orders-db because &amp;lt;', 'request orders-db because &lt;'],
    ['request\u00a0orders-db', 'request orders-db'],
    // Not a mention: nobody said that it is one.
    ['<at>Sallyport</at> because <at>Sallyport</at> said so', 'because <at>Sallyport</at> said so'],
  ];
  test.each(texts)('%j is %j', (typed, expected) => {
    expect(command(typed)).toBe(expected);
  });

  test('names whoever is mentioned as we know them, in the order of the mentions', () => {
    const other = { id: '29:other-dana', text: DANA.text };
    const names = new Map([
      [DANA.id, 'dana@example.com'],
      [other.id, 'other@example.com'],
    ]);
    const typed = '<at>Sallyport</at> request orders-db for-user <at>Dana</at> because <at>Dana</at> asked';
    expect(command(typed, [BOT, DANA, other], names)).toBe(
      'request orders-db for-user @dana@example.com because @other@example.com asked',
    );
    expect(command(typed, [BOT, DANA])).toContain('for-user @Dana because <at>Dana</at>');
  });

  test('loses no mention of somebody to a bot of the same name', () => {
    const namesake = { id: '29:1', text: BOT.text };
    expect(peopleIn({ mentions: [BOT, namesake, namesake], botId: BOT.id })).toEqual(['29:1']);
    expect(command('<at>Sallyport</at> delegate <at>Sallyport</at>', [BOT, namesake])).toBe(
      'delegate @Sallyport',
    );
    expect(mentionsBot({ mentions: [namesake], botId: BOT.id })).toBe(false);
  });

  test('is read whatever is written and mentioned', () => {
    const mention = fc.record({ id: fc.constantFrom(BOT.id, DANA.id), text: fc.string({ minLength: 1 }) });
    fc.assert(
      fc.property(fc.string(), fc.array(mention, { maxLength: 5 }), (text, mentions) => {
        expect(typeof command(text, mentions)).toBe('string');
      }),
    );
  });
});

test('what a message with markup says is one line of text', () => {
  expect(plainTextOf('<div><p>Payouts <b>hang</b></p>\n<p>since&nbsp;9 &amp; nobody knows</p></div>')).toBe(
    'Payouts hang since 9 & nobody knows',
  );
  expect(plainTextOf('&lt;b&gt; is no markup')).toBe('<b> is no markup');
  expect(plainTextOf('')).toBe('');
});
