/** What a request goes through besides votes, as people do it in chat: typed, clicked, and read on the cards. */
import { beforeEach, describe, expect, test } from 'vitest';
import { freeze } from '../../../src/access/freeze.ts';
import { remindReview } from '../../../src/access/reviews.ts';
import type { Card } from '../../../src/bot/card.ts';
import { JOBS } from '../../../src/jobs/table.ts';
import { NO_ERRANDS } from '../../support/errands.ts';
import { NOTHING_RECORDED } from '../../support/recovery.ts';
import { makeSigner } from '../../support/signer.ts';
import { type ChatUser, cardOf, idIn, subjectOf, useChatServer } from './chat-server.ts';

const MINUTE_MS = 60_000;
const POLICY = `
resources:
  - name: orders-db
    kind: postgres
    address: 127.0.0.1:5432
    database: shop
    credential: { username: app_rw, password: { env: ORDERS_DB_PASSWORD } }
    tls: { mode: disable }
    labels: { env: prod }
    roles:
      read: { allow: [select] }
      write: { allow: [select, insert, update, delete, merge] }
access:
  - name: prod-databases
    who: { groups: [engineering] }
    to: { labels: { env: prod } }
    roles: [read, write]
    maxDuration: 4h
    approval:
      from: [{ group: sre, count: 1 }]
      within: 30m
      remindAfter: 5m
      escalateTo: { group: sre-leads, after: 15m }
  - name: break-glass
    who: { groups: [engineering] }
    to: { labels: { env: prod } }
    roles: [write]
    maxDuration: 30m
    approval: { breakGlass: { review: { from: [{ group: sre, count: 1 }], within: 24h, remindEvery: 4h } } }
  - name: migrations
    who: { workloads: [orders-migrator] }
    to: { name: orders-db }
    roles: [write]
    approval: { from: [{ group: sre, count: 1 }] }
workloads:
  - { name: orders-migrator, owner: dana@example.com, issuer: "https://ci.example", claims: { ref: main } }
identity: { oidc: { issuer: "https://idp.test.example", clientId: sallyport } }
oversight: { groups: [responders] }
chat: { web: { channels: [access, access-audit, general] } }
`;

const chat = useChatServer({ policy: POLICY });
let alice: ChatUser;
let bob: ChatUser;
let dana: ChatUser;
let carol: ChatUser;

beforeEach(async () => {
  // Signed in just now, however far a test before this one has stepped the clock.
  alice = await chat.current.user('alice', ['engineering']);
  bob = await chat.current.user('bob', ['sre']);
  dana = await chat.current.user('dana', ['dba']);
  carol = await chat.current.user('carol', ['responders']);
});

async function ask(more = ''): Promise<string> {
  const asked = await alice.say(
    'general',
    `/access request orders-db as write for 1h because "it hangs"${more}`,
  );
  await chat.current.settle();
  return idIn(asked);
}

async function shown(id: string, channel = 'general', reader = bob): Promise<Card> {
  return cardOf(await reader.messages(channel), id);
}

/** Approved and issued. @returns the grant's handle */
async function approved(): Promise<string> {
  const id = await ask();
  await bob.click('general', { action: 'approve', subject: id });
  await chat.current.settle();
  return subjectOf(await shown(id), 'revoke');
}

/** What was said in the thread of a card. */
async function repliesTo(id: string, channel = 'general'): Promise<string[]> {
  const messages = await bob.messages(channel);
  const root = messages.find(({ card }) => card?.fields.some((field) => field.value === id));
  return messages.filter(({ threadOf }) => threadOf === root?.id).map(({ card }) => card?.title ?? '');
}

async function run(job: 'remind-request' | 'escalate-request', requestId: string): Promise<void> {
  const { context, publisher } = chat.current;
  await JOBS[job].run(
    {
      access: context,
      publisher,
      errands: NO_ERRANDS,
      preparer: { prepare: async () => undefined },
      recovery: NOTHING_RECORDED,
      roles: { dropEphemeralRole: async () => undefined },
      archive: { statementsOf: async () => null },
      search: { readOn: async () => [] },
      signers: makeSigner(),
    },
    { requestId },
  );
  await chat.current.settle();
}

