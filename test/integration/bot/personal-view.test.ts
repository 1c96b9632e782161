/** A card as each person has it: what is left out would have refused them, and what stays does something. */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { acceptDelegation } from '../../../src/access/accept-delegation.ts';
import { castVote } from '../../../src/access/cast-vote.ts';
import { personOfChatAccount } from '../../../src/access/chat-accounts.ts';
import { voteOnHold } from '../../../src/access/decide-hold.ts';
import { delegateVotes } from '../../../src/access/delegate-votes.ts';
import { finishGrant, revokeGrant } from '../../../src/access/end-grant.ts';
import { freeze, unfreeze } from '../../../src/access/freeze.ts';
import { closeIncident, openIncident } from '../../../src/access/incidents/incidents.ts';
import { endSession } from '../../../src/access/run-session.ts';
import type { Act, ActInput } from '../../../src/bot/acts/act.ts';
import { handleAct } from '../../../src/bot/acts/handle-act.ts';
import type { BotContext } from '../../../src/bot/bot-context.ts';
import type { ActionId } from '../../../src/bot/card.ts';
import { CARD_SOURCES, type CardTarget } from '../../../src/bot/card-sources.ts';
import { audienceOf } from '../../../src/bot/personal-audience.ts';
import { type PersonalView, personalView, readPersonalView } from '../../../src/bot/personal-view.ts';
import { after as later } from '../../../src/core/clock.ts';
import type { Identity, Person } from '../../../src/core/identity.ts';
import { useTestAccess } from '../../support/access.ts';
import { chatAccount, linkAccount } from '../../support/chat-accounts.ts';
import { hold, liveGrant, liveSession } from '../../support/live-session.ts';
import {
  activeGrant,
  ask,
  EMERGENCY_POLICY,
  FREEZE_TOKEN,
  HOUR,
  issue,
  query,
  takeInEmergency,
} from '../access/emergencies.ts';

const POLICY = `${EMERGENCY_POLICY}identity: { oidc: { issuer: "https://idp.test.example", clientId: sallyport } }\n`;
const access = useTestAccess({ policy: POLICY, secrets: { FREEZE_TOKEN } });
const logger = { warn: () => undefined, error: () => undefined };
const bot = (): BotContext => ({ access: access.current.context, logger });

/** alice asks, bob and dana decide, carol oversees, eve could have asked herself; sam and sven review. */
let people: Record<'alice' | 'bob' | 'dana' | 'carol' | 'eve' | 'sam' | 'sven', Person>;
beforeAll(async () => {
  const { person } = access.current;
  people = {
    alice: await person('alice', ['engineering']),
    bob: await person('bob', ['sre']),
    dana: await person('dana', ['dba']),
    carol: await person('carol', ['responders']),
    eve: await person('eve', ['engineering']),
    sam: await person('sam', ['security']),
    sven: await person('sven', ['security']),
  };
});

async function viewOf(target: CardTarget, viewer: Identity): Promise<PersonalView> {
  const { card } = await CARD_SOURCES[target.subject](access.current.context, target.id);
  return personalView(bot(), { card, viewer });
}

function actionsOf({ card }: PersonalView): ActionId[] {
  return card.actions.flatMap((action) => (action.kind === 'button' ? [action.action] : []));
}

async function actionsFor(target: CardTarget, viewer: Identity): Promise<ActionId[]> {
  return actionsOf(await viewOf(target, viewer));
}

const REASON = new Map([
  ['reason', 'no'],
  ['note', 'fine'],
  ['text', 'a word'],
]);

/** Presses a button, and submits its form with something in it. @returns the tone and text of the answer */
async function press(action: ActionId, subject: string, by: Identity): Promise<string> {
  const input = (): ActInput => ({
    by,
    place: { platform: 'web', channel: 'access', channelName: 'access', isPrivate: false },
    key: randomUUID(),
  });
  const click: Act = { kind: 'action', action, subject };
  const answer = await handleAct(bot(), click, input());
  if (answer.form === null) return answer.reply?.text ?? '';
  const { id, subject: about, fields } = answer.form;
  const values = new Map(fields.map(({ name, value }) => [name, value || (REASON.get(name) ?? '30m')]));
  const form = { kind: 'form', form: id, subject: about, values } as Act;
  return (await handleAct(bot(), form, input())).reply?.text ?? '';
}

