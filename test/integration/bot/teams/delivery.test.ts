/** Writing to Teams over the real store, with everything going wrong that can: once for each key, at Teams' pace. */
import { beforeAll, describe, expect, test } from 'vitest';
import { createAppToken } from '../../../../src/bot/teams/app-token.ts';
import { createTeamsClient } from '../../../../src/bot/teams/client.ts';
import type { OutgoingActivity } from '../../../../src/bot/teams/connector.ts';
import { createTeamsConnector } from '../../../../src/bot/teams/create-connector.ts';
import { createTeamsMessages } from '../../../../src/bot/teams/messages.ts';
import { createPacing } from '../../../../src/bot/teams/pacing.ts';
import { isAppError } from '../../../../src/core/errors.ts';
import { Secret } from '../../../../src/core/secret.ts';
import { useTestAccess } from '../../../support/access.ts';
import { APP_ID, APP_PASSWORD, TENANT } from '../../../support/teams/authority.ts';
import { SEND_LIMITS } from '../../../support/teams/connector.ts';
import { readable } from '../../../support/teams/driver.ts';
import { type Fault, once } from '../../../support/teams/faults.ts';
import { useTeamsTenant } from '../../../support/teams/tenant.ts';

const access = useTestAccess();
const tenant = useTeamsTenant();

beforeAll(() => tenant.current.connector.setClock(access.current.clock));

function text(said: string): OutgoingActivity {
  return { type: 'message', text: said, summary: said, textFormat: 'plain' };
}

function to(channel: string) {
  return { serviceUrl: tenant.current.serviceUrl, conversation: tenant.current.channelId(channel) };
}

/** A replica: it shares the store with the others, and waits by moving their clock. */
function replica(options: { timeoutMs?: number; password?: string } = {}) {
  const { context, clock } = access.current;
  const { timeoutMs = 5_000, password = APP_PASSWORD } = options;
  const blocked: string[] = [];
  const { login, openIdMetadata } = tenant.current.endpoints;
  const issuer = 'https://api.botframework.com';
  const sleep = async (durationMs: number): Promise<void> => clock.stepMs(durationMs);
  const pacing = createPacing(context, sleep);
  const token = createAppToken(clock, {
    endpoints: { login, openIdMetadata, scope: issuer, tokenIssuer: issuer },
    ...{ appId: APP_ID, tenantId: TENANT, appPassword: new Secret(password) },
  });
  const connector = createTeamsConnector({
    client: createTeamsClient({ token, timeoutMs }),
    ...{ pacing, sleep, appId: APP_ID, random: () => 0.5 },
    onBlocked: async (conversation) => void blocked.push(conversation),
  });
  return { connector, pacing, blocked, messages: createTeamsMessages(context, connector) };
}

function post(
  key: string,
  options: { by?: ReturnType<typeof replica>; channel?: string; said?: string } = {},
) {
  const { by = replica(), channel = 'access', said = key } = options;
  return by.messages.postOnce({ to: to(channel), threadRef: null, key, activity: text(said) });
}

function saidIn(channel: string): readonly string[] {
  return tenant.current.messages(channel).map(readable);
}

async function refusalOf(attempt: Promise<unknown>) {
  const error = await attempt.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!isAppError(error)) throw new Error(`not refused, or not by an AppError: ${String(error)}`);
  return error;
}

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  return (await refusalOf(attempt)).code;
}

/** The pace of one test is not the next one's matter. */
function rest(): void {
  access.current.clock.stepMs(120_000);
}

