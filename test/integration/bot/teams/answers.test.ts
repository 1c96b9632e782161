/** Where answers are shown: to whoever acted and to nobody else, with nothing secret where it is kept. */
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { openLink } from '../../../../src/access/linking/complete-link.ts';
import { readRequest } from '../../../../src/access/read-access.ts';
import { TEST_POLICY } from '../../../support/access.ts';
import { idIn } from '../../../support/main-job-policy.ts';
import {
  activityIn,
  invokeFrom,
  messageFrom,
  type Scene,
  type Where,
} from '../../../support/teams/activities.ts';
import { buttonsOf, RECORD, textsOfCard } from '../../../support/teams/card-elements.ts';
import type { Json } from '../../../support/teams/connector.ts';
import { deliverForged, readable, type Shown } from '../../../support/teams/driver.ts';
import { NO_FAULTS } from '../../../support/teams/faults.ts';
import { type LinkedUser, useTeamsServer } from '../../../support/teams/server.ts';
import { cardsOf } from '../../../support/teams/tenant.ts';

const teams = useTeamsServer({ policy: TEST_POLICY });
const HERE = { channel: 'inc-42' } as const;
let alice: LinkedUser;
let bob: LinkedUser;
let dana: LinkedUser;

beforeAll(async () => {
  alice = await teams.current.user('alice', ['engineering']);
  bob = await teams.current.user('bob', ['sre']);
  dana = await teams.current.user('dana', ['dba']);
});

async function ask(
  text = 'request orders-db for 1h because payouts hang',
  where: Where = HERE,
): Promise<string> {
  const id = idIn(await alice.says(where, text));
  await teams.current.settle();
  return id;
}

function scene(name: string): Scene {
  const { tenant } = teams.current;
  return { tenant, member: tenant.member(name), name };
}

async function deliver(activity: Json): Promise<{ readonly status: number; readonly body: Json }> {
  const { messagesUrl, tenant } = teams.current;
  const { connector, serviceUrl } = tenant;
  return deliverForged(messagesUrl, { authority: connector.authority, serviceUrl }, activity, {});
}

/** Sends what no button of ours would. */
async function invoke(
  name: string,
  value: Json,
  where: Where = HERE,
): Promise<{ status: number; said: string }> {
  const { status, body } = await deliver(invokeFrom(scene('alice'), where, { name, value }));
  return { status, said: JSON.stringify(body) };
}

function last(name: string): Shown {
  const message = teams.current.tenant.direct(name).at(-1);
  if (message === undefined) throw new Error(`nothing was said to ${name}`);
  return { where: 'personal', message };
}

/** The card of the dialog that an invoke of hers opens. */
async function dialogOf(name: string, value: Json): Promise<unknown> {
  const { body } = await deliver(invokeFrom(scene('alice'), HERE, { name, value }));
  const { task } = z
    .object({ task: z.object({ value: z.object({ card: z.object({ content: RECORD }) }) }) })
    .parse(body);
  return task.value.card.content;
}

/** What one of a card's buttons sends along, with its fields filled in by their labels. */
function filledIn(card: unknown, title: string, values: Readonly<Record<string, string>>): Json {
  const button = buttonsOf(card).find((one) => one.title === title);
  if (button === undefined) throw new Error(`no button ${title} in ${textsOfCard(card)}`);
  const fields = button.fields.map(({ id, label, value }) => [id, values[label] ?? value]);
  return { ...button.data, ...Object.fromEntries(fields.filter(([, value]) => value !== '')) };
}

/** Everything that is kept, wherever it was posted. */
function kept(): string {
  return JSON.stringify([...teams.current.tenant.connector.conversations.values()]);
}