describe('words', () => {
  test('of an approver and the answer stand on the card; a stranger’s do not', async () => {
    const id = await ask();
    expect((await bob.say('general', `/access ask ${id} which table?`)).reply?.tone).toBe('good');
    const form = (await alice.click('general', { action: 'comment', subject: id })).form;
    expect(form?.introduction).toContain('Bob said: which table?');
    await alice.submit('general', {
      form: 'comment',
      subject: id,
      values: { text: 'refunds @channel\u202e' },
    });
    expect((await dana.say('general', `/access comment ${id} let me in`)).reply?.text).toContain(
      'Comments are for',
    );
    await chat.current.settle();
    const list = (await shown(id)).lists.find(({ title }) => title === 'Comments');
    expect(list?.items.map(({ text }) => text)).toEqual([
      'Bob: which table?',
      'Alice: refunds @channel\ufffd',
    ]);
  });
});

describe('asking for somebody else', () => {
  test('tells whoever must consent privately, and is granted when both have agreed', async () => {
    const id = await ask(' for-user @orders-migrator');
    expect((await shown(id)).status).toBe(
      'Pending: still needs the consent of dana@example.com, and 1 of sre.',
    );
    const own = await shown(id, dana.privateChannel, dana);
    expect(own.actions.map(({ label }) => label)).toContain('Consent');
    await bob.click('general', { action: 'approve', subject: id });
    expect((await alice.click('general', { action: 'consent', subject: id })).reply?.tone).toBe('bad');
    const given = await dana.click(dana.privateChannel, {
      action: 'consent',
      subject: subjectOf(own, 'consent'),
    });
    expect(given.reply?.text).toContain('is approved');
    await chat.current.settle();
    expect((await shown(id)).status).toMatch(/^Approved by Bob at /);
    expect((await shown(id, dana.privateChannel, dana)).status).toMatch(/^Approved by Bob at /);
  });

  test('a refused consent denies it, with the reason', async () => {
    const id = await ask(' for-user @orders-migrator');
    await dana.submit('general', { form: 'refuse-consent', subject: id, values: { reason: 'not today' } });
    await chat.current.settle();
    expect((await shown(id)).status).toMatch(/^Denied/);
    const again = await alice.click('general', { action: 'again', subject: id });
    expect(again.reply?.text).toContain('asks for the same once more');
  });
});

describe('a request that waits', () => {
  test('is reminded of and escalated in its thread, once each however often that is asked for', async () => {
    const id = await ask();
    chat.current.clock.stepMs(6 * MINUTE_MS);
    await run('remind-request', id);
    await run('remind-request', id);
    await chat.current.publisher.syncCard('reminder', id);
    expect(await repliesTo(id)).toEqual(['Reminder: Alice waits for write on orders-db']);
    chat.current.clock.stepMs(10 * MINUTE_MS);
    await run('escalate-request', id);
    await run('escalate-request', id);
    expect(await repliesTo(id)).toHaveLength(2);
    expect((await shown(id)).status).toMatch(/^Escalated\. Pending/);
  });
});

describe('more time', () => {
  test('moves the deadline on the holder’s card once it is approved', async () => {
    const handle = await approved();
    const before = await shown(handle, alice.privateChannel, alice);
    const asked = await alice.say('general', `/access extend ${handle} by 30m because "not through"`);
    const id = idIn(asked);
    expect((await bob.click('general', { action: 'approve', subject: id })).reply?.text).toContain(
      'keeps the access',
    );
    await chat.current.settle();
    const after = await shown(handle, alice.privateChannel, alice);
    const left = (card: Card) =>
      Date.parse(card.fields.find(({ label }) => label === 'Time')?.countdownTo ?? '');
    expect(left(after) - left(before)).toBe(30 * MINUTE_MS);
    await alice.click(alice.privateChannel, { action: 'done', subject: handle });
  });

  test('that the policy does not give comes back with the form as it was filled in', async () => {
    const handle = await approved();
    const values = { by: 'soon', reason: 'not through' };
    const refused = await alice.submit('general', { form: 'extend', subject: handle, values });
    expect(refused.form?.fields.map(({ value }) => value)).toEqual(['soon', 'not through']);
    expect((await bob.say('general', `/access extend ${handle} by 1h because mine`)).reply?.text).toContain(
      'Only its holder',
    );
    await alice.click(alice.privateChannel, { action: 'done', subject: handle });
  });
});

