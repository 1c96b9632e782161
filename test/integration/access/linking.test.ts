/** Linking chat accounts: both ends bound, one person for each account, and no vote on what was open before. */
import { describe, expect, test } from 'vitest';
import { accountsOf, personOfChatAccount } from '../../../src/access/chat-accounts.ts';
import { delegateVotes } from '../../../src/access/delegate-votes.ts';
import { showLinkCode } from '../../../src/access/linking/begin-link.ts';
import { completeLink, openLink } from '../../../src/access/linking/complete-link.ts';
import {
  listLinkedChatAccounts,
  readChatAccountChange,
  unlinkAccount,
} from '../../../src/access/linking/unlink.ts';
import { listPendingFor } from '../../../src/access/list-pending.ts';
import { readRequest } from '../../../src/access/read-access.ts';
import { tidyUp } from '../../../src/access/upkeep.ts';
import type { ChatAccount } from '../../../src/core/chat-account.ts';
import { after as later } from '../../../src/core/clock.ts';
import type { Person } from '../../../src/core/identity.ts';
import { useTestAccess } from '../../support/access.ts';
import { chatAccount, codeFor, linkAccount, nonceFor } from '../../support/chat-accounts.ts';
import { ask, countRows, formerly, VOTES_POLICY, vote } from './votes.ts';

const POLICY = `${VOTES_POLICY}
identity: { oidc: { issuer: "https://idp.test.example", clientId: sallyport } }
`;
const access = useTestAccess({ policy: POLICY });
const MINUTE_MS = 60_000;

async function cast() {
  const { person } = access.current;
  return {
    alice: await person('alice', ['engineering']),
    bob: await person('bob', ['sre']),
    dana: await person('dana', ['sre', 'dba']),
  };
}

const signIn = (nonce: string, by: Person, signedInAt: Date | null = access.current.clock.now()) => ({
  nonce,
  by,
  signedInAt,
});

/** What the account is shown, on the page of this person. */
async function opened(account: ChatAccount, by: Person): Promise<{ nonce: string; code: string }> {
  const { context } = access.current;
  const nonce = await nonceFor(context, account);
  await openLink(context, signIn(nonce, by));
  return { nonce, code: await codeFor(context, account) };
}

async function through(account: ChatAccount): Promise<Person> {
  const person = await personOfChatAccount(access.current.context, account);
  if (person?.kind !== 'person') throw new Error('the account is linked to nobody');
  return person;
}

