/** The main job as people do it in chat: ask, decide, reveal, connect, be done, read the summary. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { authorizeConnection, lookUpVerifier } from '../../../src/access/authorize-connection.ts';
import { readRequest } from '../../../src/access/read-access.ts';
import { readHold } from '../../../src/access/read-holds.ts';
import { endSession } from '../../../src/access/run-session.ts';
import { hold, liveSession } from '../../support/live-session.ts';
import { type ChatUser, cardOf, INCIDENT, idIn, subjectOf, useChatServer } from './chat-server.ts';

const chat = useChatServer();

async function cast(): Promise<{ alice: ChatUser; bob: ChatUser; dana: ChatUser; carol: ChatUser }> {
  return {
    alice: await chat.current.user('alice', ['engineering']),
    bob: await chat.current.user('bob', ['sre', 'engineering']),
    dana: await chat.current.user('dana', ['dba']),
    carol: await chat.current.user('carol', ['responders']),
  };
}

/** Every column of every table that can hold text, as one text. */
async function everythingStored(): Promise<string> {
  const db = chat.current.store.read();
  const tables = await db.execute<{ name: string }[]>(
    `select quote_ident(table_name) as name from information_schema.tables where table_schema = 'public'`,
  );
  const rows = await Promise.all(
    tables.map(({ name }) =>
      db.execute(`select coalesce(string_agg(t::text, ' '), '') as text from ${name} t`),
    ),
  );
  return JSON.stringify(rows);
}

