/** What stands in a channel after a command: one line, which gives way to cards. */
import { expect, test } from 'vitest';
import { sayProblem } from '../../../../src/bot/acts/answers.ts';
import type { Scene } from '../../../../src/bot/teams/activity.ts';
import { createResponder } from '../../../../src/bot/teams/responder.ts';

const SCENE: Scene = {
  sender: { userId: '29:alice', aadObjectId: 'alice', role: null },
  place: {
    ...{ conversation: '19:access', thread: '19:access;messageid=1', kind: 'channel' },
    ...{ serviceUrl: 'https://smba.example/', team: { id: '19:team', name: null }, channel: '19:access' },
    channelName: 'access',
  },
  ...{ tenants: ['tenant'], repliesTo: null, key: 'k' },
};

test.each(['a:alice', null])(
  'the answer may not wait, the line in the channel may: personal chat %s',
  async (chat) => {
    const sent: string[] = [];
    const responder = createResponder({
      connector: {
        send: async ({ conversation }, _activity, options) => {
          sent.push(`${conversation} ${options?.canWait === true ? 'can wait' : 'now'}`);
          return { ref: '1' };
        },
        update: async () => undefined,
      },
      conversations: {
        personalWith: async () =>
          chat === null ? null : { serviceUrl: 'https://smba.example/', conversation: chat },
      },
      logger: { warn: () => undefined, error: () => undefined },
    });
    await responder.answer(SCENE, sayProblem('bad', 'no'));
    expect(sent).toEqual([...(chat === null ? [] : ['a:alice now']), '19:access;messageid=1 can wait']);
  },
);
