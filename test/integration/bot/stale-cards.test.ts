/** A card on a screen that has not heard what happened since: its buttons are judged by what is so now. */
import { expect, test } from 'vitest';
import { acceptDelegation } from '../../../src/access/accept-delegation.ts';
import { delegateVotes, endDelegation } from '../../../src/access/delegate-votes.ts';
import { endSession } from '../../../src/access/run-session.ts';
import type { BotContext } from '../../../src/bot/bot-context.ts';
import { CARD_SOURCES, type CardTarget } from '../../../src/bot/card-sources.ts';
import { personalView } from '../../../src/bot/personal-view.ts';
import { after } from '../../../src/core/clock.ts';
import type { Identity } from '../../../src/core/identity.ts';
import { useTestAccess } from '../../support/access.ts';
import { liveGrant, liveSession } from '../../support/live-session.ts';

const access = useTestAccess();
const bot = (): BotContext => ({
  access: access.current.context,
  logger: { warn: () => undefined, error: () => undefined },
});

/** @returns what this person may do on the card as it was rendered now, whenever that is asked */
async function onCardOfNow(target: CardTarget, viewer: Identity): Promise<() => Promise<readonly string[]>> {
  const { card } = await CARD_SOURCES[target.subject](access.current.context, target.id);
  return async () => {
    const view = await personalView(bot(), { card, viewer });
    return view.card.actions.flatMap((one) => (one.kind === 'button' ? [one.action] : []));
  };
}

test('a session that has ended is not ended again', async () => {
  const { context } = access.current;
  const { grantId, alice } = await liveGrant(access.current);
  const id = await liveSession(access.current, grantId);
  const offered = await onCardOfNow({ subject: 'session', id }, alice);
  expect(await offered()).toEqual(['terminate']);
  const ended = { reason: 'client-closed', counts: null, recordingHead: null, riskiest: null } as const;
  await endSession(context, { sessionId: id, ...ended });
  expect(await offered()).toEqual([]);
});

test('a delegation that is over, by itself or by somebody, is neither accepted nor ended', async () => {
  const { context, clock, person } = access.current;
  const [bob, dana] = [await person('bob', ['sre']), await person('dana', ['dba'])];
  const until = (): Date => after(clock.now(), 3_600_000);
  const first = await delegateVotes(context, { from: bob, toId: dana.id, until: until() });
  await acceptDelegation(context, { id: first.id, by: dana });
  const offered = await onCardOfNow({ subject: 'delegation', id: first.id }, dana);
  expect(await offered()).toContain('end-delegation');
  await endDelegation(context, { id: first.id, by: bob });
  expect(await offered()).toEqual([]);
  const second = await delegateVotes(context, { from: bob, toId: dana.id, until: until() });
  const alsoOffered = await onCardOfNow({ subject: 'delegation', id: second.id }, bob);
  expect(await alsoOffered()).toEqual(['end-delegation']);
  clock.stepMs(3_600_000);
  expect(await alsoOffered()).toEqual([]);
  const late = endDelegation(context, { id: second.id, by: bob });
  await expect(late).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('over already'),
  });
});
