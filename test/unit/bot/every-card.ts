/** Every kind of card there is, with a text wherever somebody could have typed or chosen one. */
import type { FreezeEpisode } from '../../../src/access/freeze.ts';
import type { IncidentView } from '../../../src/access/incidents/incidents.ts';
import type { DelegationView, PartyView } from '../../../src/access/views.ts';
import type { OnCallView } from '../../../src/access/who-is-on-call.ts';
import type { Card } from '../../../src/bot/card.ts';
import { auditHeadCard } from '../../../src/bot/cards/audit-head-card.ts';
import {
  accountsCard,
  chatAccountChangeCard,
  linkCard,
  linkCodeCard,
  unlinkedCard,
} from '../../../src/bot/cards/chat-account-cards.ts';
import { delegationCard, delegationsCard } from '../../../src/bot/cards/delegations-card.ts';
import { freezeCard } from '../../../src/bot/cards/freeze-card.ts';
import { grantCard } from '../../../src/bot/cards/grant-card.ts';
import { helpCard } from '../../../src/bot/cards/help-card.ts';
import { holdCard } from '../../../src/bot/cards/hold-card.ts';
import { documentCard, incidentCard } from '../../../src/bot/cards/incident-cards.ts';
import { chooseGrantCard, mineCard, pendingCard, sessionsCard } from '../../../src/bot/cards/list-cards.ts';
import { onCallCard } from '../../../src/bot/cards/on-call-card.ts';
import { policyChangeCard } from '../../../src/bot/cards/policy-change-card.ts';
import { requestCard } from '../../../src/bot/cards/request-card.ts';
import { reviewCard } from '../../../src/bot/cards/review-card.ts';
import { sessionCard } from '../../../src/bot/cards/session-card.ts';
import { sshKeyCard } from '../../../src/bot/cards/ssh-key-card.ts';
import {
  closingCard,
  escalationCard,
  reminderCard,
  reviewReminderCard,
} from '../../../src/bot/cards/thread-cards.ts';
import { COMMANDS } from '../../../src/bot/commands/table.ts';
import { groupSeat } from '../../../src/core/claim.ts';
import {
  ALICE,
  BOB,
  grantView,
  holdView,
  policyChangeView,
  requestView,
  reviewView,
  sessionView,
  voteView,
} from './views.ts';

const AT = new Date('2026-11-21T12:10:00Z');
const PAGES = { publicUrl: 'https://sallyport.example' };

