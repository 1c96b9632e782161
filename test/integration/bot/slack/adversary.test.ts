/** What somebody may try who wants more than they may have, or to make others believe what is not so. */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { listRequests, readRequest } from '../../../../src/access/read-access.ts';
import { TEST_POLICY } from '../../../support/access.ts';
import { linkAccount } from '../../../support/chat-accounts.ts';
import { idIn } from '../../../support/main-job-policy.ts';
import { signedRequest } from '../../../support/slack/driver.ts';
import { type LinkedUser, useSlackServer } from '../../../support/slack/server.ts';
import { RECORD } from '../../../support/slack/slack-call.ts';
import { TEAM } from '../../../support/slack/workspace.ts';

const slack = useSlackServer({ policy: `${TEST_POLICY}incidents: { channels: ["inc-*"] }\n` });
let alice: LinkedUser;
let bob: LinkedUser;

beforeAll(async () => {
  alice = await slack.current.user('alice', ['engineering', 'dba']);
  bob = await slack.current.user('bob', ['sre']);
});

async function post(body: object): Promise<Record<string, unknown>> {
  const { eventsUrl, clock } = slack.current;
  const sent = signedRequest({ kind: 'interactive', body: { ...body } }, clock.now());
  const response = await fetch(eventsUrl, { method: 'POST', ...sent });
  const text = await response.text();
  return { status: response.status, ...(text === '' ? {} : RECORD.parse(JSON.parse(text))) };
}

/** The form that asks for access, submitted as Slack sends it. */
async function submission(by: { id: string }, fields: { reason: string; beneficiary?: string }) {
  const text = (value: string) => ({ value: { type: 'plain_text_input', value } });
  const values = {
    resource: { value: { type: 'external_select', selected_option: { value: 'orders-db' } } },
    duration: text('1h'),
    reason: text(fields.reason),
    beneficiary: { value: { type: 'users_select', selected_user: fields.beneficiary ?? null } },
  };
  const blocks = Object.keys(values).map((id) => ({ type: 'input', block_id: id }));
  const channel = await slack.current.workspace.channelId('general');
  return {
    type: 'view_submission',
    ...{ team: { id: TEAM, domain: 'acme' }, user: { id: by.id, team_id: TEAM }, trigger_id: randomUUID() },
    view: {
      ...{
        id: `V${randomUUID()}`,
        type: 'modal',
        callback_id: 'request',
        hash: '1',
        blocks,
        state: { values },
      },
      private_metadata: JSON.stringify({ subject: 'new', channel }),
    },
  };
}

describe('a channel that another organisation reads', () => {
  test('gets no card and makes no request an incident’s, whatever it is called', async () => {
    const { workspace, context } = slack.current;
    const shared = await workspace.channelId('inc-42');
    workspace.proxy.amend('conversations.info', (answer, { channel }) =>
      channel === shared
        ? { ...answer, channel: { ...RECORD.parse(answer['channel']), is_ext_shared: true } }
        : answer,
    );
    const said = await alice.command('inc-42', 'request orders-db for 1h because vendors listen');
    expect(said).toContain('the card is in #access');
    await slack.current.settle();
    expect(await workspace.messages('inc-42')).toEqual([]);
    expect(await readRequest(context, { id: idIn(said) })).toMatchObject({ incident: null, origin: null });
    await slack.current.card('access', idIn(said));
  });
});

describe('the requester', () => {
  test('approves nothing with a second account of their own', async () => {
    const { context, workspace } = slack.current;
    const second = slack.current.stranger('carol');
    await linkAccount(context, {
      account: {
        ...{ platform: 'slack', tenant: TEAM, enterprise: null, account: workspace.userId('carol') },
        ...{ accountName: 'Carol', tenantName: 'Acme' },
      },
      person: alice.person,
    });
    slack.current.clock.stepMs(60_000);
    const id = idIn(await alice.command('general', 'request orders-db for 1h because I have two'));
    await slack.current.settle();
    const card = await slack.current.card('general', id);
    expect(await second.pressAndRead(card, 'approve')).toContain('cannot decide about your own request');
    expect(await second.command('general', `approve ${id}`)).not.toContain('still needs 1 of sre.');
    expect((await readRequest(context, { id })).votes).toEqual([]);
  });
});

describe('a form', () => {
  test('that is submitted twice at once asks once', async () => {
    const body = await submission(alice, { reason: 'pressed twice' });
    await Promise.all([post(body), post({ ...body, trigger_id: randomUUID() })]);
    const made = async () => {
      const all = await listRequests(slack.current.context, { requesterId: alice.person.id, limit: 100 });
      return all.filter(({ reason }) => reason === 'pressed twice').length;
    };
    await expect.poll(made).toBe(1);
    await slack.current.settle();
    expect(await made()).toBe(1);
  });

  test('tells nobody who may not act whether an account is linked', async () => {
    const guest = slack.current.stranger('guest');
    for (const beneficiary of [bob.id, slack.current.workspace.userId('robot')]) {
      const answer = JSON.stringify(
        await post(await submission(guest, { reason: 'who is it', beneficiary })),
      );
      expect(answer).toContain('Guests of the workspace');
      expect(answer).not.toMatch(/linked/);
    }
  });

  test('says beside the field that whoever was picked is not known', async () => {
    const beneficiary = slack.current.workspace.userId('robot');
    expect(await post(await submission(alice, { reason: 'for a robot', beneficiary }))).toMatchObject({
      response_action: 'errors',
      errors: { beneficiary: expect.stringContaining('have not linked their Slack account') },
    });
  });

  test('takes a mention that was typed as words, and for nobody', async () => {
    const body = await submission(alice, { reason: `<@${bob.id}> <!channel> said so` });
    await post(body);
    await slack.current.settle();
    const all = await listRequests(slack.current.context, { requesterId: alice.person.id, limit: 100 });
    const made = all.find(({ reason }) => reason.includes('said so'));
    expect(made).toMatchObject({
      reason: `<@${bob.id}> <!channel> said so`,
      beneficiary: { id: alice.person.id },
    });
  });
});

describe('more than anybody types', () => {
  test('is answered in words', async () => {
    const said = await alice.command('general', `request orders-db because ${'x'.repeat(30_000)}`);
    expect(said).toMatch(/A command has at most \d+ characters/);
  });

  test('is searched for, and not found', async () => {
    const body = {
      type: 'block_suggestion',
      ...{ user: { id: alice.id, team_id: TEAM }, team: { id: TEAM, domain: 'acme' } },
      ...{ container: { type: 'view', view_id: 'V1' }, action_id: 'value', block_id: 'resource' },
      value: 'o'.repeat(5_000),
      view: (await submission(alice, { reason: '' })).view,
    };
    expect(await post(body)).toEqual({ status: 200, options: [] });
  });
});