/** Everything that changes when an act succeeds. */
async function state(): Promise<string> {
  const counts = await query(
    access.current,
    `select (select count(*) from vote) + (select count(*) from hold_vote) + (select count(*) from review_vote)
       + (select count(*) from request_comment) + (select count(*) from access_request) as made,
       (select count(*) from access_request where state <> 'pending') as decided,
       (select count(*) from access_grant where state in ('done', 'revoked')) as ended,
       (select count(*) from session where terminate_asked_at is not null) as terminated,
       (select count(*) from incident where state = 'closed') as closed,
       (select count(*) from delegation where ended_at is null and accepted_at is null) as offered`,
  );
  return JSON.stringify(counts);
}

/** Of every button that somebody's view leaves out: pressing it on the shared card changes nothing. */
async function expectRefused(target: CardTarget, viewer: Identity): Promise<void> {
  const { card } = await CARD_SOURCES[target.subject](access.current.context, target.id);
  const kept = actionsOf(await personalView(bot(), { card, viewer }));
  const before = await state();
  for (const action of card.actions) {
    if (action.kind === 'link' || kept.includes(action.action)) continue;
    await press(action.action, action.subject, viewer);
    expect(await state(), `${action.action} by ${viewer.name}`).toBe(before);
  }
}

describe('the card of a request that waits', () => {
  test('offers each person what they may do, and says why not the rest', async () => {
    const { alice, bob, carol, eve } = people;
    const request = { subject: 'request', id: (await ask(access.current, alice)).id } as const;
    expect(await viewOf(request, alice)).toMatchObject({
      missing: ['You cannot decide about your own request.'],
    });
    expect(await actionsFor(request, alice)).toEqual(['comment']);
    expect(await viewOf(request, bob)).toMatchObject({ missing: [] });
    expect(await actionsFor(request, bob)).toEqual(['approve', 'approve-for-less', 'deny', 'comment']);
    expect(await viewOf(request, eve)).toMatchObject({
      missing: ['Deciding about this request is for members of sre or dba.'],
    });
    expect(await actionsFor(request, eve)).toEqual([]);
    expect(await actionsFor(request, carol)).toEqual(['comment']);
    for (const viewer of [alice, carol, eve]) await expectRefused(request, viewer);
  });

  test('keeps its links and everything that it says', async () => {
    const request = { subject: 'request', id: (await ask(access.current, people.alice)).id } as const;
    const { card: shared } = await CARD_SOURCES.request(access.current.context, request.id);
    const { card } = await viewOf(request, people.eve);
    const links = shared.actions.filter(({ kind }) => kind === 'link');
    expect(card).toEqual({ ...shared, actions: links });
    expect(links.length).toBeGreaterThan(0);
  });

  test('offers nothing twice to whoever has voted, on whichever account', async () => {
    const { alice, bob } = people;
    const { context } = access.current;
    const { id } = await ask(access.current, alice);
    const account = chatAccount('bob', { platform: 'teams', tenant: 'contoso' });
    await linkAccount(context, { account, person: bob });
    await castVote(context, {
      requestId: id,
      voter: bob,
      verdict: 'approve',
      durationMs: null,
      note: null,
      platform: 'web',
    });
    const inTeams = await personOfChatAccount(context, account);
    expect(inTeams?.id).toBe(bob.id);
    for (const viewer of [bob, inTeams ?? bob]) {
      const view = await viewOf({ subject: 'request', id }, viewer);
      expect(view.missing).toEqual([`You have voted on ${id} already: approve.`]);
      expect(actionsOf(view)).toEqual(['comment']);
    }
  });

  test('is not for an account that was linked after it came up', async () => {
    const { context } = access.current;
    const { id } = await ask(access.current, people.alice);
    const account = chatAccount('dana', { platform: 'teams', tenant: 'contoso' });
    await linkAccount(context, { account, person: people.dana });
    const viewer = (await personOfChatAccount(context, account)) ?? people.dana;
    const { missing } = await viewOf({ subject: 'request', id }, viewer);
    expect(missing).toEqual([expect.stringContaining('linked to you after the request came up')]);
    expect(await actionsFor({ subject: 'request', id }, people.dana)).toContain('approve');
    await expectRefused({ subject: 'request', id }, viewer);
  });

  test('is for whoever decides in the place of another, and not for old facts about groups', async () => {
    const { context, clock, person } = access.current;
    const { id } = await ask(access.current, people.alice);
    const paul = await person('paul', []);
    expect(await actionsFor({ subject: 'request', id }, paul)).toEqual([]);
    const until = later(clock.now(), HOUR);
    const offered = await delegateVotes(context, { from: people.dana, toId: paul.id, until });
    await acceptDelegation(context, { id: offered.id, by: paul });
    expect(await actionsFor({ subject: 'request', id }, paul)).toContain('approve');
    const stale = { ...people.bob, groupsSeenAt: later(clock.now(), -12 * HOUR - 1_000) };
    expect((await viewOf({ subject: 'request', id }, stale)).missing).toEqual([
      expect.stringContaining('Sign in again, then vote.'),
    ]);
    await expectRefused({ subject: 'request', id }, stale);
  });

  test('offers no approval during a freeze, and a denial all the same', async () => {
    const { context } = access.current;
    const { alice, bob, carol, eve } = people;
    const request = { subject: 'request', id: (await ask(access.current, alice)).id } as const;
    const { id: freezeId } = await freeze(context, { by: carol, reason: 'a token was stolen' });
    const view = await viewOf(request, bob);
    expect(actionsOf(view)).toEqual(['deny', 'comment']);
    expect(view.missing).toEqual([expect.stringContaining('a token was stolen')]);
    await expectRefused(request, bob);
    const card = { subject: 'freeze', id: freezeId ?? '' } as const;
    expect(await actionsFor(card, carol)).toEqual(['unfreeze']);
    expect(await actionsFor(card, eve)).toEqual([]);
    expect(await audienceOf(bot(), card)).toContain(carol.id);
    await unfreeze(context, { by: carol, reason: '' });
    expect(await actionsFor(request, bob)).toContain('approve');
  });

  test('is nothing that a workload decides about', async () => {
    const request = { subject: 'request', id: (await ask(access.current, people.alice)).id } as const;
    const workload: Identity = {
      kind: 'workload',
      id: 'workload:ci',
      name: 'ci',
      ownerEmail: 'erin@example.com',
      claims: {},
    };
    expect(await viewOf(request, workload)).toMatchObject({ missing: ['Only people vote.'] });
    expect(await actionsFor(request, workload)).toEqual([]);
  });
});