describe('from a slash command to the summary', () => {
  test('runs as the design says', async () => {
    const { alice, bob, dana, carol } = await cast();
    const { settle } = chat.current;

    const asked = await alice.say(
      INCIDENT,
      '/access request orders-db for 1h because payouts hang ticket OPS-12',
    );
    const id = idIn(asked);
    expect(asked.reply).toMatchObject({ tone: 'waiting' });
    expect(asked.reply?.text).toContain('still needs 1 of sre and 1 of dba; the card is in #inc-42');
    await settle();

    const pending = cardOf(await dana.messages(INCIDENT), id);
    expect(pending.status).toBe('Pending: still needs 1 of sre and 1 of dba.');
    expect(pending.fields).toContainEqual({ label: 'Incident', value: '#inc-42' });
    expect(pending.fields).toContainEqual({ label: 'Ticket', value: 'OPS-12' });

    const own = await alice.click(INCIDENT, { action: 'approve', subject: id });
    expect(own.reply).toMatchObject({ tone: 'bad', text: 'You cannot decide about your own request.' });
    const outsider = await carol.click(INCIDENT, { action: 'approve', subject: id });
    expect(outsider.reply).toMatchObject({ tone: 'bad' });

    const first = await bob.click(INCIDENT, { action: 'approve', subject: subjectOf(pending, 'approve') });
    expect(first.reply?.text).toBe(`Your approval of ${id} is recorded. It still needs 1 of dba.`);
    await settle();
    expect(cardOf(await alice.messages(INCIDENT), id).status).toBe('Pending: still needs 1 of dba.');
    expect(await alice.messages(alice.privateChannel)).toEqual([]);

    const again = await bob.click(INCIDENT, { action: 'approve', subject: id });
    expect(again.reply).toMatchObject({ tone: 'warning' });
    expect(again.reply?.text).toContain('voted');

    const form = await dana.click(INCIDENT, { action: 'approve-for-less', subject: id });
    expect(form.form).toMatchObject({ id: 'approve-for-less', subject: id });
    expect(form.form?.introduction).toContain('Alice (alice@example.com) asks for read on orders-db for 1h.');
    const second = await dana.submit(INCIDENT, {
      form: 'approve-for-less',
      subject: id,
      values: { duration: '30m', note: 'refunds only' },
    });
    expect(second.reply).toMatchObject({ tone: 'good' });
    await settle();

    const approved = cardOf(await alice.messages(INCIDENT), id);
    expect(approved.status).toMatch(/^Approved by Bob and Dana at .* UTC\. Access is active until .* UTC\.$/);
    expect(approved.fields).toContainEqual({ label: 'Duration', value: '30m (asked for 1h)' });
    expect(approved.lists[0]?.items.map((item) => item.text)).toEqual([
      'Bob approved',
      'Dana approved for 30m',
    ]);

    const [message, ...more] = await alice.messages(alice.privateChannel);
    expect(more).toEqual([]);
    const grant = message?.card;
    if (grant == null) throw new Error('there is no private card');
    const grantId = subjectOf(grant, 'reveal');
    const revealed = await alice.click(alice.privateChannel, { action: 'reveal', subject: grantId });
    expect(revealed.reply?.copyable.map((line) => line.label)).toContain('psql');
    const connection = revealed.reply?.copyable.find((line) => line.label === 'URL')?.text ?? '';
    const password = /:([^:@]+)@/.exec(connection)?.[1] ?? '';
    expect(password.length).toBeGreaterThan(16);
    expect(await lookUpVerifier(chat.current.context, { handle: grantId })).not.toBeNull();
    await settle();
    expect(cardOf(await alice.messages(alice.privateChannel), grantId).status).toContain(
      'Connection revealed.',
    );
    const stored = await everythingStored();
    expect(stored).toContain('payouts hang');
    expect(stored).not.toContain(password);

    const denied = await bob.click(INCIDENT, { action: 'reveal', subject: grantId });
    expect(denied.reply).toMatchObject({ tone: 'bad', copyable: [] });

    const connected = await authorizeConnection(chat.current.context, {
      handle: grantId,
      kind: 'postgres',
      clientAddress: '10.0.0.1',
      application: 'psql',
      replica: 'test',
    });
    if (!connected.authorized) throw new Error(connected.reason);
    await settle();
    const thread = (await bob.messages(INCIDENT)).find((one) => one.card?.title.startsWith('Live session'));
    const requestMessage = (await bob.messages(INCIDENT)).find((one) =>
      one.card?.title.startsWith('Alice asks'),
    );
    expect(thread?.threadOf).toBe(requestMessage?.id);

    await endSession(chat.current.context, {
      sessionId: connected.sessionId,
      reason: 'client-closed',
      counts: { commands: 4, denied: 1, held: 0, rows: 12, bytes: 900, maskedCells: 24 },
      recordingHead: randomBytes(32).toString('hex'),
      riskiest: [
        { at: new Date(), text: 'DELETE FROM customers', operation: 'delete', action: 'deny', rule: 'role' },
      ],
    });
    await settle();
    const messages = await bob.messages(INCIDENT);
    expect(messages.length).toBe(2);
    const summary = cardOf(messages, connected.sessionId);
    expect(summary.title).toBe('Session: Alice on orders-db as read');
    expect(summary.fields).toContainEqual({ label: 'Commands', value: '4' });
    expect(summary.fields).toContainEqual({ label: 'Masked cells', value: '24' });
    expect(summary.lists[0]?.items[0]).toMatchObject({ text: 'DELETE FROM customers', tone: 'bad' });

    const done = await alice.say(INCIDENT, '/access done');
    expect(done.reply).toMatchObject({ tone: 'good' });
    await settle();
    expect(cardOf(await alice.messages(alice.privateChannel), grantId).status).toMatch(/: you were done\.$/);
    expect(cardOf(await alice.messages(INCIDENT), id).status).toContain('Access was given back');
    const late = await alice.click(alice.privateChannel, { action: 'reveal', subject: grantId });
    expect(late.reply).toMatchObject({ tone: 'warning', copyable: [] });
  });
});

