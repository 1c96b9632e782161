/** From the request to the end of the access, in a language that is not English: no answer and no card falls out of it. */
import { beforeAll, describe, expect, test } from 'vitest';
import { castVote } from '../../../src/access/cast-vote.ts';
import { listGrants, listRequests } from '../../../src/access/read-access.ts';
import { listChatMessages } from '../../../src/access/web-chat.ts';
import type { ActAnswer } from '../../../src/bot/act-answer.ts';
import type { Act } from '../../../src/bot/acts/act.ts';
import { handleAct, handleUnlinkedAct } from '../../../src/bot/acts/handle-act.ts';
import { refillForm } from '../../../src/bot/acts/refill-form.ts';
import type { ActionId } from '../../../src/bot/card.ts';
import { createBot } from '../../../src/bot/create-bot.ts';
import type { FormId } from '../../../src/bot/forms/form-ids.ts';
import { ENGLISH } from '../../../src/bot/texts/en/english.ts';
import { inTexts } from '../../../src/bot/texts/texts.ts';
import { createWebPlatform } from '../../../src/bot/web/client.ts';
import type { Person } from '../../../src/core/identity.ts';
import { useTestAccess } from '../../support/access.ts';
import { pseudoLanguage, untranslated } from '../../support/pseudo-language.ts';

const access = useTestAccess();
const PSEUDO = pseudoLanguage(ENGLISH);
const LOGGER = { warn: () => undefined, error: () => undefined };
/** Names of the people, of what the policy has, and of where it happens. */
const KNOWN = [
  ...['Alice', 'Bob', 'Dana', 'Erin', 'orders-db', 'read', 'write', 'postgres', 'web', 'access'],
  ...['prod-databases', 'sre', 'dba', 'ada', 'Acme', 'slack', 'h', 'm'],
];

let alice: Person;
let bob: Person;
let dana: Person;
let erin: Person;
beforeAll(async () => {
  alice = await access.current.person('alice', ['engineering']);
  bob = await access.current.person('bob', ['sre']);
  dana = await access.current.person('dana', ['dba']);
  erin = await access.current.person('erin', ['responders']);
});

async function act(by: Person, made: Act): Promise<ActAnswer> {
  const bot = { access: access.current.context, logger: LOGGER };
  const place = { platform: 'web', channel: 'access', channelName: 'access', isPrivate: false };
  return inTexts(PSEUDO, () => handleAct(bot, made, { by, place, key: crypto.randomUUID() }));
}

const type = (by: Person, text: string) => act(by, { kind: 'command', text });
const click = (by: Person, action: ActionId, subject: string) => act(by, { kind: 'action', action, subject });
const submit = (by: Person, form: FormId, subject: string, values: Record<string, string>) =>
  act(by, { kind: 'form', form, subject, values: new Map(Object.entries(values)) });

/** What somebody reads of an answer, in one text. */
function said({ reply, form }: ActAnswer): string {
  const parts: unknown[] = [reply?.text, reply?.card, form];
  return parts.flatMap(stringsIn).join('\n');
}

const UNREAD = new Set([
  'action',
  'subject',
  'kind',
  'style',
  'url',
  'tone',
  'rank',
  'id',
  'name',
  'value',
  'countdownTo',
]);

/** Values of fields are data or texts; of a card they are read, of a form they are what is sent back. */
function stringsIn(part: unknown): readonly string[] {
  if (typeof part === 'string') return [part];
  if (Array.isArray(part)) return part.flatMap(stringsIn);
  if (typeof part !== 'object' || part === null) return [];
  const isCardField = 'label' in part && 'value' in part && !('name' in part);
  return Object.entries(part).flatMap(([name, inner]) =>
    UNREAD.has(name) && !(isCardField && name === 'value') ? [] : stringsIn(inner),
  );
}

/** What the policy says of a request is English everywhere. */
let explanation = '';

function expectTranslated(answer: ActAnswer): void {
  expect(said(answer)).toMatch(/[Ａ-ｚ]/);
  expect(leftIn(said(answer))).toEqual([]);
}

function leftIn(text: string): readonly string[] {
  return untranslated(explanation === '' ? text : text.replaceAll(explanation, ' '), KNOWN);
}