describe('break-glass', () => {
  test('is granted at once, told everywhere, reviewed by somebody else, and reminded of until then', async () => {
    const taken = await alice.say('general', '/access breakglass orders-db because "checkout is down"');
    expect(taken.reply).toMatchObject({ tone: 'warning' });
    const id = idIn(taken);
    await chat.current.settle();
    for (const channel of ['general', 'access', 'access-audit']) {
      expect((await shown(id, channel)).title).toBe('Break-glass: Alice took write on orders-db');
    }
    const handle = subjectOf(await shown(id), 'revoke');
    const review = (await bob.messages(bob.privateChannel)).findLast(({ card }) =>
      card?.title.startsWith('Review:'),
    );
    const reviewId = review?.card?.fields.find(({ label }) => label === 'ID')?.value ?? '';
    await alice.click(alice.privateChannel, { action: 'done', subject: handle });
    chat.current.clock.stepMs(5 * 60 * MINUTE_MS);
    expect(await remindReview(chat.current.context, { reviewId })).toBe(true);
    expect(await remindReview(chat.current.context, { reviewId })).toBe(false);
    await chat.current.settle();
    expect(await repliesTo(reviewId)).toHaveLength(1);

    bob = await chat.current.user('bob', ['sre']);
    alice = await chat.current.user('alice', ['engineering']);
    const finding = { form: 'find-justified', subject: reviewId, values: { reason: 'it was down' } };
    expect((await alice.submit('general', finding)).reply?.tone).toBe('bad');
    expect((await bob.submit('general', finding)).reply?.text).toContain('is closed: justified');
    await chat.current.settle();
    expect((await shown(reviewId)).status).toMatch(/^Found justified by Bob/);
  });
});

describe('a freeze', () => {
  test('has a card that says who and why, refuses approvals, and is lifted from its card', async () => {
    const id = await ask();
    await freeze(chat.current.context, { by: carol.person, reason: 'stolen laptop' });
    await chat.current.settle();
    const cards = (await bob.messages('access')).flatMap(({ card }) => card ?? []);
    const card = cards.findLast(({ title }) => title.startsWith('Access is frozen'));
    if (card === undefined) throw new Error('the freeze has no card');
    expect(card.fields.find(({ label }) => label === 'Because')?.value).toBe('stolen laptop');
    const refused = await bob.click('general', { action: 'approve', subject: id });
    expect(refused.reply?.text).toContain('stolen laptop');
    expect((await shown(id)).status).toMatch(/Frozen by Carol at .*nothing can be granted.* stolen laptop/);
    const subject = subjectOf(card, 'unfreeze');
    const lift = { form: 'unfreeze', subject, values: { reason: 'found' } };
    expect((await bob.submit('access', lift)).reply?.tone).toBe('bad');
    expect((await carol.submit('access', lift)).reply?.tone).toBe('good');
    await chat.current.settle();
    expect((await shown(id)).status).not.toContain('Frozen');
    expect((await bob.click('general', { action: 'approve', subject: id })).reply?.tone).toBe('good');
  });
});

describe('deciding in somebody’s place', () => {
  test('is said on the card, listed for both, and ended by a button', async () => {
    const delegated = await bob.say('general', '/access delegate @dana until 3d');
    expect(delegated.reply?.text).toContain('Dana (dana@example.com) is asked to decide in your place');
    const asked = (await dana.say('general', '/access delegate')).reply?.card;
    const offer = asked ? subjectOf(asked, 'accept-delegation') : '';
    expect((await bob.click('general', { action: 'accept-delegation', subject: offer })).reply?.tone).toBe(
      'bad',
    );
    expect((await dana.say('general', `/access delegate accept ${offer}`)).reply?.text).toContain(
      'You decide in the place of Bob',
    );
    const id = await ask();
    await dana.click('general', { action: 'approve', subject: id });
    await chat.current.settle();
    expect((await shown(id)).status).toMatch(/^Approved by Dana for Bob at /);
    const listed = (await dana.say('general', '/access delegate')).reply?.card;
    expect(listed?.lists[0]).toMatchObject({ title: 'You decide in their place' });
    const subject = listed ? subjectOf(listed, 'end-delegation') : '';
    expect((await dana.click('general', { action: 'end-delegation', subject })).reply?.tone).toBe('good');
  });
});

describe('revoking by name', () => {
  test('ends all that a person holds, for an overseer', async () => {
    const handle = await approved();
    const open = await ask();
    const revoked = await carol.say('general', '/access revoke @alice because "the laptop is lost"');
    expect(revoked.reply?.text).toContain(handle);
    expect(revoked.reply?.text).toMatch(new RegExp(`Closed, with the reason: .*${open}`));
    expect((await carol.say('general', '/access revoke @alice because "again"')).reply?.text).toContain(
      'holds no live access',
    );
  });
});