describe('one message for each key', () => {
  test('a second post shows its card in the first message', async () => {
    const { ref } = await post('twice');
    expect(await post('twice', { said: 'twice, newer' })).toEqual({ ref });
    expect(saidIn('access').filter((said) => said.includes('twice'))).toEqual(['twice, newer']);
  });

  test('of replicas that post at once, one does', async () => {
    const outcomes = await Promise.allSettled([post('at-once'), post('at-once'), post('at-once')]);
    expect(outcomes.some(({ status }) => status === 'fulfilled')).toBe(true);
    expect(saidIn('access').filter((said) => said === 'at-once')).toHaveLength(1);
  });

  test.each<Fault>([{ kind: 'unanswered' }, { kind: 'slow', afterMs: 700 }])(
    'what Teams took and did not confirm ($kind) is not posted again at once',
    async (fault) => {
      const key = `unconfirmed-${fault.kind}`;
      const by = replica({ timeoutMs: 300 });
      tenant.current.setFaults(once('send', fault));
      expect(await codeOf(post(key, { by }))).toBe('unavailable');
      expect(await codeOf(post(key))).toBe('rate_limited');
      access.current.clock.stepMs(5_000);
      const { ref } = await post(key);
      const posted = tenant.current.messages('access').filter((message) => readable(message) === key);
      // A bot cannot look for it: it is there twice rather than not at all, and the last one is kept up to date.
      expect(posted.map(({ id }) => id).at(-1)).toBe(ref);
      expect(posted).toHaveLength(2);
    },
  );

  test('a reply stands in its thread, and is found there to be edited', async () => {
    const { ref: threadRef } = await post('begins a thread', { channel: 'General' });
    const by = replica();
    const reply = { to: to('General'), threadRef, key: 'a reply', activity: text('a reply') };
    const { ref } = await by.messages.postOnce(reply);
    await by.messages.edit({ to: to('General'), ref, activity: text('a reply, newer') });
    const [, answer] = tenant.current.messages('General');
    expect(answer).toMatchObject({ thread: threadRef, edits: 1 });
    const below = { ...reply, threadRef: ref, key: 'below', activity: text('below') };
    await by.messages.postOnce(below);
    expect(tenant.current.messages('General').at(-1)?.thread).toBe(threadRef);
  });
});