describe('the card of access that was given', () => {
  test('is for its holder; revoking it is for who approved it and who oversees', async () => {
    const { alice, bob, carol, eve } = people;
    const { context } = access.current;
    const grantId = await activeGrant(access.current);
    const grant = { subject: 'grant', id: grantId } as const;
    expect(await actionsFor(grant, alice)).toEqual(['reveal', 'extend', 'done']);
    expect(await actionsFor(grant, bob)).toEqual([]);
    await expectRefused(grant, bob);
    const [row] = await query<{ request_id: string }>(
      access.current,
      'select request_id from access_grant where id = ?',
      [grantId],
    );
    const request = { subject: 'request', id: row?.request_id ?? '' } as const;
    expect(await actionsFor(request, bob)).toEqual(['revoke']);
    expect(await actionsFor(request, carol)).toEqual(['revoke']);
    expect(await actionsFor(request, alice)).toEqual([]);
    await expectRefused(request, eve);
    await revokeGrant(context, { grantId, by: carol, reason: 'over' });
    expect(await actionsFor(request, alice)).toEqual(['again']);
    expect(await actionsFor(request, bob)).toEqual([]);
    await expectRefused(request, bob);
    await expect(readPersonalView(bot(), { target: grant, viewer: bob })).rejects.toMatchObject({
      code: 'not_found',
    });
    expect((await readPersonalView(bot(), { target: grant, viewer: alice })).card.actions).toEqual([]);
  });

  test('live, a session ends for its holder, its approvers and overseers; ended, they alone get its documents', async () => {
    const { alice, bob, carol, eve } = people;
    const { context } = access.current;
    const { grantId } = await liveGrant(access.current);
    const id = await liveSession(access.current, grantId);
    const session = { subject: 'session', id } as const;
    for (const viewer of [alice, bob, carol])
      expect(await actionsFor(session, viewer)).toEqual(['terminate']);
    expect(await actionsFor(session, eve)).toEqual([]);
    await expectRefused(session, eve);
    await expect(readPersonalView(bot(), { target: session, viewer: eve })).rejects.toMatchObject({
      code: 'not_found',
    });
    const ended = { reason: 'client-closed', counts: null, recordingHead: null, riskiest: null } as const;
    await endSession(context, { sessionId: id, ...ended });
    expect(await actionsFor(session, bob)).toEqual(['transcript', 'recording']);
    expect(await actionsFor(session, eve)).toEqual([]);
    await finishGrant(context, { grantId, by: alice });
    const audience = await audienceOf(bot(), session);
    expect(audience[0]).toBe(alice.id);
    expect(audience).toEqual(expect.arrayContaining([bob.id, people.dana.id, carol.id]));
    expect(audience).not.toContain(eve.id);
  });
});