describe('asking', () => {
  test('with something missing opens the form, prefilled and with what approval takes', async () => {
    const { alice } = await cast();
    const answer = await alice.say(INCIDENT, '/access request orders-db as write because it hangs');
    expect(answer.reply).toBeNull();
    expect(answer.form?.introduction).toBe('orders-db as write: needs 1 of sre and 1 of dba; at most 4h.');
    expect(Object.fromEntries((answer.form?.fields ?? []).map((field) => [field.name, field.value]))).toEqual(
      {
        incident: 'inc-42',
        resource: 'orders-db',
        role: 'write',
        duration: '1h',
        reason: 'it hangs',
        ticket: '',
        beneficiary: '',
      },
    );
  });

  test('by the form makes the request, and an unusable form comes back as it was filled in', async () => {
    const { alice } = await cast();
    const values = { resource: 'orders-db', role: '', duration: 'soon', reason: 'it hangs', ticket: '' };
    const refused = await alice.submit('general', { form: 'request', subject: 'new', values });
    expect(refused.reply?.text).toContain('not a duration');
    expect(refused.form?.introduction).toContain('not a duration');
    expect(refused.form?.fields.find((field) => field.name === 'reason')?.value).toBe('it hangs');

    const made = await alice.submit('general', {
      form: 'request',
      subject: 'new',
      values: { ...values, duration: '1h' },
    });
    const id = idIn(made);
    await chat.current.settle();
    expect(cardOf(await alice.messages('general'), id).fields.map((field) => field.label)).not.toContain(
      'Incident',
    );
  });

  test('twice with one key makes one request and one card', async () => {
    const { alice } = await cast();
    const text = '/access request orders-db for 1h because a retried webhook';
    const key = crypto.randomUUID();
    const [first, second] = await Promise.all([
      alice.say('general', text, key),
      alice.say('general', text, key),
    ]);
    expect(idIn(first)).toBe(idIn(second));
    await chat.current.settle();
    cardOf(await alice.messages('general'), idIn(first));
  });

  test('in private puts the card where approvers look', async () => {
    const { alice } = await cast();
    const asked = await alice.say(alice.privateChannel, '/access request orders-db for 1h because quietly');
    expect(asked.reply?.text).toContain('the card is in #access.');
    await chat.current.settle();
    expect(cardOf(await alice.messages('access'), idIn(asked)).tone).toBe('waiting');
  });

  test('what a policy approves by itself is announced and issued at once', async () => {
    const { bob } = await cast();
    const asked = await bob.say('general', '/access request orders-db as read for 1h because on call');
    expect(asked.reply?.tone).toBe('good');
    await chat.current.settle();
    expect(cardOf(await bob.messages('general'), idIn(asked)).status).toContain('Approved automatically');
    expect((await bob.messages(bob.privateChannel)).some((one) => one.card?.tone === 'good')).toBe(true);
  });

  test.each([
    ['/access request order-db for 1h because typo', 'Did you mean orders-db?'],
    ['/access request orders-db as owner for 1h because no', 'owner'],
    ['/access request orders-db as read for 9h because no', '4h'],
    ['/access reqest', 'Did you mean "/access request"?'],
    ['/access extend g-abcd2345 by 30m', 'There is no grant g-abcd2345'],
    ['/access timeline', 'This is no channel of an incident'],
    ['/access extend', 'You hold no live access'],
    ['/access breakglass orders-db', 'No access policy lets you break the glass'],
    ['/access delegate @nobody until friday', 'Nobody called @nobody'],
    ['/access delegate @bob until yesterday', 'is not a date'],
    ['/access oncall order-db', 'There is no resource named order-db'],
    ['/access comment r-zzzzzzzz hello', 'There is no request'],
    ['/access again r-zzzzzzzz', 'There is no request'],
    ['/access consent r-zzzzzzzz', 'There is no request'],
    ['/access show r-zzzzzzzz', 'There is no request, access or session'],
    ['/access cancel r-zzzzzzzz', 'There is no request'],
    ['/access revoke @nobody because gone', 'Nobody called @nobody'],
    ['/what is this', 'my commands begin with /access'],
  ])('"%s" is answered, never ignored', async (text, expected) => {
    const { alice } = await cast();
    const answer = await alice.say('general', text);
    expect(answer.reply?.text).toContain(expected);
    expect(answer.message).toBeNull();
    expect(answer.reply?.text).not.toMatch(/\bat .*\.ts:/);
  });

  test('somebody whom no policy gives anything hears so instead of an empty form', async () => {
    const { carol } = await cast();
    const answer = await carol.say('general', '/access request');
    expect(answer).toMatchObject({ form: null, reply: { tone: 'bad' } });
  });
});

