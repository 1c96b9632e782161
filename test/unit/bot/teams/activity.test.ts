import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readActivity } from '../../../../src/bot/teams/activity.ts';
import { readTarget, targetText } from '../../../../src/bot/teams/card-target.ts';
import { AppError } from '../../../../src/core/errors.ts';

const TENANT = '11111111-2222-4333-8444-555555555555';
const CHANNEL = '19:access@thread.tacv2';
const TEAM = { id: '19:team@thread.tacv2', name: 'Payments' };

function sent(more: object = {}): object {
  return {
    ...{ type: 'message', id: '1700', channelId: 'msteams', serviceUrl: 'https://smba.example/emea/' },
    from: { id: '29:alice', name: 'Alice', aadObjectId: 'AAAAAAAA-0000-4000-8000-000000000001' },
    recipient: { id: '28:bot', name: 'Sallyport' },
    conversation: { id: `${CHANNEL};messageid=1600`, conversationType: 'channel', tenantId: TENANT },
    channelData: {
      tenant: { id: TENANT.toUpperCase() },
      team: TEAM,
      channel: { id: CHANNEL, name: 'access' },
    },
    text: 'mine',
    ...more,
  };
}

describe('an activity', () => {
  test('of a channel is in a thread of it; its ids are as Microsoft writes them', () => {
    const { scene, botId } = readActivity(sent());
    expect(scene).toMatchObject({
      sender: { userId: '29:alice', aadObjectId: 'aaaaaaaa-0000-4000-8000-000000000001', role: null },
      place: { conversation: CHANNEL, thread: `${CHANNEL};messageid=1600`, kind: 'channel', team: TEAM },
      tenants: [TENANT],
      repliesTo: null,
    });
    expect(botId).toBe('28:bot');
  });

  test('names every tenant that it is said to be of', () => {
    const foreign = '99999999-2222-4333-8444-555555555555';
    expect(readActivity(sent({ channelData: { tenant: { id: foreign } } })).scene.tenants).toEqual([
      TENANT,
      foreign,
    ]);
    expect(readActivity(sent({ conversation: { id: 'a:1' }, channelData: {} })).scene.tenants).toEqual([]);
  });

  test('is the same act whenever it is delivered, and another one in another conversation', () => {
    const key = (more: object = {}): string => readActivity(sent(more)).scene.key;
    expect(key({ text: 'delivered again' })).toBe(key());
    expect(key({ id: '1701' })).not.toBe(key());
    expect(key({ conversation: { id: 'a:1' } })).not.toBe(key());
    // What is longer is no key of an act.
    expect(key({ id: 'x'.repeat(500) }).length).toBeLessThanOrEqual(100);
  });

  test('is private in a personal chat only', () => {
    const kindOf = (conversationType: unknown, more: object = {}): string =>
      readActivity(sent({ conversation: { id: 'c', conversationType, tenantId: TENANT }, ...more })).scene
        .place.kind;
    const noTeam = { channelData: { tenant: { id: TENANT } } };
    expect(kindOf('personal', noTeam)).toBe('personal');
    expect(kindOf('groupChat', noTeam)).toBe('group');
    expect(kindOf(undefined, noTeam)).toBe('group');
    expect(kindOf('something new', noTeam)).toBe('group');
    expect(kindOf('channel')).toBe('channel');
  });

  const broken: [name: string, more: object][] = [
    ['no sender', { from: undefined }],
    ['no id', { id: undefined }],
    ['an id that nobody could keep', { id: 'x'.repeat(501) }],
    ['no conversation', { conversation: {} }],
    ['a text that is none', { text: { a: 1 } }],
    ['a text that is too long', { text: 'x'.repeat(100_001) }],
  ];
  test.each(broken)('with %s is refused, and what it said is not repeated', (_name, more) => {
    const read = (): unknown => readActivity(sent(more));
    expect(read).toThrow(AppError);
    expect(read).toThrow(/What is not understood: [a-z.]+/);
  });

  test('that nobody has ever seen is refused or read, and nothing else', () => {
    fc.assert(
      fc.property(fc.anything(), fc.dictionary(fc.string(), fc.anything()), (whole, more) => {
        for (const body of [whole, sent(more)]) {
          try {
            readActivity(body);
          } catch (error) {
            expect(error).toBeInstanceOf(AppError);
          }
        }
      }),
    );
  });
});

test('what a card is of comes back as it went, and nothing else is taken for it', () => {
  for (const target of [
    { subject: 'request', id: 'r-abcdefgh' },
    { subject: 'policy-change', id: 'a:b' },
  ] as const) {
    expect(readTarget(targetText(target))).toEqual(target);
  }
  for (const text of ['', 'request', 'request:', ':r-1', 'vote:r-1', 'toString:x', 'reques:r-1']) {
    expect(readTarget(text)).toBeNull();
  }
});
