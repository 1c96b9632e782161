/** Linking as people do it in chat: who is not linked can do nothing but that, and every change is told. */
import pino from 'pino';
import { describe, expect, test } from 'vitest';
import { openLink } from '../../../src/access/linking/complete-link.ts';
import { registerKey, removeKey } from '../../../src/access/ssh-keys.ts';
import type { ActAnswer } from '../../../src/bot/act-answer.ts';
import type { Act } from '../../../src/bot/acts/act.ts';
import { handleAct, handleUnlinkedAct } from '../../../src/bot/acts/handle-act.ts';
import type { Card } from '../../../src/bot/card.ts';
import type { ChatAccount } from '../../../src/core/chat-account.ts';
import { chatAccount, codeFor, linkAccount } from '../../support/chat-accounts.ts';
import { subjectOf, useChatServer } from './chat-server.ts';

const chat = useChatServer();
const logger = pino({ level: 'silent' });

function unlinked(account: ChatAccount, act: Act): Promise<ActAnswer> {
  return handleUnlinkedAct({ access: chat.current.context, logger }, act, account);
}

const type = (text: string): Act => ({ kind: 'command', text });
const click = (action: Extract<Act, { kind: 'action' }>['action']): Act => ({
  kind: 'action',
  action,
  subject: 'mine',
});

function cardIn({ reply }: ActAnswer): Card {
  if (reply?.card == null) throw new Error(`no card in ${JSON.stringify(reply)}`);
  return reply.card;
}

function nonceIn(answer: ActAnswer): string {
  const page = cardIn(answer).actions.find((action) => action.kind === 'link');
  if (page?.kind !== 'link') throw new Error('no link on the card');
  return page.url.split('/').at(-1) ?? '';
}

describe('an account that is linked to nobody', () => {
  test('is told how to link it, whatever it does, and nothing is done', async () => {
    const account = chatAccount('stranger');
    const acts: Act[] = [
      type('/access request orders-db as read for 1h because it hangs'),
      type('/access pending'),
      type('/access done'),
      { kind: 'action', action: 'approve', subject: 'r-abcd2345' },
      { kind: 'form', form: 'deny', subject: 'r-abcd2345', values: new Map() },
    ];
    for (const act of acts) {
      const answer = await unlinked(account, act);
      expect(answer.reply?.text).toMatch(/^Nothing was done/);
      expect(subjectOf(cardIn(answer), 'link-account')).toBe('mine');
    }
    expect(cardIn(await unlinked(account, type('/access help'))).title).toMatch(
      /\/access|Commands|Sallyport/i,
    );
  });

  test('gets the page, then its code once the page was opened, with the name of who opened it', async () => {
    const { context } = chat.current;
    const { person } = await chat.current.user('bob', ['sre']);
    const account = chatAccount('bob');
    const nonce = nonceIn(await unlinked(account, type('/access link')));
    expect((await unlinked(account, click('show-link-code'))).reply).toMatchObject({
      tone: 'warning',
      text: expect.stringContaining('Nobody has opened the link yet'),
      copyable: [],
    });
    await openLink(context, { nonce, by: person, signedInAt: context.clock.now() });
    for (const act of [click('show-link-code'), type('/access link code')]) {
      const { reply } = await unlinked(account, act);
      expect(reply?.card?.title).toBe('Bob (bob@example.com) has opened your link');
      expect(reply?.copyable).toEqual([{ label: 'Code', text: expect.stringMatching(/^\d{6}$/) }]);
    }
    // What else it does leaves the link that waits alone.
    await unlinked(account, type('/access mine'));
    expect(await codeFor(context, account)).toMatch(/^\d{6}$/);
    const other = await unlinked(chatAccount('mallory'), click('show-link-code'));
    expect(other.reply?.text).toContain('No link waits');
  });
});

