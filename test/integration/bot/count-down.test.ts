/** Cards that say how many minutes are left, on a platform whose messages cannot count by themselves. */
import { expect, test } from 'vitest';
import { voteOnHold } from '../../../src/access/decide-hold.ts';
import type { Card } from '../../../src/bot/card.ts';
import { createBot } from '../../../src/bot/create-bot.ts';
import type { ChatPlatform } from '../../../src/bot/platform.ts';
import { createWebPlatform } from '../../../src/bot/web/client.ts';
import { AppError } from '../../../src/core/errors.ts';
import { countDownHolds } from '../../../src/jobs/count-down-holds.ts';
import type { JobContext } from '../../../src/jobs/job.ts';
import { useTestAccess } from '../../support/access.ts';
import { hold, liveGrant, liveSession } from '../../support/live-session.ts';

const MINUTE_MS = 60_000;
const access = useTestAccess();

/** The chat page's platform, with everything noted that is sent; `trouble` is thrown instead of editing. */
function notingPlatform(options: { readonly countsByEdits: boolean }) {
  const web = createWebPlatform(access.current.context);
  const sent: Card[] = [];
  const state: { trouble: AppError | null } = { trouble: null };
  const platform: ChatPlatform = {
    ...web,
    ...(options.countsByEdits ? { countsByEdits: true } : {}),
    post: async (message) => {
      sent.push(message.card);
      return web.post(message);
    },
    update: async (message) => {
      if (state.trouble !== null) throw state.trouble;
      sent.push(message.card);
      return web.update(message);
    },
  };
  const silent = { warn: () => undefined, error: () => undefined, info: () => undefined };
  const bot = createBot({ access: access.current.context, platforms: [platform], logger: silent });
  const countDown = () =>
    countDownHolds.run({ access: access.current.context, publisher: bot.publisher } as JobContext, {
      idleMs: 0,
    });
  return { sent, state, countDown };
}

const leftOn = (card: Card | undefined): string | undefined =>
  card?.fields.find(({ label }) => label === 'Lapses')?.timeLeft;

test('the card of a held command counts down once a minute, until it is decided', async () => {
  const { context, clock } = access.current;
  const { dana, grantId } = await liveGrant(access.current);
  const { sent, state, countDown } = notingPlatform({ countsByEdits: true });
  const held = await hold(access.current, await liveSession(access.current, grantId));

  await countDown();
  await countDown();
  expect(sent.map(leftOn)).toEqual(['5m left']);
  clock.stepMs(MINUTE_MS);
  await countDown();
  await countDown();
  expect(sent.map(leftOn)).toEqual(['5m left', '4m left']);

  state.trouble = new AppError('rate_limited', 'slower, please');
  clock.stepMs(MINUTE_MS);
  await countDown();
  state.trouble = null;
  await countDown();
  expect(sent.map(leftOn)).toEqual(['5m left', '4m left', '3m left']);

  const ballot = { verdict: 'approve', scope: 'once', note: null, platform: 'web' } as const;
  await voteOnHold(context, { ...ballot, holdId: held.id, voter: dana, textSha256: held.textSha256 });
  clock.stepMs(MINUTE_MS);
  await countDown();
  expect(sent).toHaveLength(3);
});

test('where messages count by themselves nothing is sent again', async () => {
  const { grantId } = await liveGrant(access.current);
  const { sent, countDown } = notingPlatform({ countsByEdits: false });
  await hold(access.current, await liveSession(access.current, grantId));
  await countDown();
  access.current.clock.stepMs(MINUTE_MS);
  await countDown();
  expect(sent.map(leftOn)).toEqual([undefined]);
});
