/** What a stop waits for, and what it refuses. */
import { beforeAll, expect, test } from 'vitest';
import { createIntake } from '../../../../src/bot/teams/intake.ts';
import { TEST_POLICY, useTestAccess } from '../../../support/access.ts';
import { APP_ID, TENANT } from '../../../support/teams/authority.ts';

const access = useTestAccess();
const logger = { warn: () => undefined, error: () => undefined };

beforeAll(() => {
  access.current.applyPolicy(`${TEST_POLICY}
chat: { teams: { appId: ${APP_ID}, tenantId: ${TENANT} } }
`);
});

function activity(type: string): object {
  return {
    ...{ type, id: type, name: 'task/submit', serviceUrl: 'https://smba.example/', value: {} },
    from: { id: '29:alice', aadObjectId: 'alice' },
    recipient: { id: '28:bot' },
    conversation: { id: 'a:alice', conversationType: 'personal', tenantId: TENANT },
  };
}

function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: () => resolve() };
}

test('a stop waits for an answer that began to be late while it stopped, and takes nothing more', async () => {
  const [answering, telling] = [gate(), gate()];
  const done: string[] = [];
  const { context } = access.current;
  const intake = createIntake({
    access: context,
    invokes: {
      take: async (_activity, later) => {
        await answering.opened;
        later(telling.opened.then(() => void done.push('told')));
        return { status: 200 };
      },
    },
    ...{ handlerOf: () => null, logger },
  });
  const answer = intake.take(activity('invoke'));
  const stopped = intake.drain().then(() => void done.push('stopped'));
  await expect(intake.take(activity('message'))).rejects.toThrow('stopping');
  answering.open();
  expect(await answer).toEqual({ status: 200 });
  // Whatever would end the stop by now has had its turn.
  await new Promise((resolve) => setImmediate(resolve));
  telling.open();
  await stopped;
  expect(done).toEqual(['told', 'stopped']);
});