describe('a linked account', () => {
  test('is announced to its person, and to whose it was, once each; either sees it end', async () => {
    const { context, settle, user } = chat.current;
    const alice = await user('alice', ['engineering']);
    const dana = await user('dana', ['dba']);
    const account = chatAccount('moving', { accountName: 'moving\u202e<!channel>' });
    await linkAccount(context, { account, person: alice.person });
    await settle();
    const first = (await alice.messages(alice.privateChannel)).flatMap(({ card }) => card ?? []);
    expect(first).toHaveLength(1);
    expect(first[0]?.title).toBe(
      'moving\ufffd<!channel> in Acme (slack) acts as Alice (alice@example.com) from now on',
    );
    await linkAccount(context, { account, person: dana.person });
    await settle();
    await settle();
    for (const reader of [alice, dana]) {
      const cards = (await reader.messages(reader.privateChannel)).flatMap(({ card }) => card ?? []);
      expect(cards.at(-1)?.fields).toContainEqual({
        label: 'Until then',
        value: 'Alice (alice@example.com)',
      });
      expect(cards).toHaveLength(reader === alice ? 2 : 1);
    }
    // Not alice's any more: her button says so, and dana's works.
    const [card] = first;
    if (card === undefined) throw new Error('no card');
    const subject = subjectOf(card, 'unlink-account');
    const refused = await alice.click(alice.privateChannel, { action: 'unlink-account', subject });
    expect(refused.reply?.text).toContain('No such account is linked to you');
    const done = await dana.click(dana.privateChannel, { action: 'unlink-account', subject });
    expect(done.reply).toMatchObject({ tone: 'good', text: expect.stringContaining('is unlinked') });
    await settle();
    const last = (await dana.messages(dana.privateChannel)).at(-1)?.card;
    expect(last?.title).toMatch(/is not linked any more$/);
    expect(last?.actions).toEqual([]);
  });

  test('sees what is linked, and is linked anew from there; the page of people who sign in has nothing to link', async () => {
    const { context, user } = chat.current;
    const bob = await user('bob', ['sre']);
    const account = chatAccount('bob-here');
    await linkAccount(context, { account, person: bob.person });
    const place = { platform: 'slack', channel: 'D1', channelName: 'bob', isPrivate: true };
    const input = { by: bob.person, account, place, key: 'k' };
    const bot = { access: context, logger };
    const listed = await handleAct(bot, type('/access link'), input);
    expect(cardIn(listed).lists[0]?.items.map(({ text }) => text)).toContain('bob-here in Acme (slack)');
    expect(nonceIn(await handleAct(bot, click('link-account'), input))).toMatch(/^[a-z2-7]{32}$/);

    const onPage = await bob.say('access', '/access link');
    expect(onPage.reply?.card?.actions.map((one) => one.kind === 'button' && one.action)).not.toContain(
      'link-account',
    );
    for (const text of ['/access link code', '/access link everything']) {
      expect((await bob.say('access', text)).reply?.tone).toBe('warning');
    }
    for (const subject of ['', 'mine', '["slack"]', '{"a":1}', '["slack","T0ACME","U0NOBODY"]']) {
      const answer = await bob.click('access', { action: 'unlink-account', subject: subject || '-' });
      expect(answer.reply?.tone).not.toBe('good');
    }
  });
});

describe('a key that logs in to hosts', () => {
  test('is told to whose it is, and to nobody else, when it is added and when it is removed', async () => {
    const { context, settle, user } = chat.current;
    const carol = await user('carol', ['engineering']);
    const erin = await user('erin', ['engineering']);
    const blob = Buffer.concat([
      ...['ssh-ed25519', Buffer.alloc(32, 9)].map((part) => {
        const length = Buffer.alloc(4);
        length.writeUInt32BE(part.length);
        return Buffer.concat([length, Buffer.from(part)]);
      }),
    ]);
    const line = `ssh-ed25519 ${blob.toString('base64')} not@carols <!channel>`;
    const key = await registerKey(context, { line, by: carol.person });
    await settle();
    await settle();
    const told = async () => (await carol.messages(carol.privateChannel)).flatMap(({ card }) => card ?? []);
    expect(await told()).toMatchObject([
      {
        tone: 'warning',
        title: 'A key that logs in as you was added',
        status: expect.stringContaining(`sallyport keys remove ${key.id}`),
      },
    ]);
    expect(JSON.stringify(await told())).toContain(key.fingerprint);
    await removeKey(context, { id: key.id, by: carol.person });
    await settle();
    expect((await told()).map(({ title }) => title).sort()).toEqual([
      'A key that logged in as you was removed',
      'A key that logs in as you was added',
    ]);
    expect(await erin.messages(erin.privateChannel)).toEqual([]);
  });
});
