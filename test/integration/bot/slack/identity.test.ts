/** Which accounts count: by what Slack says of them now, and nothing else. */
import { beforeEach, describe, expect, test } from 'vitest';
import { createSlackClient, lastingToken } from '../../../../src/bot/slack/client.ts';
import {
  BELIEVED_MS,
  createSlackIdentities,
  type SlackIdentities,
  type SlackSender,
} from '../../../../src/bot/slack/identity.ts';
import { ownWorkspaceOf } from '../../../../src/bot/slack/workspace.ts';
import { isAppError } from '../../../../src/core/errors.ts';
import { Secret } from '../../../../src/core/secret.ts';
import { TEST_POLICY, useTestAccess } from '../../../support/access.ts';
import { linkAccount } from '../../../support/chat-accounts.ts';
import { once } from '../../../support/slack/faults.ts';
import { BOT_TOKEN, useSlackWorkspace } from '../../../support/slack/workspace.ts';

const workspace = useSlackWorkspace();
const access = useTestAccess();

const OWN = 'T0OWN00000';
const OTHER = 'T0OTHER000';
const ENTERPRISE = 'E0ORG00000';
const MEMBER = {
  id: 'U0ALICE000',
  team_id: OWN,
  name: 'alice',
  real_name: 'Alice',
  deleted: false,
  is_bot: false,
  is_restricted: false,
  is_ultra_restricted: false,
};
const SENDER: SlackSender = { user: MEMBER.id, teams: [OWN], enterprise: null };

/** What Slack says of whoever is asked about, and of our token. */
let said: Readonly<Record<string, unknown>> = MEMBER;
let own: Readonly<Record<string, unknown>> = { team_id: OWN, team: 'Acme' };

beforeEach(() => {
  said = MEMBER;
  own = { team_id: OWN, team: 'Acme' };
  workspace.current.proxy.answer('users.info', () => ({ ok: true, user: said }));
  workspace.current.proxy.answer('auth.test', () => ({ ok: true, ...own }));
  configure();
});

function configure(workspaces?: readonly string[]): void {
  const list = workspaces === undefined ? '' : `, workspaces: [${workspaces.join(', ')}]`;
  access.current.applyPolicy(`${TEST_POLICY}
identity: { oidc: { issuer: "https://idp.test.example", clientId: sallyport } }
chat: { slack: { mode: http${list} } }
`);
}

function identities(timeoutMs = 5_000): SlackIdentities {
  const client = createSlackClient({
    token: lastingToken(new Secret(BOT_TOKEN)),
    apiUrl: workspace.current.apiUrl,
    timeoutMs,
  });
  return createSlackIdentities({
    access: access.current.context,
    client,
    ownWorkspace: ownWorkspaceOf(client),
  });
}

async function refusal(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!isAppError(error)) throw new Error(`not refused by an AppError: ${String(error)}`);
  return `${error.code}: ${error.message}`;
}

function asked(): number {
  return workspace.current.calls('users.info').length;
}

describe('an account counts', () => {
  test('of a full member', async () => {
    expect(await identities().accountOf(SENDER)).toEqual({
      platform: 'slack',
      tenant: OWN,
      enterprise: null,
      account: MEMBER.id,
      accountName: 'Alice',
      tenantName: 'Acme',
    });
  });

  test('of an Enterprise Grid by its organisation, in whichever workspace it is used', async () => {
    own = { team_id: OWN, team: 'Acme', enterprise_id: ENTERPRISE };
    said = { ...MEMBER, enterprise_user: { id: MEMBER.id, enterprise_id: ENTERPRISE, teams: [OWN, OTHER] } };
    const here = await identities().accountOf({ ...SENDER, enterprise: ENTERPRISE });
    expect(here).toMatchObject({ tenant: ENTERPRISE, enterprise: ENTERPRISE, account: MEMBER.id });
    configure([ENTERPRISE]);
    const there = await identities().accountOf({ ...SENDER, teams: [OTHER], enterprise: ENTERPRISE });
    expect(there).toEqual(here);
  });

  test('of every workspace of the organisation that the app is installed for', async () => {
    own = { team_id: OWN, team: 'Acme', enterprise_id: ENTERPRISE, is_enterprise_install: true };
    said = {
      ...MEMBER,
      team_id: OTHER,
      enterprise_user: { id: MEMBER.id, enterprise_id: ENTERPRISE, teams: [OTHER] },
    };
    const sender = { ...SENDER, teams: [OTHER], enterprise: ENTERPRISE };
    expect(await identities().accountOf(sender)).toMatchObject({ tenant: ENTERPRISE });
  });

  test('of a workspace that the policy names', async () => {
    configure([OTHER, OWN]);
    said = { ...MEMBER, team_id: OTHER };
    expect(await identities().accountOf({ ...SENDER, teams: [OTHER] })).toMatchObject({ tenant: OTHER });
  });
});