describe('the card of a held command', () => {
  test('is decided by whoever is asked, and not by who wants to run it', async () => {
    const { context } = access.current;
    const { alice, bob, dana } = people;
    const { grantId } = await liveGrant(access.current);
    const held = await hold(access.current, await liveSession(access.current, grantId));
    const target = { subject: 'hold', id: held.id } as const;
    expect(await actionsFor(target, dana)).toEqual(['approve-once', 'approve-for-session', 'deny-command']);
    expect(await viewOf(target, alice)).toMatchObject({
      missing: ['You cannot decide about your own command.'],
    });
    expect(await viewOf(target, bob)).toMatchObject({
      missing: ['Deciding about this command is for members of dba.'],
    });
    for (const viewer of [alice, bob]) await expectRefused(target, viewer);
    expect(await audienceOf(bot(), target)).toEqual(expect.arrayContaining([dana.id, alice.id]));
    const { card: shown } = await CARD_SOURCES.hold(context, held.id);
    const { textSha256 } = held;
    const ballot = { verdict: 'approve', scope: 'once', note: null, platform: 'web', textSha256 } as const;
    await voteOnHold(context, { ...ballot, holdId: held.id, voter: dana });
    // The card of before, on a screen that has not heard of the decision.
    const stale = await personalView(bot(), { card: shown, viewer: dana });
    expect(actionsOf(stale)).toEqual([]);
    expect(stale.missing).toEqual([`Command ${held.id} was approved already by Dana.`]);
  });
});