/** @param typed in every place at once; what is chosen by operators (names of policies, groups) as well */
export function everyCard(typed: string): Readonly<Record<string, Card>> {
  const person: PartyView = { ...ALICE, name: typed, email: typed };
  const other: PartyView = { ...BOB, name: typed, email: typed };
  const seats = [{ ...groupSeat('sre', 2), name: typed, filledBy: [] }];
  const vote = voteView({ person: other, onBehalfOf: person, note: typed, durationMs: 1_800_000 });
  const comment = { author: other, text: typed, platform: 'slack', at: AT };
  const onCall: OnCallView = {
    schedule: typed,
    level: 1,
    people: [{ name: typed, email: typed }],
    asOf: null,
    fallback: typed,
  };
  const names = { resource: typed, role: typed, reason: typed, incident: typed };
  const request = requestView({
    ...names,
    requester: person,
    beneficiary: other,
    consent: { from: typed, given: false, by: null, at: null },
    ticket: typed,
    policy: typed,
    explanation: typed,
    seats,
    votes: Array.from({ length: 12 }, () => vote),
    comments: Array.from({ length: 12 }, () => comment),
    escalation: { at: AT, group: typed },
    stepUp: true,
  });
  const grant = grantView({
    ...names,
    holder: person,
    approvers: [other, person],
    endedBy: other,
    problem: typed,
  });
  const decided = { decidedAt: AT, votes: [{ ...vote, verdict: 'deny' as const }] };
  const hold = holdView({
    resource: typed,
    role: typed,
    incident: typed,
    holder: person,
    text: typed,
    parameters: [typed, null],
    relations: [typed],
    context: { searchPath: typed, database: typed, account: typed },
    rule: typed,
    reason: typed,
    note: typed,
    seats,
    votes: [
      {
        person: other,
        onBehalfOf: null,
        verdict: 'approve',
        scope: 'once',
        note: typed,
        platform: 'slack',
        at: AT,
      },
    ],
  });
  const session = sessionView({
    ...names,
    holder: person,
    approvers: [other],
    application: typed,
    recordingHead: 'ab'.repeat(32),
    riskiest: Array.from({ length: 12 }, () => ({
      at: AT,
      text: typed,
      operation: 'delete' as const,
      action: 'deny' as const,
      rule: typed,
    })),
  });
  const review = reviewView({
    ...names,
    ticket: typed,
    requester: other,
    holder: person,
    seats,
    votes: [
      { person: other, onBehalfOf: null, verdict: 'justified', note: typed, platform: 'slack', at: AT },
    ],
    decidedBy: other,
    note: typed,
  });
  const change = policyChangeView({ proposer: person, comment: typed, difference: typed, seats });
  const freeze: FreezeEpisode = { id: 'f-abcd2345', since: AT, by: person, reason: typed, lifted: null };
  const delegation: DelegationView = {
    id: 'd-abcd2345',
    from: person,
    to: other,
    createdAt: AT,
    acceptedAt: AT,
    until: AT,
    endedAt: null,
  };
  const account = {
    platform: 'slack',
    tenant: 'T1',
    enterprise: null,
    account: 'U1',
    accountName: typed,
    tenantName: typed,
  };
  const incident: IncidentView = {
    id: 'i-abcd2345',
    name: typed,
    platform: 'slack',
    channel: null,
    ownChannel: true,
    title: typed,
    state: 'open',
    openedBy: person,
    openedAt: AT,
    closedBy: other,
    closedAt: AT,
  };
  const unfrozen = { ...PAGES, freeze: null, onCall: [onCall] };
  const many = <Item>(item: Item): readonly Item[] => Array.from({ length: 12 }, () => item);
  return {
    request: requestCard(request, unfrozen),
    'approved request': requestCard({ ...request, state: 'approved', decidedAt: AT, grant }, unfrozen),
    'denied request': requestCard({ ...request, state: 'denied', ...decided }, unfrozen),
    'lapsed request': requestCard({ ...request, state: 'expired', decidedAt: AT }, unfrozen),
    extension: requestCard({ ...request, kind: 'extension', extends: grant.id }, unfrozen),
    'break-glass': requestCard({ ...request, kind: 'break-glass', state: 'approved', grant }, unfrozen),
    grant: grantCard(grant),
    'grant that waits': grantCard({ ...grant, state: 'issuing' }),
    'revoked grant': grantCard({ ...grant, state: 'revoked', endedAt: AT }),
    hold: holdCard(hold, PAGES),
    'denied hold': holdCard({ ...hold, state: 'denied', decidedAt: AT }, PAGES),
    'hold with a secret': holdCard({ ...hold, redactions: 1 }, PAGES),
    session: sessionCard(session, PAGES),
    'ended session': sessionCard({ ...session, endedAt: AT, endReason: 'terminated' }, PAGES),
    review: reviewCard(review, PAGES),
    'finished review': reviewCard({ ...review, state: 'unjustified', decidedAt: AT }, PAGES),
    'policy change': policyChangeCard(change, PAGES),
    freeze: freezeCard(freeze),
    'lifted freeze': freezeCard({ ...freeze, lifted: { at: AT, by: other, reason: typed } }),
    reminder: reminderCard(request, PAGES),
    escalation: escalationCard(request, PAGES),
    'reminder of a review': reviewReminderCard({ review, number: 2 }, PAGES),
    closing: closingCard(request, PAGES),
    delegation: delegationCard({ ...delegation, acceptedAt: null }),
    'unlinked account': unlinkedCard(account),
    'link of an account': linkCard({ account, url: `${PAGES.publicUrl}/link/n`, expiresAt: AT }),
    'code of a link': linkCodeCard({ person, expiresAt: AT }),
    accounts: accountsCard(many({ ...account, linkedAt: AT }), { here: account }),
    'key that was added': sshKeyCard({
      keyId: 'k-abcd2345',
      change: 'registered',
      person,
      fingerprint: typed,
      label: typed,
      at: AT,
    }),
    'key that was removed': sshKeyCard({
      keyId: 'k-abcd2345',
      change: 'removed',
      person,
      fingerprint: typed,
      label: typed,
      at: AT,
    }),
    'change of an account': chatAccountChangeCard({
      id: 'l-abcd2345',
      kind: 'linked',
      account,
      person,
      previous: other,
      at: AT,
    }),
    incident: incidentCard(incident),
    'closed incident': incidentCard({ ...incident, state: 'closed' }),
    'head of the audit log': auditHeadCard({ id: 1, sequence: 123_456_789, sha256: 'ab'.repeat(32), at: AT }),
    document: documentCard({ title: typed, why: typed, url: `${PAGES.publicUrl}/incidents/i` }),
    'on call': onCallCard(typed, many(onCall)),
    delegations: delegationsCard(many(delegation), { viewerId: person.id }),
    mine: mineCard({ requests: many(request), grants: many(grant) }),
    'which grant': chooseGrantCard(many(grant), 'extend'),
    pending: pendingCard(
      { requests: many(request), holds: many(hold), changes: many(change), reviews: many(review) },
      PAGES,
    ),
    sessions: sessionsCard(many(session), { ...PAGES, search: typed }),
    help: helpCard(COMMANDS, null),
    'help for one': helpCard(COMMANDS, COMMANDS[0] ?? null),
  };
}