describe('deciding', () => {
  async function pendingRequest(alice: ChatUser): Promise<string> {
    const asked = await alice.say('general', '/access request orders-db for 1h because something to decide');
    await chat.current.settle();
    return idIn(asked);
  }

  test('a typed approve shows the card and votes nothing', async () => {
    const { alice, bob } = await cast();
    const id = await pendingRequest(alice);
    const shown = await bob.say('general', `/access approve ${id}`);
    expect(shown.reply?.card?.actions.map((action) => action.label)).toContain('Approve');
    expect(shown.reply?.text).toContain('Nothing is decided yet');
    const withTime = await bob.say('general', `/access approve ${id} for 20m note go on`);
    expect(withTime.form?.fields.map((field) => field.value)).toEqual(['20m', 'go on']);
    await chat.current.settle();
    expect(cardOf(await bob.messages('general'), id).lists).toEqual([]);
  });

  test('a typed denial with a reason denies; without one it asks', async () => {
    const { alice, bob, dana } = await cast();
    const id = await pendingRequest(alice);
    expect((await bob.say('general', `/access deny ${id}`)).form?.id).toBe('deny');
    const empty = await bob.submit('general', { form: 'deny', subject: id, values: { reason: '  ' } });
    expect(empty.reply?.text).toContain('Say why');
    const denied = await bob.say('general', `/access deny ${id} because use the replica`);
    expect(denied.reply?.text).toContain('is denied');
    await chat.current.settle();
    expect(cardOf(await alice.messages('general'), id).status).toMatch(
      /^Denied by Bob at .*: use the replica$/,
    );

    const late = await dana.click('general', { action: 'approve', subject: id });
    expect(late.reply).toMatchObject({ tone: 'warning' });
    expect(late.reply?.text).toContain('denied already by Bob');
    const stale = await dana.click('general', { action: 'approve-for-less', subject: id });
    expect(stale.reply?.text).toContain('not open any more');
    expect(stale.reply?.card?.status).toContain('Denied by Bob');
  });

  test('more time than was asked for is refused', async () => {
    const { alice, bob } = await cast();
    const id = await pendingRequest(alice);
    const values = { duration: '3h', note: '' };
    const answer = await bob.submit('general', { form: 'approve-for-less', subject: id, values });
    expect(answer.reply).toMatchObject({ tone: 'bad' });
    expect(answer.reply?.text).toContain('shorten');
  });

  test('a click on a card that lapsed is answered', async () => {
    const { alice, bob } = await cast();
    const id = await pendingRequest(alice);
    chat.current.clock.stepMs(31 * 60_000);
    const answer = await bob.click('general', { action: 'approve', subject: id });
    expect(answer.reply).toMatchObject({ tone: 'warning' });
    expect(answer.reply?.text).toContain('lapsed');
  });

  test('the requester can cancel, and sees it in the lists before', async () => {
    const { alice, bob } = await cast();
    const id = await pendingRequest(alice);
    const mine = await alice.say('general', '/access mine');
    expect(mine.reply?.card?.actions.map((action) => action.label)).toContain(`Cancel ${id}`);
    const waiting = await bob.say('general', '/access pending');
    expect(waiting.reply?.card?.lists[0]?.items.map((item) => item.text).join()).toContain(id);
    expect((await bob.say('general', `/access cancel ${id}`)).reply).toMatchObject({ tone: 'bad' });
    expect((await alice.say('general', `/access cancel ${id}`)).reply?.text).toBe(`${id} is cancelled.`);
    await chat.current.settle();
    expect(cardOf(await alice.messages('general'), id).status).toMatch(/^Cancelled by Alice/);
  });

  test('an approver revokes one grant by its button and all of a person by name', async () => {
    const { alice, bob, dana } = await cast();
    const grantIds: string[] = [];
    for (let round = 0; round < 2; round += 1) {
      const id = await pendingRequest(alice);
      await bob.click('general', { action: 'approve', subject: id });
      await dana.click('general', { action: 'approve', subject: id });
      await chat.current.settle();
      grantIds.push(subjectOf(cardOf(await bob.messages('general'), id), 'revoke'));
    }
    const several = await alice.say('general', '/access done');
    expect(several.reply?.card?.title).toBe('Which access are you done with?');

    const [first = '', second = ''] = grantIds;
    const form = await bob.click('general', { action: 'revoke', subject: first });
    expect(form.form).toMatchObject({ id: 'revoke', subject: first });
    const values = { reason: 'the laptop is lost' };
    const self = await alice.submit('general', { form: 'revoke', subject: first, values });
    expect(self.reply).toMatchObject({ tone: 'bad' });
    expect((await bob.submit('general', { form: 'revoke', subject: first, values })).reply?.tone).toBe(
      'good',
    );
    expect((await bob.click('general', { action: 'revoke', subject: first })).reply?.text).toContain(
      'nothing to revoke',
    );

    expect((await bob.say('general', '/access revoke @alice')).reply?.text).toContain('Say why');
    const all = await bob.say('general', '/access revoke @alice because she is away');
    expect(all.reply?.text).toContain(`Revoked: ${second}.`);
    await chat.current.settle();
    expect(cardOf(await alice.messages(alice.privateChannel), second).status).toMatch(/: revoked by Bob\.$/);
  });
});

