/** Denied commands as events of the log: as many as there are, in few events. */
import { expect, test } from 'vitest';
import { endSession, noteProgress } from '../../../src/access/run-session.ts';
import { ZERO_COUNTS } from '../../../src/core/session.ts';
import { useTestAccess } from '../../support/access.ts';
import { liveGrant, liveSession } from '../../support/live-session.ts';

const access = useTestAccess();

test('each report tells of what is new, and the end of what no report told', async () => {
  const { context, store } = access.current;
  const { grantId } = await liveGrant(access.current);
  const [first, second] = [
    await liveSession(access.current, grantId),
    await liveSession(access.current, grantId),
  ];
  const told = () =>
    store
      .read()
      .execute<object[]>(
        `select subject, data from event where type = 'session.commands-denied' order by id`,
      );
  const report = (denied: number) =>
    noteProgress(context, {
      sessions: [
        { id: first, counts: { ...ZERO_COUNTS, commands: 9, denied }, deniedBy: ['no-drop'] },
        { id: second, counts: ZERO_COUNTS },
      ],
    });
  await report(0);
  expect(await told()).toEqual([]);
  await report(2);
  await Promise.all([report(2), report(2), report(2)]);
  await report(5);
  const end = { sessionId: first, reason: 'client-closed', recordingHead: null } as const;
  const risky = {
    at: new Date(),
    text: 'DROP TABLE x',
    operation: 'drop',
    action: 'deny',
    rule: 'no-drop',
  } as const;
  await endSession(context, { ...end, counts: { ...ZERO_COUNTS, denied: 6 }, riskiest: [risky] });
  await endSession(context, { ...end, counts: { ...ZERO_COUNTS, denied: 60 }, riskiest: null });
  expect(await told()).toEqual([
    { subject: first, data: { denied: 2, rules: ['no-drop'] } },
    { subject: first, data: { denied: 3, rules: ['no-drop'] } },
    { subject: first, data: { denied: 1, rules: ['no-drop'] } },
  ]);
});