describe('pace', () => {
  test('no stretch of time has more than Teams takes, from all replicas together', async () => {
    const { clock } = access.current;
    const replicas = [replica(), replica()];
    const conversation = tenant.current.channelId('inc-42');
    const sentAt: number[] = [];
    for (let index = 0; sentAt.length < 130; index += 1) {
      const by = replicas[index % 2];
      await by?.pacing
        .inTurn({ conversation: `${conversation};messageid=${index}` }, async () => {
          sentAt.push(clock.now().getTime());
        })
        .catch((error: unknown) => {
          if (!isAppError(error, 'rate_limited')) throw error;
          clock.stepMs(Number(error.context['retryAfterSeconds']) * 1_000);
        });
    }
    for (const { countMax, withinMs } of SEND_LIMITS) {
      const most = Math.max(
        ...sentAt.map((at) => sentAt.filter((one) => one >= at && one < at + withinMs).length),
      );
      expect(most, `${withinMs} ms`).toBeLessThanOrEqual(countMax);
    }
    // What is over the first burst goes at a pace that an hour of has fewer than 1,800.
    const [first = 0] = sentAt;
    expect((sentAt.at(-1) ?? 0) - first).toBeGreaterThan(85_000);
    expect((sentAt.at(-1) ?? 0) - first).toBeLessThan(200_000);
  });

  test('what Teams told one replica holds for all, and other conversations go on', async () => {
    rest();
    tenant.current.setFaults(once('send', { kind: 'rate-limited', retryAfterSeconds: 40 }));
    expect((await refusalOf(post('limited'))).context).toMatchObject({ retryAfterSeconds: 40 });
    const sent = tenant.current.calls('send').length;
    expect(await codeOf(post('limited'))).toBe('rate_limited');
    expect(tenant.current.calls('send')).toHaveLength(sent);
    await post('elsewhere', { channel: 'access-audit' });
    access.current.clock.stepMs(40_000);
    await post('limited');
    expect(saidIn('access')).toContain('limited');
  });

  test('edits that can wait leave room for those that people wait for', async () => {
    rest();
    const { ref } = await post('edited');
    const { messages } = replica();
    const edit = (canWait: boolean) =>
      messages.edit({ to: to('access'), ref, activity: text('edited'), canWait });
    let refused = 0;
    for (let index = 0; index < 6; index += 1) await edit(true).catch(() => (refused += 1));
    expect(refused).toBeGreaterThan(2);
    await edit(false);
  });

  test('lines that can wait leave room for cards', async () => {
    rest();
    const { connector } = replica();
    const say = () => connector.send(to('access'), text('a line'), { canWait: true });
    const before = saidIn('access').length;
    const outcomes = await Promise.allSettled(Array.from({ length: 6 }, say));
    expect(outcomes.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(2);
    await post('among many lines');
    expect(saidIn('access').slice(before)).toContain('among many lines');
  });
});

describe('what passes', () => {
  test.each<Fault>([
    { kind: 'status', status: 412 },
    { kind: 'status', status: 502 },
    { kind: 'status', status: 504 },
    { kind: 'rate-limited', retryAfterSeconds: 1 },
  ])('is tried again: $kind $status', async (fault) => {
    rest();
    const key = `passing ${fault.kind} ${'status' in fault ? fault.status : ''}`.trim();
    tenant.current.setFaults(once('send', fault, fault, fault));
    await post(key);
    expect(saidIn('access')).toContain(key);
  });

  test('is given up after the fourth time, for a job to try again', async () => {
    rest();
    const fault: Fault = { kind: 'status', status: 412 };
    tenant.current.setFaults(once('send', fault, fault, fault, fault));
    expect(await codeOf(post('never'))).toBe('unavailable');
    await post('never');
  });
});

describe('what does not pass', () => {
  test('is said in words that an operator can use, without a token', async () => {
    rest();
    const wrong = await refusalOf(post('wrong', { by: replica({ password: 'of-another-app' }) }));
    expect(wrong.code).toBe('unavailable');
    expect(wrong.message).toContain('AADSTS7000215');
    expect(wrong.message).not.toContain('of-another-app');

    const { connector } = replica();
    const { serviceUrl } = tenant.current;
    expect(await codeOf(connector.send({ serviceUrl, conversation: '19:gone' }, text('x')))).toBe(
      'not_found',
    );
    const nowhere = connector.send({ serviceUrl: 'http://127.0.0.1:1/', conversation: '19:x' }, text('x'));
    const unreached = await refusalOf(nowhere);
    expect(unreached).toMatchObject({ code: 'unavailable', context: { uncertain: true } });
    expect(unreached.message).not.toContain('granted-');
    tenant.current.setFaults(once('send', { kind: 'status', status: 413, code: 'MessageSizeTooBig' }));
    expect(await codeOf(post('too large'))).toBe('too_large');
  });

  test('marks a conversation that takes nothing from us, and leaves what is posted there as it is', async () => {
    rest();
    const by = replica();
    const { ref } = await post('before', { by, channel: 'access-audit' });
    const conversation = tenant.current.channelId('access-audit');
    tenant.current.block(conversation);
    expect(await codeOf(post('after', { by, channel: 'access-audit' }))).toBe('forbidden');
    expect(await codeOf(by.messages.edit({ to: to('access-audit'), ref, activity: text('x') }))).toBe(
      'not_found',
    );
    expect(by.blocked).toEqual([conversation, conversation]);
    tenant.current.block(conversation, false);
  });
});

describe('people and channels', () => {
  test('are read as Teams has them', async () => {
    const { connector } = replica();
    const { serviceUrl, member } = tenant.current;
    const channels = await connector.channelsOf({ serviceUrl, team: '19:team-payments@thread.tacv2' });
    expect(channels.map(({ name }) => name)).toEqual([null, 'access', 'access-audit', 'inc-42']);
    const guest = await connector.memberOf(to('access'), member('guest').id);
    expect(guest).toMatchObject({ userRole: 'guest', tenantId: TENANT });
    expect(await connector.memberOf(to('access'), '29:nobody')).toBeNull();
    const person = { serviceUrl, tenantId: TENANT };
    const personal = await connector.openPersonal({ ...person, userId: member('alice').id });
    expect(personal).toBe(tenant.current.personalId('alice'));
    expect(await connector.openPersonal({ ...person, userId: '29:nobody' })).toBeNull();
  });

  test('one token serves many calls, and is asked for once', async () => {
    rest();
    const { connector } = replica();
    const { granted } = tenant.current.connector.authority;
    const before = granted.length;
    await Promise.all([1, 2, 3].map(() => connector.memberOf(to('access'), tenant.current.member('bob').id)));
    expect(granted).toHaveLength(before + 1);
    access.current.clock.stepMs(3_600_000);
    await connector.memberOf(to('access'), tenant.current.member('bob').id);
    expect(granted).toHaveLength(before + 2);
  });
});