describe('a link', () => {
  test('needs the page first, then the code of that account: then it acts as its person', async () => {
    const { context } = access.current;
    const { bob } = await cast();
    const account = chatAccount('bob1');
    expect(await personOfChatAccount(context, account)).toBeNull();
    const nonce = await nonceFor(context, account);
    await expect(showLinkCode(context, { account })).rejects.toMatchObject({ code: 'conflict' });
    expect(await openLink(context, signIn(nonce, bob))).toMatchObject({ account, current: null });
    const shown = await showLinkCode(context, { account });
    expect(shown).toMatchObject({ person: { id: bob.id } });
    expect(shown.code.reveal()).toMatch(/^\d{6}$/);
    expect(await personOfChatAccount(context, account)).toBeNull();
    const typed = shown.code.reveal().replace(/(\d{3})(\d{3})/, ' $1-$2 ');
    expect(await completeLink(context, { ...signIn(nonce, bob), code: typed })).toMatchObject({
      account,
      person: { id: bob.id },
    });
    expect(await personOfChatAccount(context, account)).toMatchObject({
      id: bob.id,
      groups: ['sre'],
      through: { platform: 'slack', tenant: 'T0ACME', enterprise: null, account: account.account },
    });
    expect(await accountsOf(context, { platform: 'slack', personId: bob.id })).toMatchObject([account]);
    expect(await accountsOf(context, { platform: 'teams', personId: bob.id })).toEqual([]);
  });

  test('lends nobody’s vote: who opens a stranger’s link cannot finish it without the stranger’s code', async () => {
    const { context } = access.current;
    const { bob } = await cast();
    const mallory = chatAccount('mallory');
    const nonce = await nonceFor(context, mallory);
    await openLink(context, signIn(nonce, bob));
    const own = chatAccount('bob2');
    const { code } = await opened(own, bob);
    // Neither a code of bob's own account nor none at all.
    for (const guess of [code, '', '000000']) {
      await expect(completeLink(context, { ...signIn(nonce, bob), code: guess })).rejects.toMatchObject({
        code: 'invalid_input',
      });
    }
    expect(await personOfChatAccount(context, mallory)).toBeNull();
  });

  test('is for who opened it first', async () => {
    const { context } = access.current;
    const { bob, alice } = await cast();
    const account = chatAccount('first');
    const { nonce, code } = await opened(account, bob);
    await expect(openLink(context, signIn(nonce, alice))).rejects.toMatchObject({
      code: 'conflict',
      message: /Bob has opened/,
    });
    await expect(completeLink(context, { ...signIn(nonce, alice), code })).rejects.toMatchObject({
      code: 'conflict',
    });
    await completeLink(context, { ...signIn(nonce, bob), code });
    expect(await through(account)).toMatchObject({ id: bob.id });
  });

  test('needs a sign-in that is newer than itself', async () => {
    const { context, clock } = access.current;
    const { bob } = await cast();
    const account = chatAccount('fresh');
    const nonce = await nonceFor(context, account);
    for (const signedInAt of [null, later(clock.now(), -MINUTE_MS)]) {
      await expect(openLink(context, signIn(nonce, bob, signedInAt))).rejects.toMatchObject({
        code: 'step_up_required',
      });
    }
    await expect(showLinkCode(context, { account })).rejects.toMatchObject({ code: 'conflict' });
    await openLink(context, signIn(nonce, bob));
    const code = await codeFor(context, account);
    await expect(
      completeLink(context, { ...signIn(nonce, bob, later(clock.now(), -MINUTE_MS)), code }),
    ).rejects.toMatchObject({ code: 'step_up_required' });
  });

  test('works once, also when it is finished ten times at once', async () => {
    const { context } = access.current;
    const { bob } = await cast();
    const account = chatAccount('once');
    const { nonce, code } = await opened(account, bob);
    const finish = () => completeLink(context, { ...signIn(nonce, bob), code });
    const all = await Promise.allSettled(Array.from({ length: 10 }, finish));
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(finish()).rejects.toMatchObject({ code: 'gone', message: /used already/ });
    expect(await countRows(context, 'chat_account_change where account = ?', [account.account])).toBe(1);
  });

  test('stops after five wrong codes, and not after four', async () => {
    const { context } = access.current;
    const { bob } = await cast();
    const account = chatAccount('guessed');
    const { nonce, code } = await opened(account, bob);
    const wrong = code === '123456' ? '654321' : '123456';
    const guess = () => completeLink(context, { ...signIn(nonce, bob), code: wrong });
    for (let tries = 4; tries > 1; tries -= 1) {
      await expect(guess()).rejects.toMatchObject({ code: 'invalid_input', message: /tries are left/ });
    }
    await expect(guess()).rejects.toMatchObject({ message: /One try is left/ });
    const other = chatAccount('guessed-less');
    const second = await opened(other, bob);
    await expect(guess()).rejects.toMatchObject({ code: 'gone' });
    await expect(completeLink(context, { ...signIn(nonce, bob), code })).rejects.toMatchObject({
      code: 'gone',
    });
    await expect(showLinkCode(context, { account })).rejects.toMatchObject({ code: 'gone' });
    for (let tries = 4; tries > 0; tries -= 1) {
      const input = { ...signIn(second.nonce, bob), code: second.code === wrong ? '1' : wrong };
      await expect(completeLink(context, input)).rejects.toMatchObject({ code: 'invalid_input' });
    }
    await completeLink(context, { ...signIn(second.nonce, bob), code: second.code });
    expect(await through(other)).toMatchObject({ id: bob.id });
  });

  test('stops working after ten minutes, to the moment, and is removed then', async () => {
    const { context, clock } = access.current;
    const { bob } = await cast();
    const account = chatAccount('old');
    const start = clock.now();
    const at = (ms: number) => ({ ...context, clock: { now: () => later(start, ms) } });
    const nonce = await nonceFor(at(0), account);
    await openLink(at(1), signIn(nonce, bob, later(start, 1)));
    const code = await codeFor(at(2), account);
    const finish = (ms: number) => completeLink(at(ms), { ...signIn(nonce, bob, later(start, 1)), code });
    await expect(finish(10 * MINUTE_MS)).rejects.toMatchObject({ code: 'gone', message: /too old/ });
    await expect(showLinkCode(at(10 * MINUTE_MS), { account })).rejects.toMatchObject({ code: 'not_found' });
    await finish(10 * MINUTE_MS - 1);
    await tidyUp(at(10 * MINUTE_MS));
    expect(await countRows(context, 'chat_link_nonce where account = ?', [account.account])).toBe(0);
  });

  test('ends when the account asks for another; unknown ones say nothing', async () => {
    const { context } = access.current;
    const { bob } = await cast();
    const account = chatAccount('again');
    const { nonce } = await opened(account, bob);
    const second = await nonceFor(context, account);
    await expect(openLink(context, signIn(nonce, bob))).rejects.toMatchObject({ code: 'not_found' });
    await expect(showLinkCode(context, { account })).rejects.toMatchObject({ code: 'conflict' });
    await openLink(context, signIn(second, bob));
    for (const unknown of ['a'.repeat(32), '../../etc', '']) {
      await expect(openLink(context, signIn(unknown, bob))).rejects.toMatchObject({ code: 'not_found' });
    }
  });
});

