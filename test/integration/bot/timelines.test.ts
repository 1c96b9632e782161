/** The timeline of an incident: what is in it, in order, and for whom. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { freeze, unfreeze } from '../../../src/access/freeze.ts';
import { incidentTimeline } from '../../../src/access/incidents/timeline.ts';
import { hold } from '../../support/live-session.ts';
import type { ChatUser } from './chat-server.ts';
import { files, useIncidents } from './incident-harness.ts';

const { chat, incidents } = useIncidents();
const { download, granted, session } = incidents;

describe('a timeline', () => {
  test('tells in order who asked, decided and did what, in which nothing typed is markup', async () => {
    const { context, settle } = chat.current;
    const made = await granted('inc-42');
    const sessionId = await session(made, { live: true });
    await hold(chat.current, sessionId, { text: 'drop table t -- AKIAIOSFODNN7EXAMPLE\n```\n# no heading' });
    await freeze(context, { by: incidents.bob.person, reason: 'look *first*' });
    await unfreeze(context, { by: incidents.bob.person, reason: 'seen' });
    const asked = await incidents.bob.say('inc-42', '/access timeline');
    expect(asked.reply).toMatchObject({ tone: 'good' });
    await settle();
    await settle();
    const posted = files(await incidents.bob.messages('inc-42'));
    expect(posted).toHaveLength(1);
    const answer = await download(posted[0]);
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="timeline-inc-42.md"');
    const text = await answer.text();
    expect(text).toContain('# Incident inc\\-42');
    expect(text).toContain('\\<\\!channel\\> \\*rows\\* are missing');
    expect(text).toContain('approved it\\: go \\[on\\]\\(https\\://evil.example\\)');
    expect(text).not.toContain('AKIAIOSFODNN7EXAMPLE');
    expect(text).toMatch(/ {2}````\n {2}drop table t .*\n {2}```\n {2}# no heading\n {2}````/);
    const order = [
      'asked for',
      'approved it',
      'got read',
      'connected to',
      'waits with',
      'froze access',
      'lifted',
    ];
    const places = order.map((words) => text.indexOf(words));
    expect(places).toEqual(places.toSorted((one, other) => one - other));
    expect(places).not.toContain(-1);
  });

  test('holds the sessions that its reader may see, and counts the others', async () => {
    const { context } = chat.current;
    const name = 'inc-42';
    const outsider = await chat.current.user('erin', []);
    const kinds = async (viewer: ChatUser | null) => {
      const timeline = await incidentTimeline(context, { name, viewer: viewer?.person ?? null });
      return { kinds: new Set(timeline.entries.map(({ kind }) => kind)), hidden: timeline.hiddenSessions };
    };
    for (const reader of [null, incidents.alice, incidents.bob, incidents.carol]) {
      expect((await kinds(reader)).kinds.has('session')).toBe(true);
      expect((await kinds(reader)).hidden).toBe(0);
    }
    const seen = await kinds(outsider);
    expect([seen.kinds.has('session'), seen.kinds.has('hold'), seen.hidden]).toEqual([false, false, 1]);
    expect(seen.kinds.has('request')).toBe(true);
    await expect(incidentTimeline(context, { name: 'inc-nobody', viewer: null })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  test('asked for elsewhere is a link for whoever asks', async () => {
    const { reply } = await incidents.bob.say('general', '/access timeline inc-42');
    expect(reply?.card?.actions).toEqual([
      {
        kind: 'link',
        label: 'Open it',
        url: 'http://127.0.0.1:7180/incidents/inc-42',
      },
    ]);
  });
});

describe('a report', () => {
  test('is made once for each click, and posted in the channel, without what not everybody there may read', async () => {
    const { context, settle } = chat.current;
    const { id, channel } = await incidents.opened('with a report');
    const sessionId = await session(await granted(channel));
    const key = randomUUID();
    const click = { action: 'report', subject: id, key } as const;
    expect((await incidents.bob.click(channel, click)).reply).toMatchObject({ tone: 'good' });
    await incidents.bob.click(channel, click);
    await settle();
    const posted = files(await incidents.bob.messages(channel)).filter(({ card }) =>
      card?.title.startsWith('Report'),
    );
    expect(posted).toHaveLength(1);
    const text = await (await download(posted[0])).text();
    expect(text).toContain('# with a report');
    expect(text).toContain(`/sessions/${sessionId}`);
    expect(text).toContain('This is the report for the channel');
    // Its recording is checked, and what was asked in it stays where it is.
    expect(text).toContain('verified');
    expect(text).toContain('delete from customers where email = $1');
    expect(text).not.toContain('select email from customers');
    const [event] = await context.store
      .read()
      .execute<{ actor_id: string; data: object }[]>(
        `select actor_id, data from event where type = 'report.made' order by id desc limit 1`,
      );
    expect(event).toMatchObject({
      actor_id: incidents.bob.person.id,
      data: { audience: 'channel', verified: 1 },
    });
  });

  test('is asked for with a command, and elsewhere is a link', async () => {
    expect((await incidents.bob.say('inc-42', '/access incident report')).reply).toMatchObject({
      tone: 'good',
    });
    const { reply } = await incidents.bob.say('general', '/access incident report inc-42');
    expect(reply?.card?.actions).toEqual([
      { kind: 'link', label: 'Open it', url: 'http://127.0.0.1:7180/incidents/inc-42' },
    ]);
    expect((await incidents.bob.say('general', '/access incident report')).reply?.text).toContain(
      '/access incident report INCIDENT',
    );
  });
});