async function ask(): Promise<string> {
  expectTranslated(await type(alice, 'request orders-db as read for 1h because 4711'));
  const [request] = await listRequests(access.current.context, { requesterId: alice.id, limit: 1 });
  explanation = request?.explanation ?? '';
  return request?.id ?? '';
}

describe('in another language', () => {
  test('somebody asks, others decide, and the access ends', async () => {
    const { context } = access.current;
    const id = await ask();
    for (const line of ['mine', `show ${id}`, `approve ${id}`, `approve ${id} for 30m`, `deny ${id}`]) {
      expectTranslated(await type(bob, line));
    }
    for (const action of ['comment', 'deny', 'approve-for-less'] as const) {
      expectTranslated(await click(bob, action, id));
    }
    expectTranslated(await submit(bob, 'comment', id, { text: '4711' }));
    expectTranslated(await click(bob, 'approve', id));
    expectTranslated(await type(dana, 'pending'));
    expectTranslated(await submit(dana, 'approve-for-less', id, { duration: '30m', note: '4711' }));
    expectTranslated(await type(dana, `approve ${id}`));
    const [grant] = await listGrants(context, { holderId: alice.id, live: true, limit: 1 });
    const grantId = grant?.id ?? '';
    for (const line of ['mine', `show ${grantId}`, `extend ${grantId}`]) {
      expectTranslated(await type(alice, line));
    }
    expectTranslated(await click(erin, 'revoke', grantId));
    expectTranslated(await submit(erin, 'revoke', grantId, { reason: '4711' }));
    expectTranslated(await click(erin, 'revoke', grantId));
    for (const line of ['done', 'extend', `again ${id}`, 'revoke @alice@example.com because 4711']) {
      expectTranslated(await type(line.startsWith('revoke') ? erin : alice, line));
    }
  });

  test('forms are filled in, and come back with what is wrong', async () => {
    const bot = { access: access.current.context, logger: LOGGER };
    expectTranslated(await type(alice, 'request'));
    expectTranslated(await submit(alice, 'request', 'new', { reason: '4711' }));
    const place = { platform: 'web', channel: 'access', channelName: 'access', isPrivate: false };
    const filled = { form: 'request', values: new Map([['resource', 'orders-db']]) } as const;
    const form = await inTexts(PSEUDO, () => refillForm(bot, filled, { by: alice, place, key: 'k' }));
    expectTranslated({ reply: null, form });
  });

  test('delegations, schedules, incidents, sessions and the help are shown', async () => {
    expectTranslated(await type(bob, 'delegate @dana@example.com until 3d'));
    expectTranslated(await type(bob, 'delegate'));
    expectTranslated(await type(dana, 'delegate'));
    for (const line of ['oncall orders-db', 'sessions', 'sessions 4711', 'incident', 'timeline', 'link']) {
      expectTranslated(await type(alice, line));
    }
    const account = { platform: 'slack', tenant: 'T1', enterprise: null, account: 'U1', accountName: 'ada' };
    const stranger = { ...account, tenantName: 'Acme' };
    const bot = { access: access.current.context, logger: LOGGER };
    for (const text of ['mine', 'link']) {
      expectTranslated(
        await inTexts(PSEUDO, () => handleUnlinkedAct(bot, { kind: 'command', text }, stranger)),
      );
    }
  });

  test('what is posted is in it, too', async () => {
    const { context } = access.current;
    const id = await ask();
    const platforms = [createWebPlatform(context)];
    const { publisher } = createBot({ access: context, platforms, logger: LOGGER });
    await inTexts(PSEUDO, () => publisher.syncCard('request', id));
    const ballot = {
      requestId: id,
      verdict: 'deny',
      durationMs: null,
      note: '4711',
      platform: 'web',
    } as const;
    await castVote(context, { ...ballot, voter: bob });
    await inTexts(PSEUDO, () => publisher.syncCard('request', id));
    const messages = await listChatMessages(context, { channel: 'access', viewerId: alice.id, limit: 10 });
    expect(messages).toHaveLength(1);
    expect(leftIn(messages.flatMap(({ text, card }) => stringsIn([text, card])).join('\n'))).toEqual([]);
  });
});