describe('an account', () => {
  test('is known by platform, workspace, enterprise and id, all of them', async () => {
    const { context } = access.current;
    const { bob } = await cast();
    const account = chatAccount('grid', { enterprise: 'E0ACME' });
    await linkAccount(context, { account, person: bob });
    expect(await personOfChatAccount(context, account)).toMatchObject({ id: bob.id });
    for (const other of [
      { enterprise: null },
      { enterprise: 'E0EVIL' },
      { tenant: 'T0EVIL' },
      { platform: 'teams' },
    ]) {
      expect(await personOfChatAccount(context, { ...account, ...other })).toBeNull();
    }
  });

  test('is nobody’s once another identity provider vouches for people', async () => {
    const { context, applyPolicy } = access.current;
    const { bob } = await cast();
    const account = chatAccount('provider');
    await linkAccount(context, { account, person: bob });
    try {
      applyPolicy(POLICY.replace('idp.test.example', 'idp.other.example'));
      expect(await personOfChatAccount(context, account)).toBeNull();
      applyPolicy(VOTES_POLICY);
      expect(await personOfChatAccount(context, account)).toBeNull();
    } finally {
      applyPolicy(POLICY);
    }
    expect(await personOfChatAccount(context, account)).toMatchObject({ id: bob.id });
  });

  test('goes to somebody else by a link of theirs, which is told to both; linking it anew changes nothing', async () => {
    const { context } = access.current;
    const { bob, dana } = await cast();
    const account = chatAccount('moves');
    await linkAccount(context, { account, person: bob });
    const { through: first } = await through(account);
    await linkAccount(context, { account, person: bob });
    expect((await through(account)).through).toEqual(first);
    await linkAccount(context, { account, person: dana });
    expect(await through(account)).toMatchObject({ id: dana.id });
    expect(await accountsOf(context, { platform: 'slack', personId: bob.id })).not.toContainEqual(
      expect.objectContaining({ account: account.account }),
    );
    const changes = await context.store
      .read()
      .execute<{ id: string }[]>('select id from chat_account_change where account = ? order by at', [
        account.account,
      ]);
    expect(changes).toHaveLength(2);
    expect(await readChatAccountChange(context, { id: changes[1]?.id ?? '' })).toMatchObject({
      kind: 'linked',
      person: { id: dana.id },
      previous: { id: bob.id },
    });
  });

  test('is unlinked by its person and by nobody else', async () => {
    const { context } = access.current;
    const { alice, dana } = await cast();
    const account = chatAccount('leaves');
    await linkAccount(context, { account, person: dana });
    await expect(unlinkAccount(context, { account, by: alice })).rejects.toMatchObject({ code: 'not_found' });
    await unlinkAccount(context, { account, by: dana });
    expect(await personOfChatAccount(context, account)).toBeNull();
    await expect(unlinkAccount(context, { account, by: dana })).rejects.toMatchObject({ code: 'not_found' });
    expect(await listLinkedChatAccounts(context, { by: dana })).not.toContainEqual(
      expect.objectContaining({ account: account.account }),
    );
  });
});

