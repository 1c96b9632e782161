import { describe, expect, test } from 'vitest';
import { mentionedIn, plainTextOf, unknownMention } from '../../../../src/bot/slack/typed-text.ts';

describe('what somebody typed', () => {
  test.each([
    ['nothing special', 'request orders-db for 1h', 'request orders-db for 1h'],
    ['what Slack escapes', 'because a &lt; b &amp;&amp; c &gt; d', 'because a < b && c > d'],
    ['an escape that was typed', 'because &amp;lt; stays', 'because &lt; stays'],
    ['a mention that nobody resolved', 'for-user <@U0DANA|dana>', 'for-user @dana'],
    ['a mention without a name', 'for-user <@U0DANA>', 'for-user @U0DANA'],
    ['a channel', 'in <#C0GENERAL|general>', 'in #general'],
    ['a link', 'see <https://example.com/a?b=1&amp;c=2|the page>', 'see https://example.com/a?b=1&c=2'],
    ['a bare link', 'see <https://example.com/>', 'see https://example.com/'],
    ['a mail address', 'revoke <mailto:dana@example.com|dana@example.com>', 'revoke dana@example.com'],
    ['everybody', 'because <!channel> waits', 'because @channel waits'],
    ['a group', 'because <!subteam^S012|@dbas> wait', 'because @dbas wait'],
    ['brackets that are none of Slack’s', 'a <b', 'a <b'],
  ])('is read as it was typed: %s', (_what, sent, typed) => {
    expect(plainTextOf(sent)).toBe(typed);
  });

  test('names people as our commands do', () => {
    const text = 'delegate <@U0DANA|dana> until tomorrow, not <@U0BOB|bob> or <@U0DANA>';
    expect(mentionedIn(text)).toEqual(['U0DANA', 'U0BOB']);
    expect(plainTextOf(text, new Map([['U0DANA', 'dana@example.com']]))).toBe(
      'delegate @dana@example.com until tomorrow, not @bob or @dana@example.com',
    );
  });

  test('a mention that was only written is none', () => {
    expect(mentionedIn('for-user &lt;@U0DANA|dana&gt; <#C1|x> <!here>')).toEqual([]);
  });

  test('says who is not known by the name that was seen', () => {
    expect(unknownMention('U0DANA', 'revoke <@U0DANA|dana>').message).toContain('@dana has not linked');
    expect(unknownMention('U0DANA', '').message).toContain('@U0DANA has not linked');
  });
});
