/** Whom a posted card concerns: for platforms that ask for somebody's own view of it before they look. */

import type { AccessContext } from '../access/context.ts';
import { readDelegation } from '../access/delegation-views.ts';
import { groupsThatFreeze, readFreezeEpisode } from '../access/freeze.ts';
import { readIncident } from '../access/incidents/incidents.ts';
import { listDecidersOf, listMembersOf } from '../access/people-for-seats.ts';
import type { CardSubject } from '../access/ports.ts';
import { readGrant, readRequest, readSession } from '../access/read-access.ts';
import { readHold } from '../access/read-holds.ts';
import { readPolicyChange } from '../access/read-policy-changes.ts';
import { readReview } from '../access/reviews.ts';
import type { PartyView, SeatView } from '../access/views.ts';
import { listWhoConsents } from '../access/who-consents.ts';
import type { BotContext } from './bot-context.ts';
import type { CardTarget } from './card-sources.ts';

/** People whose view of one card is asked for. */
const PEOPLE_MAX = 60;

/**
 * The people who have something to do with a card, by our own ids: first who may still decide, then whose it is, then
 * who has decided; at most 60. It says whom to ask about and nothing about what they may: `personalView` does.
 * @throws AppError `not_found`
 */
export async function audienceOf({ access }: BotContext, target: CardTarget): Promise<readonly string[]> {
  const people = await AUDIENCES[target.subject](access, target.id);
  const persons = people.filter(({ kind }) => kind === 'person').map(({ id }) => id);
  return [...new Set(persons)].slice(0, PEOPLE_MAX);
}

type Audience = (access: AccessContext, id: string) => Promise<readonly PartyView[]>;

const NOBODY: Audience = async () => [];

const AUDIENCES: Readonly<Record<CardSubject, Audience>> = {
  request: async (access, id) => {
    const request = await readRequest(access, { id });
    const consenting = await listWhoConsents(access, { request });
    const parties = [request.requester, request.beneficiary];
    if (request.state !== 'pending') return [...parties, ...votersOf(request)];
    return [...consenting, ...(await deciding(access, { ...request, parties }))];
  },
  hold: async (access, id) => {
    const hold = await readHold(access, { id, viewer: null });
    return hold.state === 'held' ? deciding(access, { ...hold, parties: [hold.holder] }) : [];
  },
  review: async (access, id) => {
    const review = await readReview(access, { id, viewer: null });
    const parties = [review.holder, review.requester];
    return review.state === 'pending' ? deciding(access, { ...review, parties }) : [];
  },
  'policy-change': async (access, id) => {
    const change = await readPolicyChange(access, { id, viewer: null });
    const parties = change.proposer === null ? [] : [change.proposer];
    return change.state === 'pending' ? deciding(access, { ...change, parties }) : [];
  },
  grant: async (access, id) => [(await readGrant(access, { id })).holder],
  session: async (access, id) => {
    const session = await readSession(access, { id, viewer: null });
    const { seats } = await readRequest(access, { id: session.requestId });
    const deciders = await listDecidersOf(access, { seats, limit: PEOPLE_MAX });
    return [session.holder, ...session.approvers, ...deciders, ...(await overseers(access))];
  },
  delegation: async (access, id) => {
    const { from, to } = await readDelegation(access, { id });
    return [to, from];
  },
  incident: async (access, id) => {
    const incident = await readIncident(access, { id });
    return incident.state === 'open' ? [incident.openedBy, ...(await overseers(access))] : [];
  },
  freeze: async (access, id) => {
    const { lifted } = await readFreezeEpisode(access, { id });
    const groups = groupsThatFreeze(access);
    return lifted === null ? listMembersOf(access, { groups, limit: PEOPLE_MAX }) : [];
  },
  reminder: NOBODY,
  escalation: NOBODY,
  closing: NOBODY,
  'review-reminder': NOBODY,
  'chat-account-change': NOBODY,
  alert: NOBODY,
};

interface Deciding {
  readonly seats: readonly SeatView[];
  readonly votes: readonly { readonly person: PartyView }[];
  readonly parties: readonly PartyView[];
}

/** Who may still decide, whose it is, who has decided. */
async function deciding(access: AccessContext, { seats, votes, parties }: Deciding): Promise<PartyView[]> {
  const deciders = await listDecidersOf(access, { seats, limit: PEOPLE_MAX });
  const voters = votersOf({ votes });
  const done = new Set([...parties, ...voters].map(({ id }) => id));
  return [...deciders.filter(({ id }) => !done.has(id)), ...parties, ...voters];
}

function votersOf({ votes }: Pick<Deciding, 'votes'>): PartyView[] {
  return votes.map(({ person }) => person);
}

async function overseers(access: AccessContext): Promise<readonly PartyView[]> {
  const { groups } = access.policy.current().document.oversight;
  return listMembersOf(access, { groups, limit: PEOPLE_MAX });
}