describe('a vote through an account', () => {
  test('counts when the account was linked before the request, and not after', async () => {
    const { context, clock } = access.current;
    const { alice, bob } = await cast();
    const account = chatAccount('voter');
    const open = await ask(context, alice, { role: 'read' });
    clock.stepMs(1_000);
    await linkAccount(context, { account, person: bob });
    const voter = await through(account);
    await expect(vote(context, { request: open, voter })).rejects.toMatchObject({
      code: 'forbidden',
      message: /linked to you after the request/,
    });
    expect((await listPendingFor(context, { voter })).map(({ id }) => id)).not.toContain(open.id);
    expect(await readRequest(context, { id: open.id })).toMatchObject({ state: 'pending', votes: [] });
    clock.stepMs(1_000);
    const next = await ask(context, alice, { role: 'read' });
    expect((await listPendingFor(context, { voter })).map(({ id }) => id)).toContain(next.id);
    expect(await vote(context, { request: next, voter })).toMatchObject({ outcome: 'approved' });
    const [event] = await context.store
      .read()
      .execute<{ data: unknown }[]>(`select data from event where type = 'vote.cast' and subject = ?`, [
        next.id,
      ]);
    expect(event?.data).toMatchObject({ account: `slack:T0ACME:${account.account}` });
    // Signed in themselves, the same person decides about the older one.
    expect(await vote(context, { request: open, voter: bob })).toMatchObject({ outcome: 'approved' });
  });

  test('to the moment: linked in the same millisecond is too late', async () => {
    const { context, clock } = access.current;
    const { alice, bob } = await cast();
    const moment = later(clock.now(), 0);
    const still = { ...context, clock: { now: () => moment } };
    const account = chatAccount('moment');
    await linkAccount(still, { account, person: bob });
    const voter = await through(account);
    const request = await ask(still, alice, { role: 'read' });
    await expect(vote(context, { request, voter })).rejects.toMatchObject({ code: 'forbidden' });
    const after = await ask({ ...context, clock: { now: () => later(moment, 1) } }, alice, { role: 'read' });
    expect(await vote(context, { request: after, voter })).toMatchObject({ outcome: 'approved' });
  });

  test('does not count when the account was unlinked or moved between the click and the count', async () => {
    const { context, clock } = access.current;
    const { alice, bob, dana } = await cast();
    const account = chatAccount('between');
    await linkAccount(context, { account, person: bob });
    clock.stepMs(1_000);
    const request = await ask(context, alice, { role: 'read' });
    const voter = await through(account);
    await unlinkAccount(context, { account, by: bob });
    await expect(vote(context, { request, voter })).rejects.toMatchObject({
      code: 'forbidden',
      message: /not linked to you any more/,
    });
    await linkAccount(context, { account, person: dana });
    await expect(vote(context, { request, voter })).rejects.toMatchObject({ code: 'forbidden' });
    await linkAccount(context, { account, person: bob });
    await expect(vote(context, { request, voter })).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('is the person’s one vote: a second account adds none, nor does the requester’s', async () => {
    const { context, clock } = access.current;
    const { alice, dana } = await cast();
    const accounts = [chatAccount('dana1'), chatAccount('dana2', { tenant: 'T0OTHER' })];
    for (const account of accounts) await linkAccount(context, { account, person: dana });
    const hers = chatAccount('alice1');
    await linkAccount(context, { account: hers, person: alice });
    const former = await formerly(access.current, 'alice', ['sre']);
    clock.stepMs(1_000);
    const request = await ask(context, alice);
    const [one, two] = await Promise.all(accounts.map(through));
    if (one === undefined || two === undefined) throw new Error('two accounts');
    expect(await vote(context, { request, voter: one })).toMatchObject({ outcome: 'recorded' });
    await expect(vote(context, { request, voter: two })).rejects.toMatchObject({ code: 'conflict' });
    await expect(vote(context, { request, voter: await through(hers) })).rejects.toMatchObject({
      code: 'forbidden',
      message: /your own/,
    });
    await expect(vote(context, { request, voter: former })).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('is not handed on: an account that was linked today delegates nothing', async () => {
    const { context, clock, person } = access.current;
    const { bob } = await cast();
    const sam = await person('sam', []);
    const account = chatAccount('delegates');
    await linkAccount(context, { account, person: bob });
    const from = await through(account);
    const until = later(clock.now(), 3 * 86_400_000);
    const delegate = (ms: number) =>
      delegateVotes(
        { ...context, clock: { now: () => later(from.through?.linkedAt ?? clock.now(), ms) } },
        { from: { ...from, groupsSeenAt: until }, toId: sam.id, until },
      );
    await expect(delegate(86_400_000 - 1)).rejects.toMatchObject({
      code: 'forbidden',
      message: /less than a day/,
    });
    expect(await delegate(86_400_000)).toMatchObject({ to: { id: sam.id } });
  });
});
