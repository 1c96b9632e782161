/** What the sample people see on every platform, from the request to the summary of the session. */
import type { Ephemeral } from '../../src/bot/act-answer.ts';
import type { Card, Form } from '../../src/bot/card.ts';
import { grantCard } from '../../src/bot/cards/grant-card.ts';
import { holdCard } from '../../src/bot/cards/hold-card.ts';
import { requestCard } from '../../src/bot/cards/request-card.ts';
import { sessionCard } from '../../src/bot/cards/session-card.ts';
import { withTimeLeft } from '../../src/bot/cards/time-left.ts';
import { formatInstant } from '../../src/bot/cards/wording.ts';
import { denyForm } from '../../src/bot/forms/decision-forms.ts';
import { requestForm } from '../../src/bot/forms/request-form.ts';
import { groupSeat } from '../../src/core/claim.ts';
import {
  BOB,
  DANA,
  grantView,
  holdView,
  requestView,
  reviewView,
  sessionView,
  voteView,
} from '../unit/bot/views.ts';

const PAGES = { publicUrl: 'https://sallyport.example', freeze: null, onCall: [] };
const INCIDENT = '#inc-checkout';
const AT = new Date('2026-11-21T14:05:00Z');
const LATER = new Date('2026-11-21T15:05:00Z');

const ASKED = {
  role: 'write',
  reason: 'Refunds are stuck since the 14:02 checkout release; 312 customers wait.',
  incident: 'inc-checkout',
};
const WAITING = requestView({
  ...ASKED,
  ticket: 'OPS-4711',
  explanation: 'members of engineering may write to prod while there is an incident',
  seats: [
    { ...groupSeat('sre', 1), filledBy: [BOB] },
    { ...groupSeat('dba', 1), filledBy: [] },
  ],
  votes: [voteView({ durationMs: 1_800_000, note: 'only refunds, please', platform: 'slack', at: AT })],
  createdAt: AT,
  lapsesAt: new Date('2026-11-21T14:35:00Z'),
});
const GRANT = grantView({
  ...ASKED,
  durationMs: 1_800_000,
  startsAt: AT,
  expiresAt: new Date('2026-11-21T14:35:00Z'),
});
const APPROVED = requestView({
  ...WAITING,
  state: 'approved',
  votes: [...WAITING.votes, voteView({ person: DANA, platform: 'slack', at: AT })],
  decidedAt: AT,
  grant: GRANT,
});
const DENIED = requestView({
  ...WAITING,
  state: 'denied',
  votes: [
    voteView({
      person: DANA,
      verdict: 'deny',
      note: 'use the replica: it has the same orders',
      platform: 'slack',
      at: AT,
    }),
  ],
  decidedAt: AT,
});
const HELD = holdView({
  text: "UPDATE orders\n   SET status = 'refunded'\n WHERE release = '2026-11-21.2'\n   AND status = 'stuck'",
  effects: ['update'],
  relations: ['orders'],
  incident: 'inc-checkout',
  rule: 'wide-update',
  reason: 'an update of more than 100 rows needs a second pair of eyes',
  expiresAt: new Date('2026-11-21T14:20:00Z'),
});
const LONG = holdView({
  ...HELD,
  text: Array.from(
    { length: 60 },
    (_, index) => `UPDATE orders SET status = 'refunded' WHERE id = ${40_100 + index};`,
  ).join('\n'),
});
const SESSION = sessionView({
  ...ASKED,
  startedAt: AT,
  endedAt: LATER,
  endReason: 'grant-done',
  terminated: null,
  watchers: [],
  counts: { commands: 14, denied: 1, held: 1, rows: 412, maskedCells: 36, bytesOut: 51_200 } as never,
  riskiest: [
    { at: AT, text: 'DELETE FROM customers', operation: 'delete', action: 'deny', rule: 'no-mass-delete' },
    {
      at: LATER,
      text: "UPDATE orders SET status = 'refunded' WHERE release = '2026-11-21.2'",
      operation: 'update',
      action: 'review',
      rule: 'wide-update',
    },
  ],
  recordingHead: '9f2c4be1'.repeat(8),
});
const BROKEN = requestView({
  ...ASKED,
  kind: 'break-glass',
  state: 'approved',
  seats: [],
  reason: 'Checkout is down and nobody with a vote answers.',
  decidedAt: AT,
  grant: grantView({ ...ASKED, kind: 'break-glass', expiresAt: LATER, approvers: [], review: reviewView() }),
});

const NOW = new Date('2026-11-21T14:11:00Z');

export const SAMPLE_DENIED = DENIED;

/** Where each stands, and the card. */
export const SAMPLE_CARDS = {
  request: { channel: INCIDENT, card: requestCard(WAITING, PAGES) },
  approved: { channel: INCIDENT, card: requestCard(APPROVED, PAGES) },
  denied: { channel: INCIDENT, card: requestCard(DENIED, PAGES) },
  command: { channel: '#access', card: withTimeLeft(holdCard(HELD, PAGES), NOW) },
  'long-command': { channel: '#access', card: holdCard(LONG, PAGES) },
  'break-glass': { channel: '#access', card: requestCard(BROKEN, PAGES) },
  session: { channel: INCIDENT, card: sessionCard(SESSION, PAGES) },
  grant: { channel: 'Sallyport', card: grantCard(GRANT) },
} as const satisfies Record<string, { readonly channel: string; readonly card: Card }>;

export const SAMPLE_CONNECTION: Ephemeral = {
  tone: 'good',
  text: `Only you see this, and only now: orders-db as write, until ${formatInstant(LATER)}. Revealing again makes a new password.`,
  card: null,
  copyable: [
    {
      label: 'psql',
      text: 'psql "postgresql://g-abcd2345:…@sallyport.example:6432/shop?sslmode=verify-full"',
    },
  ],
};

const REQUESTABLE = [
  {
    resource: 'orders-db',
    kind: 'postgres',
    labels: {},
    roles: [
      { role: 'read', automatic: true, seats: [], durationMaxMs: 14_400_000 },
      {
        role: 'write',
        automatic: false,
        seats: [groupSeat('sre', 1), groupSeat('dba', 1)],
        durationMaxMs: 3_600_000,
      },
    ],
  },
];

export const SAMPLE_FORMS = {
  ask: requestForm({
    values: {
      resource: 'orders-db',
      role: 'write',
      duration: '1h',
      reason: ASKED.reason,
      ticket: 'OPS-4711',
      incident: 'inc-2026-0731-payouts',
      beneficiary: '',
      workload: '',
    },
    requestable: REQUESTABLE,
    incidents: [{ name: 'inc-2026-0731-payouts', title: 'Payouts hang' }],
    incidentHere: null,
    workloads: true,
    preview: 'orders-db as write: needs 1 of sre and 1 of dba; at most 1h.',
  }),
  deny: denyForm(WAITING),
} as const satisfies Record<string, Form>;
