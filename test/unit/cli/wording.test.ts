import { expect, test } from 'vitest';
import { describeSession, timeOf } from '../../../src/cli/wording.ts';
import { ZERO_COUNTS } from '../../../src/core/session.ts';
import type { SessionAnswer } from '../../../src/web/schemas/sessions.ts';

const AT = new Date('2026-11-22T12:00:00Z');
const ENDED = {
  ...{ id: 's-aaaaaaaa', grantId: 'g-aaaaaaaa', requestId: 'r-aaaaaaaa', approvers: [], riskiest: [] },
  holder: { id: 'p-alice', kind: 'person', name: 'Alice Moreau', email: 'alice@example.com' },
  ...{ resource: 'orders-db', resourceKind: 'postgres', role: 'read', reason: 'a look', incident: null },
  ...{ origin: null, clientAddress: '127.0.0.1', application: null, counts: ZERO_COUNTS, live: false },
  ...{ startedAt: AT, lastSeenAt: AT, endedAt: AT, endReason: 'client-closed' },
  ...{ recordingHead: 'ab'.repeat(32), may: { terminate: false } },
} as const;

function recordingLine(recording: SessionAnswer['recording']): string | undefined {
  const plain = { style: (_style: string, text: string) => text };
  const session = { terminated: null, watchers: [], ...ENDED, recording } as unknown as SessionAnswer;
  const text = describeSession(plain as Parameters<typeof describeSession>[0], session);
  return text.split('\n').find((line) => line.startsWith('Recording'));
}

test('a session says whether its recording is kept, must be, or is gone, and then why', () => {
  const kept = { deletedAt: null, deletedBecause: null, onHold: false };
  expect(recordingLine(kept)).toContain('abab');
  expect(recordingLine({ ...kept, onHold: true })).toMatch(/, on hold$/);
  const gone = recordingLine({ ...kept, deletedAt: AT, deletedBecause: 'older than its retention of 90d' });
  expect(gone).toContain(`deleted ${timeOf(AT)}: older than its retention of 90d`);
  expect(gone).not.toContain('abab');
});
