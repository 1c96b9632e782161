/** Posting to Slack over the real store, with everything going wrong that can: once for each key, at Slack's pace. */
import { describe, expect, test } from 'vitest';
import type { Card } from '../../../../src/bot/card.ts';
import { createSlackClient, lastingToken, type SlackClient } from '../../../../src/bot/slack/client.ts';
import { createSlackPlatform } from '../../../../src/bot/slack/slack-platform.ts';
import { isAppError } from '../../../../src/core/errors.ts';
import { Secret } from '../../../../src/core/secret.ts';
import { useTestAccess } from '../../../support/access.ts';
import { type Fault, once } from '../../../support/slack/faults.ts';
import { RECORD } from '../../../support/slack/slack-call.ts';
import { BOT_TOKEN, useSlackWorkspace } from '../../../support/slack/workspace.ts';

const access = useTestAccess();
const workspace = useSlackWorkspace();

function card(title: string): Card {
  return {
    tone: 'waiting',
    title,
    status: 'Pending.',
    fields: [{ label: 'Reason', value: 'payouts hang' }],
    lists: [],
    actions: [],
    fallback: title,
  };
}

function client(timeoutMs = 5_000): SlackClient {
  return createSlackClient({
    token: lastingToken(new Secret(BOT_TOKEN)),
    apiUrl: workspace.current.apiUrl,
    timeoutMs,
  });
}

/** A replica: it shares the store with the others, and waits by moving their clock. */
function replica(options: { timeoutMs?: number } = {}) {
  const { context, clock } = access.current;
  return createSlackPlatform({
    access: context,
    client: client(options.timeoutMs),
    sleep: async (durationMs) => clock.stepMs(durationMs),
  });
}

async function post(key: string, options: { by?: ReturnType<typeof replica>; channel?: string } = {}) {
  const channel = await workspace.current.channelId(options.channel ?? 'access');
  const message = { channel, threadRef: null, card: card(key), key };
  return (options.by ?? replica()).post(message);
}

async function titlesIn(channel: string): Promise<string[]> {
  return (await workspace.current.messages(channel)).map(({ text }) => text);
}

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!isAppError(error)) throw new Error(`not refused, or not by an AppError: ${String(error)}`);
  return error.code;
}

describe('one message for each key', () => {
  test('a second post shows its card in the first message', async () => {
    const { ref } = await post('twice');
    const channel = await workspace.current.channelId('access');
    const again = await replica().post({
      channel,
      threadRef: null,
      card: card('twice, newer'),
      key: 'twice',
    });
    expect(again.ref).toBe(ref);
    const texts = (await titlesIn('access')).filter((text) => text.includes('twice'));
    expect(texts).toEqual([expect.stringContaining('twice, newer')]);
  });

  test.each<Fault>([{ kind: 'unanswered' }, { kind: 'slow', afterMs: 700 }])(
    'a post that Slack took and did not confirm ($kind) is found again',
    async (fault) => {
      const key = `unconfirmed-${fault.kind}`;
      const by = replica({ timeoutMs: 300 });
      workspace.current.setFaults(once('chat.postMessage', fault));
      expect(await codeOf(post(key, { by }))).toBe('unavailable');
      // Slack may still be at it: nobody tries at once.
      expect(await codeOf(post(key))).toBe('rate_limited');
      access.current.clock.stepMs(5_000);
      const { ref } = await post(key);
      const posted = (await workspace.current.messages('access')).filter(({ text }) => text.includes(key));
      expect(posted.map(({ ts }) => ts)).toEqual([ref]);
    },
  );

  test.each<Fault>([{ kind: 'lost' }, { kind: 'status', status: 500 }])(
    'a post that did not arrive ($kind) is sent again',
    async (fault) => {
      const key = `missing-${fault.kind}`;
      workspace.current.setFaults(once('chat.postMessage', fault));
      expect(await codeOf(post(key))).toBe('unavailable');
      access.current.clock.stepMs(5_000);
      await post(key);
      expect((await titlesIn('access')).filter((text) => text.includes(key))).toHaveLength(1);
    },
  );

  test('a process that dies while it posts leaves no second message behind', async () => {
    const key = 'crashed';
    workspace.current.setFaults(once('chat.postMessage', { kind: 'slow', afterMs: 500 }));
    // As if its process was gone: what it learns is not written down before somebody else has the posting.
    const dying = post(key);
    await expect
      .poll(() => titlesIn('access').then((all) => all.some((text) => text.includes(key))))
      .toBe(true);
    access.current.clock.stepMs(30_000);
    const { ref } = await post(key);
    expect((await dying).ref).toBe(ref);
    expect((await titlesIn('access')).filter((text) => text.includes(key))).toHaveLength(1);
  });

  test('of two replicas that post at once, one does', async () => {
    const outcomes = await Promise.allSettled([post('at-once'), post('at-once'), post('at-once')]);
    expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true);
    expect((await titlesIn('access')).filter((text) => text.includes('at-once'))).toHaveLength(1);
  });
});