describe('a held command in chat', () => {
  /** A write grant that alice asked for in the incident's channel, and a session under it. */
  async function sessionOf(cast: { alice: ChatUser; bob: ChatUser; dana: ChatUser }): Promise<string> {
    const asked = await cast.alice.say(INCIDENT, '/access request orders-db as write for 1h because holds');
    const id = idIn(asked);
    for (const approver of [cast.bob, cast.dana]) {
      await approver.click(INCIDENT, { action: 'approve', subject: id });
    }
    await chat.current.settle();
    const { grant } = await readRequest(chat.current.context, { id });
    return liveSession(chat.current, grant?.id ?? '');
  }

  test('is asked about where its access was, shown in full, approved by a click, and its card says so', async () => {
    const people = await cast();
    const { alice, bob, dana } = people;
    const sessionId = await sessionOf(people);
    const text = `drop table *old* <@everyone> \`orders\` -- \u202e${'x'.repeat(5_000)}`;
    const { id, textSha256 } = await hold(chat.current, sessionId, { text, parameters: [null, '7'] });
    await chat.current.settle();

    const card = cardOf(await dana.messages(INCIDENT), id);
    expect(card.status).toBe('Held: still needs 1 of dba.');
    expect(card.verbatim).toEqual([
      { label: 'Command', text: text.replace('\u202e', '\\u{202e}'), omits: null },
      { label: 'Parameters', text: '$1 = NULL\n$2 = "7"', omits: null },
    ]);
    expect(card.fields).toContainEqual({ label: 'SHA-256', value: textSha256, code: true });
    const subject = subjectOf(card, 'approve-once');

    const own = await alice.click(INCIDENT, { action: 'approve-once', subject });
    expect(own.reply).toMatchObject({ tone: 'bad', text: 'You cannot decide about your own command.' });
    const outsider = await bob.click(INCIDENT, { action: 'approve-for-session', subject });
    expect(outsider.reply).toMatchObject({
      tone: 'bad',
      text: 'Deciding about this command is for members of dba.',
    });
    const stale = await dana.click(INCIDENT, {
      action: 'approve-once',
      subject: subject.replace(textSha256, 'ab'.repeat(32)),
    });
    expect(stale.reply).toMatchObject({ tone: 'warning', text: /another command/ });
    const unknown = await dana.click(INCIDENT, { action: 'approve-once', subject: id });
    expect(unknown.reply).toMatchObject({ tone: 'warning', text: /names no command/ });

    const approved = await dana.click(INCIDENT, { action: 'approve-for-session', subject });
    expect(approved.reply?.text).toBe(`${id} is approved for this session, exactly as it is. It runs now.`);
    await chat.current.settle();
    const decided = cardOf(await alice.messages(INCIDENT), id);
    expect(decided.status).toMatch(/^Approved for the rest of the session, exactly as it is by Dana at /);
    expect(decided.actions.map((action) => action.label)).toEqual(['Details']);
    const late = await dana.click(INCIDENT, { action: 'deny-command', subject });
    expect(late.reply).toMatchObject({ tone: 'warning', text: `${id} is not open any more.` });
  });

  test('by its ID: approve shows the card and votes on nothing, deny asks for a reason, pending lists it', async () => {
    const people = await cast();
    const { alice, bob, dana } = people;
    const sessionId = await sessionOf(people);
    const { id } = await hold(chat.current, sessionId);
    const pending = await dana.say('general', '/access pending');
    expect(pending.reply?.card?.lists[0]).toMatchObject({
      title: 'Held commands',
      items: [{ text: 'drop table old_orders' }],
    });
    const typed = await dana.say('general', `/access approve ${id}`);
    expect(typed.reply?.card?.actions.map((action) => action.label)).toContain('Approve once');
    expect(typed.form).toBeNull();
    expect((await readHold(chat.current.context, { id, viewer: null })).votes).toEqual([]);
    const timed = await dana.say('general', `/access approve ${id} for 30m`);
    expect(timed.reply).toMatchObject({ tone: 'warning', text: /to run once/ });
    const mallory = await chat.current.user('mallory', ['engineering']);
    for (const line of [`/access approve ${id}`, `/access show ${id}`, `/access deny ${id} because no`]) {
      expect((await mallory.say('general', line)).reply?.text).toContain(`no held command ${id}`);
    }
    expect((await alice.say('general', `/access show ${id}`)).reply?.card?.title).toContain(
      'wants to run a command',
    );

    const asked = await dana.say('general', `/access deny ${id}`);
    expect(asked.form).toMatchObject({
      id: 'deny-command',
      introduction: expect.stringContaining('drop table old_orders'),
    });
    const denied = await dana.submit('general', {
      form: 'deny-command',
      subject: asked.form?.subject ?? '',
      values: { reason: 'use the migration' },
    });
    expect(denied.reply?.text).toBe(`${id} is denied. Alice sees why.`);
    await chat.current.settle();
    expect(cardOf(await bob.messages(INCIDENT), id).status).toMatch(
      /^Denied by Dana at .*: use the migration$/,
    );

    const next = await hold(chat.current, sessionId, { statement: 2 });
    const noted = await dana.say('general', `/access approve ${next.id} note "after the backup"`);
    const approved = await dana.submit('general', {
      form: 'approve-command',
      subject: noted.form?.subject ?? '',
      values: { scope: 'once', note: 'after the backup' },
    });
    expect(approved.reply?.text).toBe(`${next.id} is approved. It runs now, once.`);
    await chat.current.settle();
    expect(cardOf(await bob.messages(INCIDENT), next.id).lists[0]?.items).toMatchObject([
      { text: 'Dana approved once', detail: expect.stringMatching(/in web: after the backup$/) },
    ]);
  });
});