describe('a command', () => {
  test('in a channel leaves one line there, and says the rest in private', async () => {
    const before = teams.current.tenant.messages('access').length;
    expect(await alice.says({ channel: 'access' }, 'mine')).toContain('Your access');
    await expect.poll(() => teams.current.tenant.messages('access').length).toBe(before + 1);
    const line = readable(teams.current.tenant.messages('access').at(-1));
    expect(line).toBe('I answered you in our personal chat.');
  });

  test('of somebody whom we cannot write to says how to add the app', async () => {
    const { tenant } = teams.current;
    tenant.setFaults(({ method, conversation }) =>
      method === 'create' || conversation === tenant.personalId('alice')
        ? { kind: 'status', status: 403, code: 'BotNotInConversationRoster' }
        : null,
    );
    const before = tenant.messages('access').length;
    await alice.sends({ channel: 'access' }, 'mine');
    await expect.poll(() => tenant.messages('access').length).toBe(before + 1);
    expect(readable(tenant.messages('access').at(-1))).toContain('choose Add');
    tenant.setFaults(NO_FAULTS);
    // Whoever writes to us has unblocked us.
    expect(await alice.says('personal', 'mine')).toContain('Your access');
  });

  test('names people as Teams mentions them', async () => {
    const { tenant } = teams.current;
    const sent = messageFrom(
      scene('alice'),
      HERE,
      'request orders-db for 1h for-user <at>Bob</at> because a',
    );
    const mention = { type: 'mention', mentioned: { id: tenant.member('bob').id }, text: '<at>Bob</at>' };
    const before = tenant.direct('alice').length;
    await deliver({ ...sent, entities: [...(sent['entities'] as Json[]), mention] });
    await expect.poll(() => tenant.direct('alice').length).toBeGreaterThan(before);
    const request = await readRequest(teams.current.context, { id: idIn(alice.lastTold()) });
    expect(request.beneficiary.name).toBe('Bob');
  });

  test('about somebody who is linked to nobody says so', async () => {
    const { tenant } = teams.current;
    const mention = { type: 'mention', mentioned: { id: tenant.member('carol').id }, text: '<at>Carol</at>' };
    const sent = messageFrom(scene('alice'), 'personal', 'revoke <at>Carol</at>');
    const before = tenant.direct('alice').length;
    await deliver({ ...sent, entities: [mention] });
    await expect.poll(() => tenant.direct('alice').length).toBeGreaterThan(before);
    expect(alice.lastTold()).toContain('Carol has not linked their Teams account');
  });

  test('is no business of ours between people in a channel', async () => {
    const { tenant } = teams.current;
    const calls = tenant.calls().length;
    const { status } = await deliver({
      ...messageFrom(scene('alice'), HERE, 'request orders-db'),
      entities: [],
    });
    expect(status).toBe(200);
    const reaction = activityIn(scene('alice'), HERE, {
      type: 'messageReaction',
      reactionsAdded: [{ type: 'like' }],
    });
    expect((await deliver(reaction)).status).toBe(200);
    // Had they been taken, this command would have come after them.
    await alice.says('personal', 'help');
    expect(
      tenant
        .calls()
        .slice(calls)
        .filter(({ conversation }) => conversation !== tenant.personalId('alice')),
    ).toEqual([]);
  });
});

describe('a form', () => {
  test('that a command opens stands in the personal chat, and what came of it stands there after', async () => {
    expect(await alice.says(HERE, 'request orders-db for 1h')).toContain('Ask for access');
    const form = last('alice');
    const data = filledIn(cardsOf(form.message)[0], 'Ask', { Because: 'payouts hang' });
    const value = { action: { type: 'Action.Execute', verb: 'form', data }, trigger: 'manual' };
    const sent = { name: 'adaptiveCard/action', value, on: form.message.id };
    const { body } = await deliver(invokeFrom(scene('alice'), 'personal', sent));
    expect(textsOfCard(body['value'])).toMatch(/r-[a-z2-7]{8}: read on orders-db/);
    await expect.poll(() => readable(last('alice').message)).toMatch(/r-[a-z2-7]{8}: read on orders-db/);
    expect(last('alice').message.id).toBe(form.message.id);
  });

  test('that cannot be used comes back as it was filled in, with what is wrong', async () => {
    const id = await ask();
    await dana.press(teams.current.card('inc-42', id), 'approve-for-less');
    const opened = await dana.submit({ 'For how long': '30m', Note: 'a note\u0000' });
    expect(opened).toContain('null character');
    expect(opened).toContain('Approve for less time');
    expect(dana.dialogText()).toContain('30m');
    expect(await dana.submit({ Note: 'only refunds' })).toContain('recorded');
  });

  test('is made anew from what is filled in so far', async () => {
    const messagePayload = { body: { content: '<p>payouts <b>hang</b> &amp; wait</p>' } };
    const menu = { commandId: 'ask-for-access', commandContext: 'message', messagePayload };
    const opened = await dialogOf('composeExtension/fetchTask', menu);
    expect(textsOfCard(opened)).toContain('payouts hang & wait');
    const chosen = { Resource: 'orders-db', Role: 'write', 'For how long': '2h' };
    const again = await dialogOf('composeExtension/submitAction', {
      data: filledIn(opened, 'Check', chosen),
    });
    expect(textsOfCard(again)).toMatch(/orders-db as write: needs 1 of sre and 1 of dba/i);
    const sent = await invoke('composeExtension/submitAction', { data: filledIn(again, 'Ask', {}) });
    expect(sent.said).toMatch(/r-[a-z2-7]{8}: write on orders-db for 2h/);
  });
});