describe('pace', () => {
  test('a channel gets one message a second from all replicas together', async () => {
    const { clock } = access.current;
    const [one, other] = [replica(), replica()];
    const before = clock.now().getTime();
    for (let index = 0; index < 10; index += 1) {
      await post(`pace-${index}`, { by: index % 2 === 0 ? one : other, channel: 'general' });
    }
    expect(clock.now().getTime() - before).toBeGreaterThanOrEqual(9_000);
  });

  test('what Slack told one replica holds for all, and other channels go on', async () => {
    const faults = once('chat.postMessage', { kind: 'rate-limited', retryAfterSeconds: 40 });
    workspace.current.setFaults(faults);
    expect(await codeOf(post('limited', { channel: 'inc-42' }))).toBe('rate_limited');
    workspace.current.setFaults(() => null);
    const sent = workspace.current.calls('chat.postMessage').length;
    expect(await codeOf(post('limited', { channel: 'inc-42' }))).toBe('rate_limited');
    expect(workspace.current.calls('chat.postMessage')).toHaveLength(sent);
    await post('elsewhere', { channel: 'access-audit' });
    access.current.clock.stepMs(37_000);
    await post('limited', { channel: 'inc-42' });
    expect((await titlesIn('inc-42')).filter((text) => text.includes('limited'))).toHaveLength(1);
  });

  test('those who come too early are told to come back one after the other', async () => {
    const faults = once('chat.postMessage', { kind: 'rate-limited', retryAfterSeconds: 20 });
    workspace.current.setFaults(faults);
    await post('first', { channel: 'access-audit' }).catch(() => undefined);
    const told: number[] = [];
    for (let index = 0; index < 4; index += 1) {
      const error = await post(`early-${index}`, { channel: 'access-audit' }).catch(
        (thrown: unknown) => thrown,
      );
      if (isAppError(error, 'rate_limited')) told.push(Number(error.context['retryAfterSeconds']));
    }
    const gaps = told.slice(1).map((seconds, index) => Math.round(seconds - (told[index] ?? 0)));
    expect(gaps).toEqual([1, 1, 1]);
    access.current.clock.stepMs(30_000);
  });

  test('edits that can wait leave room for those that people wait for', async () => {
    const { ref } = await post('edited');
    const channel = await workspace.current.channelId('access');
    const by = replica();
    const edit = (canWait: boolean) => by.update({ channel, ref, card: card('edited'), canWait });
    let refused = 0;
    for (let index = 0; index < 10; index += 1) await edit(true).catch(() => (refused += 1));
    expect(refused).toBeGreaterThan(5);
    await edit(false);
  });
});

describe('channels', () => {
  test('are known by name and by id; not those that others read, nor those that are archived', async () => {
    const { clock } = access.current;
    const id = await workspace.current.channelId('general');
    const by = replica();
    expect(await by.resolveChannel('general')).toBe(id);
    expect(await by.resolveChannel('#General')).toBe(id);
    expect(await by.resolveChannel(id)).toBe(id);
    expect(await by.nameOf(id)).toBe('general');
    expect(await by.resolveChannel('no-such-channel')).toBeNull();
    expect(await by.resolveChannel('C0NOSUCH000')).toBeNull();

    const shared = await workspace.current.channelId('access-audit');
    workspace.current.proxy.amend('conversations.info', (answer, { channel }) =>
      channel === shared
        ? { ...answer, channel: { ...RECORD.parse(answer['channel']), is_ext_shared: true } }
        : answer,
    );
    expect(await by.resolveChannel('access-audit')).toBeNull();
    expect(await by.nameOf(shared)).toBe('access-audit');

    const made = await by.createChannel({ name: 'inc-900', topic: 'Payouts hang', invite: [] });
    expect(made.name).toBe('inc-900');
    clock.stepMs(15_000);
    expect(await by.resolveChannel('inc-900')).toBe(made.channel);
    expect(await codeOf(by.createChannel({ name: 'inc-900', topic: '', invite: [] }))).toBe('conflict');
    await by.closeChannel(made.channel);
    await by.closeChannel(made.channel);
    expect(await by.resolveChannel('inc-900')).toBeNull();
    const closed = { channel: made.channel, threadRef: null, card: card('too late'), key: 'too late' };
    expect(await codeOf(by.post(closed))).toBe('not_found');
  });
});

describe('files', () => {
  const bytes = new TextEncoder().encode('# Timeline\n');

  test('are shared once in a thread, whatever Slack confirms', async () => {
    const { ref: threadRef } = await post('with a file', { channel: 'general' });
    const channel = await workspace.current.channelId('general');
    const file = { channel, threadRef, name: 'timeline.md', title: 'Timeline', bytes, key: 'file-1' };
    workspace.current.setFaults(once('files.completeUploadExternal', { kind: 'unanswered' }));
    expect(await codeOf(replica().upload(file))).toBe('unavailable');
    access.current.clock.stepMs(5_000);
    const { ref } = await replica().upload(file);
    expect(await replica().upload(file)).toEqual({ ref });
    const shared = (await workspace.current.messages('general')).filter(({ files }) => files.length > 0);
    expect(shared.map(({ thread_ts: thread, files }) => [thread, files[0]?.['id']])).toEqual([
      [threadRef, ref],
    ]);
  });
});

describe('errors', () => {
  test('say what an operator can do', async () => {
    const wrong = createSlackClient({
      token: lastingToken(new Secret('xoxb-wrong')),
      apiUrl: workspace.current.apiUrl,
    });
    await expect(wrong.call('say who we are', (web) => web.auth.test())).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('invalid_auth'),
    });
    const gone = { channel: await workspace.current.channelId('access'), ref: '1.1', card: card('gone') };
    expect(await codeOf(replica().update(gone))).toBe('not_found');
    const nowhere = createSlackClient({
      token: lastingToken(new Secret(BOT_TOKEN)),
      apiUrl: 'http://127.0.0.1:1/api/',
    });
    expect(await codeOf(nowhere.call('say who we are', (web) => web.auth.test()))).toBe('unavailable');
  });
});
