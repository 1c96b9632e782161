/** Incidents from chat: their channels, and what carries their name. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { incidentsToOpen, incidentsToSettle } from '../../../src/access/incidents/incidents.ts';
import { readRequest } from '../../../src/access/read-access.ts';
import { cardOf, idIn, subjectOf } from './chat-server.ts';
import { files, useIncidents } from './incident-harness.ts';

const { chat, incidents } = useIncidents();
const { download, granted, opened, session } = incidents;

describe('an incident', () => {
  test('is opened with a channel of its own, which everybody finds and requests there carry', async () => {
    const { id, channel } = await opened('Checkout is *down*, über <!channel>');
    expect(channel).toMatch(/^inc-\d{8}-checkout-is-down-uber-channel-[a-z2-7]{8}$/);
    for (const place of [channel, 'access']) {
      expect(cardOf(await incidents.bob.messages(place), id).title).toBe(
        'Incident: Checkout is *down*, über <!channel>',
      );
    }
    const { channels } = await incidents.bob.state();
    expect(channels.find(({ name }) => name === channel)).toMatchObject({ kind: 'incident' });
    const { requestId, grantId } = await granted(channel);
    expect(await readRequest(chat.current.context, { id: requestId })).toMatchObject({ incident: channel });
    const sessionId = await session({ requestId, grantId });
    const card = cardOf(await incidents.bob.messages(channel), sessionId);
    expect(card.fields.find(({ label }) => label === 'SHA-256 of the recording')?.value).toMatch(
      /^[0-9a-f]{64}$/,
    );
  });

  test('is chosen in the form while it is open, and is nothing that one can make up', async () => {
    const { alice } = incidents;
    const { id, channel } = await opened('chosen elsewhere');
    const values = {
      resource: 'orders-db',
      role: 'read',
      duration: '1h',
      reason: 'a test',
      incident: channel,
    };
    const form = { form: 'request', subject: 'new' };
    const requestId = idIn(await alice.submit('general', { ...form, values }));
    expect(await readRequest(chat.current.context, { id: requestId })).toMatchObject({ incident: channel });
    const madeUp = await alice.submit('general', { ...form, values: { ...values, incident: 'inc-madeup' } });
    expect(madeUp.reply?.text).toContain('"inc-madeup" is not an open incident');
    expect(madeUp.form?.fields.find(({ name }) => name === 'reason')?.value).toBe('a test');
    await alice.say(channel, `/access incident close ${id}`);
    const late = await alice.submit('general', { ...form, values });
    expect(late.reply?.text).toContain('is not an open incident');
    await alice.click('general', { action: 'cancel', subject: requestId });
    const again = idIn(await alice.click('general', { action: 'again', subject: requestId }));
    expect(await readRequest(chat.current.context, { id: again })).toMatchObject({ incident: null });
  });

  test('opened twice by one act is opened once, also when its channel is made twice', async () => {
    const { context, errands } = chat.current;
    const key = randomUUID();
    const first = await incidents.alice.say('general', '/access incident open twice', key);
    expect(await incidents.alice.say('general', '/access incident open twice', key)).toEqual(first);
    const id = /i-[a-z2-7]{8}/.exec(first.reply?.text ?? '')?.[0] ?? '';
    await Promise.all([errands.openIncident(id), errands.openIncident(id)]);
    await chat.current.settle();
    const rows = await context.store
      .read()
      .execute<{ count: string }[]>(`select count(*) from incident where title = 'twice'`);
    expect(rows[0]?.count).toBe('1');
  });

  test('is made by the sweep when its job was lost', async () => {
    const { context, clock, errands } = chat.current;
    const { reply } = await incidents.alice.say('general', '/access incident open lost');
    await context.store.read().execute(`delete from outbox where job = 'open-incident'`);
    expect(await incidentsToOpen(context)).toEqual([]);
    clock.stepMs(31_000);
    const [due, second] = await incidentsToOpen(context);
    expect(second).toBeUndefined();
    expect(reply?.text).toContain(due?.incidentId);
    await errands.openIncident(due?.incidentId ?? '');
    expect(await incidentsToOpen(context)).toEqual([]);
  });

  test('is what a channel is declared to be, until it is closed', async () => {
    const { context, settle } = chat.current;
    const linked = await incidents.alice.say('general', '/access incident link the slow queue');
    expect(linked.reply).toMatchObject({ tone: 'good' });
    expect((await incidents.alice.say('general', '/access incident link')).reply?.text).toMatch(/already/);
    await settle();
    const { requestId } = await granted('general');
    expect(await readRequest(context, { id: requestId })).toMatchObject({ incident: 'general' });
    expect((await incidents.bob.say('general', '/access incident close')).reply?.text).toMatch(
      /Alice opened it/,
    );
    expect((await incidents.alice.say('general', '/access incident close')).reply).toMatchObject({
      tone: 'good',
    });
    await settle();
    // The channel was there before and stays.
    expect((await incidents.bob.say('general', 'thank you all')).message?.text).toBe('thank you all');
    const after = await granted('general');
    expect(await readRequest(context, { id: after.requestId })).toMatchObject({ incident: null });
    expect((await incidents.alice.say('general', '/access incident close')).reply?.text).toMatch(
      /No incident was opened/,
    );
  });

  test('ends with its timeline in its channel, which is only read from then on', async () => {
    const { settle, errands, context, clock } = chat.current;
    const { id, channel } = await opened('to be closed');
    const { requestId } = await granted(channel);
    const subject = subjectOf(cardOf(await incidents.carol.messages(channel), id), 'close-incident');
    const refused = await incidents.bob.click(channel, { action: 'close-incident', subject });
    expect(refused.reply?.tone).toBe('bad');
    await incidents.carol.click(channel, { action: 'close-incident', subject });
    clock.stepMs(31_000);
    expect(await incidentsToSettle(context)).toEqual([{ incidentId: id }]);
    await settle();
    await errands.closeIncident(id);
    expect(await incidentsToSettle(context)).toEqual([]);
    const messages = await incidents.bob.messages(channel);
    expect(cardOf(messages, id).title).toBe('Closed incident: to be closed');
    expect(files(messages)).toHaveLength(1);
    expect(await (await download(files(messages)[0])).text()).toContain(requestId);
    const line = await incidents.bob.request('/messages', {
      body: { channel, text: 'still there?', key: randomUUID() },
    });
    expect(line.status).toBe(410);
    const late = await incidents.bob.click(channel, { action: 'close-incident', subject });
    expect(late.reply?.text).toMatch(/closed already/);
    // What changes now is shown where somebody reads it.
    clock.stepMs(8 * 86_400_000);
    expect((await incidents.bob.request(`/channels/${channel}/messages`)).status).toBe(404);
    clock.stepMs(-8 * 86_400_000);
  });

  test('says what is wrong with what was typed', async () => {
    for (const [text, answer] of [
      ['/access incident', 'No incident was opened in this channel'],
      ['/access incident close i-aaaaaaaa', 'There is no incident'],
      ['/access timeline', 'This is no channel of an incident'],
    ] as const) {
      expect((await incidents.alice.say('access', text)).reply?.text).toContain(answer);
    }
    const privately = await incidents.alice.say(incidents.alice.privateChannel, '/access incident link');
    expect(privately.reply?.text).toContain('Nobody else is here');
  });
});