test('what was filled in is taken once, however often Teams delivers it', async () => {
  const id = await ask();
  const data = { form: 'comment', subject: id, 'field-text': 'which customers?' };
  const sent = invokeFrom(scene('bob'), HERE, { name: 'task/submit', value: { data } });
  const answers = await Promise.all([deliver(sent), deliver(sent), deliver(sent)]);
  const said = answers.map(({ body }) => JSON.stringify(body));
  expect(said.filter((one) => one.includes('This was sent already'))).toHaveLength(2);
  const { comments } = await readRequest(teams.current.context, { id });
  expect(comments.map(({ text }) => text)).toEqual(['which customers?']);
  await deliver({ ...sent, id: 'f:another' });
  expect((await readRequest(teams.current.context, { id })).comments).toHaveLength(2);
});

test('a search finds what this person may ask for, and nothing for whoever may not act', async () => {
  const search = async (name: string, queryText: string, dataset = 'request'): Promise<unknown> => {
    const value = { kind: 'search', queryText, queryOptions: { skip: 0, top: 15 }, dataset };
    const { body } = await deliver(invokeFrom(scene(name), HERE, { name: 'application/search', value }));
    return RECORD.parse(body['value'])['results'];
  };
  const found = [{ value: 'orders-db', title: 'orders-db (postgres)' }];
  expect(await search('alice', ' ORD')).toEqual(found);
  expect(await search('alice', '', 'something else')).toEqual(found);
  expect(await search('alice', 'payroll')).toEqual([]);
  // The policy lets nobody break this glass.
  expect(await search('alice', '', 'break-glass')).toEqual([]);
  expect(await search('guest', '')).toEqual([]);
  expect(await search('carol', '')).toEqual([]);
});