describe('an account is refused', () => {
  const { is_restricted: _restricted, ...unflagged } = MEMBER;
  test.each([
    ['of a guest', { is_restricted: true }, 'Guests'],
    ['of a guest of one channel', { is_restricted: true, is_ultra_restricted: true }, 'Guests'],
    ['of a guest by the second flag alone', { is_ultra_restricted: true }, 'Guests'],
    ['of a stranger', { is_stranger: true }, 'another workspace'],
    ['of another workspace', { team_id: OTHER }, 'another workspace'],
    ['of a bot', { is_bot: true }, 'Bots'],
    ['of a workflow', { is_workflow_bot: true }, 'Bots'],
    ['of a connector', { is_connector_bot: true }, 'Bots'],
    ['that is deactivated', { deleted: true }, 'deactivated'],
    ['that was invited and has not come', { is_invited_user: true }, 'what kind of account'],
    ['that Slack answers about with another one', { id: 'U0OTHER000' }, 'another workspace'],
    [
      'of another organisation, although its workspace has our id',
      { team_id: OTHER, enterprise_user: { enterprise_id: 'E0THEIRS00', teams: [OTHER] } },
      'another workspace',
    ],
  ])('%s', async (_whose, what, expected) => {
    said = { ...MEMBER, ...what };
    const reason = await refusal(identities().accountOf(SENDER));
    expect(reason).toMatch(/^forbidden: /);
    expect(reason).toContain(expected);
  });

  test('when Slack leaves out whether it is a guest’s', async () => {
    said = unflagged;
    expect(await refusal(identities().accountOf(SENDER))).toContain('what kind of account');
  });

  test('that Slack does not show us', async () => {
    workspace.current.proxy.answer('users.info', () => ({ ok: false, error: 'user_not_found' }));
    expect(await refusal(identities().accountOf(SENDER))).toContain('another workspace');
  });

  test('that comes from a workspace that is not admitted, before Slack is asked about it', async () => {
    const before = asked();
    expect(await refusal(identities().accountOf({ ...SENDER, teams: [OWN, OTHER] }))).toContain('another');
    configure([OTHER]);
    expect(await refusal(identities().accountOf(SENDER))).toContain('another workspace');
    expect(asked()).toBe(before);
  });

  test('of a whole organisation that is not admitted', async () => {
    own = { team_id: OWN, team: 'Acme', enterprise_id: ENTERPRISE };
    const sender = { ...SENDER, teams: [OTHER], enterprise: ENTERPRISE };
    expect(await refusal(identities().accountOf(sender))).toContain('another workspace');
  });
});

describe('what Slack says of an account', () => {
  test('is believed for a minute and not longer', async () => {
    const known = identities();
    const before = asked();
    await Promise.all(Array.from({ length: 20 }, () => known.accountOf(SENDER)));
    expect(asked()).toBe(before + 1);
    said = { ...MEMBER, is_restricted: true };
    // The clock runs on between the steps.
    access.current.clock.stepMs(BELIEVED_MS - 5_000);
    await known.accountOf(SENDER);
    access.current.clock.stepMs(5_000);
    expect(await refusal(known.accountOf(SENDER))).toContain('Guests');
    expect(asked()).toBe(before + 2);
  });

  test('is asked again when it could not be had, and nobody counts meanwhile', async () => {
    const known = identities();
    const down = { kind: 'status', status: 503 } as const;
    workspace.current.setFaults(once('users.info', down, down, down));
    expect(await refusal(known.accountOf(SENDER))).toMatch(/^unavailable: /);
    expect(await known.accountOf(SENDER)).toMatchObject({ account: MEMBER.id });
  });

  test('nor does anybody count while it is not known which workspace is ours', async () => {
    const known = identities();
    const down = { kind: 'lost' } as const;
    workspace.current.setFaults(once('auth.test', down, down, down));
    expect(await refusal(known.accountOf(SENDER))).toMatch(/^unavailable: /);
    expect(await known.accountOf(SENDER)).toMatchObject({ tenant: OWN });
  });
});

describe('the person behind an account', () => {
  test('is whoever linked it; an account of the same id elsewhere is another one', async () => {
    const known = identities();
    const account = await known.accountOf(SENDER);
    expect(await known.personOf(account)).toBeNull();
    const person = await access.current.person('alice', ['engineering']);
    await linkAccount(access.current.context, { account, person });
    expect(await known.personOf(account)).toMatchObject({ id: person.id, kind: 'person' });
    expect(await known.personOf({ ...account, tenant: OTHER })).toBeNull();
    expect(await known.personOf({ ...account, account: 'U0BOB00000' })).toBeNull();
  });
});
