/** A session’s transcript and recording in chat: where they may go, and for whom. */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { documentsToPost, readChatDocument } from '../../../src/access/documents.ts';
import { requestAccess } from '../../../src/access/request-access.ts';
import { createBot } from '../../../src/bot/create-bot.ts';
import { cardOf, platformsOf, subjectOf } from './chat-server.ts';
import { files, INCIDENT_POLICY, useIncidents } from './incident-harness.ts';

const { chat, incidents } = useIncidents();
const { download, granted, opened, session } = incidents;

describe('a session’s documents', () => {
  test('go into the thread of its card where its resource allows it, once for each click', async () => {
    const { settle } = chat.current;
    const { channel } = await opened('with documents');
    const sessionId = await session(await granted(channel));
    const card = cardOf(await incidents.bob.messages(channel), sessionId);
    const key = randomUUID();
    const click = { action: 'transcript', subject: subjectOf(card, 'transcript'), key } as const;
    expect((await incidents.bob.click(channel, click)).reply).toMatchObject({ tone: 'good' });
    await incidents.bob.click(channel, click);
    await settle();
    const recording = { action: 'recording', subject: subjectOf(card, 'recording') } as const;
    await incidents.alice.click(channel, recording);
    await settle();
    const messages = await incidents.bob.messages(channel);
    const [transcript, lines, more] = files(messages);
    expect(more).toBeUndefined();
    const root = messages.find((message) => message.card?.fields.some(({ value }) => value === sessionId));
    expect([transcript?.threadOf, lines?.threadOf]).toEqual([root?.threadOf, root?.threadOf]);
    const text = await (await download(transcript)).text();
    expect(text).toContain('select email from customers');
    expect(text).toContain('<redacted>');
    expect((await download(lines)).headers.get('content-disposition')).toContain(`${sessionId}.jsonl`);
    expect((await download(lines, await chat.current.user('erin', []))).status).toBe(200);
  });

  test('are a link where it does not, where the card does not stand, and in private', async () => {
    const { settle } = chat.current;
    const { channel } = await opened('quiet');
    const quiet = await session(await granted(channel, 'quiet-db'));
    const loud = await session(await granted(channel));
    const clicks = [
      [channel, quiet],
      ['general', loud],
      [incidents.bob.privateChannel, loud],
    ] as const;
    for (const [place, subject] of clicks) {
      const { reply } = await incidents.bob.click(place, { action: 'transcript', subject });
      expect(reply?.card?.actions).toEqual([
        {
          kind: 'link',
          label: 'Open it',
          url: `http://127.0.0.1:7180/sessions/${subject}`,
        },
      ]);
    }
    await settle();
    for (const [place] of clicks) {
      const posted = files(await incidents.bob.messages(place)).map(({ card }) => card?.title);
      expect(posted.filter((title) => !title?.startsWith('Timeline'))).toEqual([]);
    }
  });

  test('are not for who may not see the session, nor of one that is live', async () => {
    const { channel } = await opened('not yet');
    const sessionId = await session(await granted(channel), { live: true });
    const card = cardOf(await incidents.bob.messages(channel), sessionId);
    expect(card.actions.map((one) => one.kind === 'button' && one.action)).not.toContain('transcript');
    const early = await incidents.bob.click(channel, { action: 'transcript', subject: sessionId });
    expect(early.reply?.text).toContain('is live');
    const dana = await chat.current.user('dana', ['dba']);
    for (const action of ['transcript', 'recording'] as const) {
      const foreign = await dana.click(channel, { action, subject: sessionId });
      expect(foreign.reply?.text).toContain('that you may see');
    }
  });

  test('are linked after all when the policy changed meanwhile, when they are too long, or kept elsewhere', async () => {
    const { context, settle, applyPolicy } = chat.current;
    const { channel } = await opened('later');
    const ask = async (sessionId: string) => {
      const { reply } = await incidents.bob.click(channel, { action: 'transcript', subject: sessionId });
      expect(reply?.tone).toBe('good');
    };
    const whys = async () =>
      (await incidents.bob.messages(channel)).flatMap(({ card }) =>
        card?.title.startsWith('Transcript') ? [card.status] : [],
      );
    const changed = await session(await granted(channel));
    await ask(changed);
    applyPolicy(INCIDENT_POLICY.replace('uploads: true', 'uploads: false'));
    await settle();
    applyPolicy(INCIDENT_POLICY);
    expect(await whys()).toEqual([expect.stringContaining('does not let it be posted any more')]);

    const long = await session(await granted(channel), { statements: 30 });
    await ask(long);
    await settle();
    expect((await whys()).at(-1)).toContain('too long');

    const elsewhere = await session(await granted(channel));
    await rm(incidents.recordings, { recursive: true });
    await ask(elsewhere);
    await settle();
    expect((await whys()).at(-1)).toContain('kept elsewhere');
    expect(files(await incidents.bob.messages(channel))).toEqual([]);
    expect(await documentsToPost(context)).toEqual([]);
  });

  test('go nowhere on a platform that is not set up, and are tried again', async () => {
    const { context, clock } = chat.current;
    const { id } = await requestAccess(context, {
      ...{ requester: incidents.alice.person, resource: 'orders-db', role: 'read', durationMs: 3_600_000 },
      ...{ reason: 'x', ticket: null, incident: 'inc-42', origin: null, idempotencyKey: randomUUID() },
    });
    expect(id).toMatch(/^r-/);
    await incidents.bob.say('inc-42', '/access timeline');
    clock.stepMs(31_000);
    const [due] = await documentsToPost(context);
    const documentId = due?.documentId ?? '';
    const logger = { warn: () => undefined, error: () => undefined };
    const nowhere = createBot({ access: context, platforms: [], logger }).errandsWith({
      open: async () => null,
    });
    await expect(nowhere.postDocument(documentId)).rejects.toMatchObject({ code: 'unavailable' });
    const platforms = (await platformsOf(context)).map(({ upload: _upload, ...rest }) => rest);
    const without = createBot({ access: context, platforms, logger }).errandsWith({ open: async () => null });
    await without.postDocument(documentId);
    expect(await readChatDocument(context, { id: documentId })).toMatchObject({ posted: true });
    const last = (await incidents.bob.messages('inc-42')).at(-1);
    expect(last?.card?.actions).toMatchObject([{ kind: 'link', label: 'Open it' }]);
  });
});