describe('the cards of an emergency', () => {
  test('revoke while it is open, and find about it afterwards, by others than its holder', async () => {
    const { alice, sam, sven, eve } = people;
    const { context } = access.current;
    const request = await takeInEmergency(access.current, alice);
    const grantId = request.grant?.id ?? '';
    await issue(access.current, grantId);
    const reviewId = request.grant?.review?.id ?? '';
    const review = { subject: 'review', id: reviewId } as const;
    expect(await actionsFor(review, sam)).toEqual(['revoke']);
    await finishGrant(context, { grantId, by: alice });
    expect(await actionsFor(review, sam)).toEqual(['find-justified', 'find-unjustified']);
    expect(await viewOf(review, alice)).toMatchObject({
      missing: ['You cannot decide about your own access.'],
    });
    for (const viewer of [alice, eve]) await expectRefused(review, viewer);
    await query(
      access.current,
      "update review set reminders = 1, reminded_at = now(), remind_at = remind_at + interval '1 day' where id = ?",
      [reviewId],
    );
    const reminder = { subject: 'review-reminder', id: `${reviewId}.1` } as const;
    expect((await readPersonalView(bot(), { target: reminder, viewer: sam })).card.title).toContain('Alice');
    await expect(readPersonalView(bot(), { target: reminder, viewer: eve })).rejects.toThrow(reviewId);
    expect(await press('find-justified', reviewId, sam)).toContain(reviewId);
    expect((await viewOf(review, sam)).missing).toEqual([
      `You have voted on ${reviewId} already: justified.`,
    ]);
    expect(await actionsFor(review, sven)).toContain('find-justified');
    const audience = await audienceOf(bot(), review);
    expect(audience.indexOf(sven.id)).toBeLessThan(audience.indexOf(alice.id));
    expect(audience.indexOf(alice.id)).toBeLessThan(audience.indexOf(sam.id));
  });

  test('an incident is closed by who opened it or oversees, its timeline and report are for everybody', async () => {
    const { alice, bob, carol } = people;
    const { context } = access.current;
    const opened = { by: alice, platform: 'web', title: 'orders are slow', idempotencyKey: randomUUID() };
    const { id } = await openIncident(context, opened);
    const incident = { subject: 'incident', id } as const;
    expect(await actionsFor(incident, alice)).toEqual(['timeline', 'report', 'close-incident']);
    expect(await actionsFor(incident, carol)).toEqual(['timeline', 'report', 'close-incident']);
    expect(await actionsFor(incident, bob)).toEqual(['timeline', 'report']);
    await expectRefused(incident, bob);
    expect((await audienceOf(bot(), incident))[0]).toBe(alice.id);
    await closeIncident(context, { by: carol, id });
    expect(await actionsFor(incident, alice)).toEqual(['timeline', 'report']);
  });
});

describe('a delegation', () => {
  test('is accepted by whom it asks, and ended by either', async () => {
    const { bob, dana, eve } = people;
    const { context, clock } = access.current;
    const until = later(clock.now(), HOUR);
    const { id } = await delegateVotes(context, { from: bob, toId: dana.id, until });
    const target = { subject: 'delegation', id } as const;
    expect(await actionsFor(target, dana)).toEqual(['accept-delegation', 'end-delegation']);
    expect(await actionsFor(target, bob)).toEqual(['end-delegation']);
    expect(await actionsFor(target, eve)).toEqual([]);
    for (const viewer of [bob, eve]) await expectRefused(target, viewer);
    expect(await audienceOf(bot(), target)).toEqual([dana.id, bob.id]);
  });
});

describe('whom a card concerns', () => {
  test('who may still decide comes first, then whose it is, then who has decided', async () => {
    const { alice, bob, dana } = people;
    const { id } = await ask(access.current, alice);
    const request = { subject: 'request', id } as const;
    const before = await audienceOf(bot(), request);
    expect(before.indexOf(bob.id)).toBeLessThan(before.indexOf(alice.id));
    expect(before.indexOf(dana.id)).toBeLessThan(before.indexOf(alice.id));
    await press('approve', id, bob);
    const since = await audienceOf(bot(), request);
    expect(since.indexOf(alice.id)).toBeLessThan(since.indexOf(bob.id));
    await press('deny', id, dana);
    expect(await audienceOf(bot(), request)).toEqual([alice.id, bob.id, dana.id]);
  });

  test('is at most sixty people', async () => {
    const { person } = access.current;
    for (let number = 0; number < 61; number += 1) await person(`crowd${number}`, ['sre']);
    const { id } = await ask(access.current, people.alice);
    expect(await audienceOf(bot(), { subject: 'request', id })).toHaveLength(60);
  });
});