describe('a secret', () => {
  test('stands in a dialog, and in nothing that is kept', async () => {
    const id = await ask();
    await bob.press(teams.current.card('inc-42', id), 'approve');
    await teams.current.settle();
    await dana.press(teams.current.card('inc-42', id), 'approve');
    await teams.current.settle();
    const shown = await alice.press(teams.current.directWith('alice', 'reveal'), 'reveal');
    const password = /PGPASSWORD=(\S+)/.exec(shown)?.[1];
    expect(password).toMatch(/^.{20,}$/);
    await teams.current.settle();
    expect(kept()).not.toContain(password);
  });

  test('that was asked for by typing is behind a button', async () => {
    const carol = teams.current.stranger('carol');
    await carol.says('personal', 'link');
    const page = /https?:\/\/[^"]+\/link\/([a-z2-7]+)/.exec(kept())?.[1] ?? '';
    const person = await teams.current.person('carol', []);
    const signedInAt = teams.current.clock.now();
    await openLink(teams.current.context, { nonce: page, by: person, signedInAt });
    expect(await carol.says('personal', 'link code')).toContain('has opened your link');
    const code = /\b\d{6}\b/;
    expect(readable(last('carol').message)).not.toMatch(code);
    expect(await carol.press(last('carol'), 'show-link-code')).toMatch(code);
  });
});

describe('what none of our buttons sends', () => {
  const sent: [name: string, value: Json][] = [
    ['adaptiveCard/action', {}],
    ['adaptiveCard/action', { action: { type: 'Action.Execute', verb: 'approve' } }],
    ['adaptiveCard/action', { action: { data: { action: 'constructor', subject: 'r-aaaaaaaa' } } }],
    ['adaptiveCard/action', { action: { data: { action: 'view', subject: 'vote:r-aaaaaaaa' } } }],
    ['task/fetch', { data: { action: 'approve' } }],
    ['task/submit', { data: 'approve' }],
    ['composeExtension/submitAction', {}],
  ];
  test.each(sent)('%s of %j does nothing, and says so', async (name, value) => {
    expect(await invoke(name, value)).toEqual({
      status: 200,
      said: expect.stringContaining('not one of mine'),
    });
  });

  test('a card of something that is not there is said to be so', async () => {
    const value = { action: { data: { action: 'view', subject: 'request:r-aaaaaaaa' } }, trigger: 'manual' };
    const { said } = await invoke('adaptiveCard/action', value);
    expect(said).toMatch(/no request/i);
    const automatic = await invoke('adaptiveCard/action', { ...value, trigger: 'automatic' });
    expect(automatic.said).toContain('"statusCode":403');
  });

  test('an invoke that we do not know is not ours to answer', async () => {
    expect((await invoke('fileConsent/invoke', {})).status).toBe(501);
    expect((await invoke('constructor', {})).status).toBe(501);
  });
});

describe('a view of their own', () => {
  test('says why it has no buttons, whether somebody asks or their client; who may not act has none', async () => {
    const id = await ask();
    const shown = teams.current.card('inc-42', id);
    const target = { data: { action: 'view', subject: `request:${id}` } };
    const asked = await invoke('adaptiveCard/action', { action: target, trigger: 'manual' });
    expect(asked.said).toContain('You cannot decide about your own request.');
    expect(asked.said).toContain('"action":"comment"');
    expect(asked.said).not.toContain('"action":"approve"');
    const own = textsOfCard(await alice.view(shown));
    expect(own).toContain('You cannot decide about your own request.');
    expect(textsOfCard(await bob.view(shown))).not.toContain('You cannot decide');
    const carol = teams.current.stranger('carol');
    expect(await carol.press(shown, 'view')).toContain('Link this account');
    const { body } = await deliver(
      invokeFrom(scene('carol'), HERE, {
        name: 'adaptiveCard/action',
        value: { action: target, trigger: 'automatic' },
      }),
    );
    expect(body).toMatchObject({ statusCode: 403 });
  });
});

test('where the app is not, what is asked for goes to where approvers are', async () => {
  const { tenant } = teams.current;
  const menu = invokeFrom(scene('alice'), 'personal', {
    name: 'composeExtension/fetchTask',
    value: {
      commandId: 'ask-for-access',
      commandContext: 'message',
      messagePayload: { body: { content: 'why' } },
    },
  });
  const elsewhere = {
    id: '19:between-two@unq.gbl.spaces',
    conversationType: 'groupChat',
    tenantId: tenant.member('alice').tenantId,
  };
  const { body } = await deliver({ ...menu, conversation: elsewhere });
  expect(JSON.stringify(body)).toContain('Ask for access');
  const data = {
    form: 'request',
    subject: 'new',
    'field-resource': 'orders-db',
    'field-duration': '1h',
    'field-reason': 'from elsewhere',
  };
  const submit = invokeFrom(scene('alice'), 'personal', {
    name: 'composeExtension/submitAction',
    value: { data },
  });
  const { body: done } = await deliver({ ...submit, conversation: elsewhere });
  const id = idIn(JSON.stringify(done));
  await teams.current.settle();
  expect(readable(teams.current.card('access', id).message)).toContain('from elsewhere');
  expect((await readRequest(teams.current.context, { id })).origin).toBeNull();
});
