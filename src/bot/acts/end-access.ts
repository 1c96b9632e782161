/** Access that ends before its time: cancelled, given back, revoked, or a session terminated. */
import { cancelRequest } from '../../access/close-request.ts';
import { finishGrant, revokeGrant } from '../../access/end-grant.ts';
import { findAccount } from '../../access/find-account.ts';
import { listGrants, readGrant } from '../../access/read-access.ts';
import { revokeMany } from '../../access/revoke-many.ts';
import { isOverseer } from '../../access/rights.ts';
import { terminateSession } from '../../access/run-session.ts';
import type { GrantView } from '../../access/views.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import type { ActAnswer } from '../act-answer.ts';
import type { BotContext } from '../bot-context.ts';
import { NAME_CHARACTERS_MAX } from '../cards/limits.ts';
import { chooseGrantCard } from '../cards/list-cards.ts';
import { plainLine } from '../cards/plain-text.ts';
import { grantInWords } from '../cards/request-card.ts';
import { nameOf } from '../cards/wording.ts';
import { revokeForm } from '../forms/decision-forms.ts';
import type { ActInput } from './act.ts';
import { ask, say } from './answers.ts';

/** Live grants that one `revoke @user` looks through; more than that is not a person's. */
const LIVE_GRANTS_MAX = 500;
const GRANTS_SHOWN_MAX = 10;

export async function cancelRequestOf(
  bot: BotContext,
  requestId: string,
  input: ActInput,
): Promise<ActAnswer> {
  const request = await cancelRequest(bot.access, { requestId, by: input.by });
  return say('neutral', `${request.id} is cancelled.`);
}

/** Without an ID: the only live grant, or a choice of them. */
export async function finishGrantOf(
  bot: BotContext,
  grantId: string | null,
  input: ActInput,
): Promise<ActAnswer> {
  if (grantId !== null) {
    const grant = await finishGrant(bot.access, { grantId, by: input.by });
    return say('good', `Thank you. ${grant.id} on ${grant.resource} has ended; its sessions are closed.`);
  }
  const live = await listGrants(bot.access, { holderId: input.by.id, live: true, limit: GRANTS_SHOWN_MAX });
  const [only, second] = live;
  if (only === undefined) return say('neutral', 'You hold no live access. There is nothing to give back.');
  if (second !== undefined) return say('waiting', '', chooseGrantCard(live, 'done'));
  return finishGrantOf(bot, only.id, input);
}

export async function revokeGrantOf(
  bot: BotContext,
  options: { readonly grantId: string; readonly reason: string | null },
  input: ActInput,
): Promise<ActAnswer> {
  const { grantId, reason } = options;
  if (reason === null) {
    const grant = await readGrant(bot.access, { id: grantId });
    if (!isLive(grant)) return say('warning', `There is nothing to revoke. ${grantInWords(grant)}`);
    return ask(revokeForm(grant));
  }
  const grant = await revokeGrant(bot.access, { grantId, by: input.by, reason });
  return say(
    'good',
    `Revoked: ${grant.id} of ${nameOf(grant.holder)} on ${grant.resource}. Live sessions end at once.`,
  );
}

/** Every live grant of the one person that the mention fits; an overseer ends them together. */
export async function revokeGrantsOfPerson(
  bot: BotContext,
  options: { readonly account: string; readonly reason: string | null },
  input: ActInput,
): Promise<ActAnswer> {
  const { account, reason } = options;
  if (reason === null) {
    throw new AppError('invalid_input', `Say why: /access revoke @${account} because …`);
  }
  const { access } = bot;
  const person = await findAccount(access, { account, workloads: true });
  const { id: personId, name } = person;
  const held = await listGrants(access, { holderId: personId, live: true, limit: LIVE_GRANTS_MAX });
  if (isOverseer(access, input.by)) {
    const what = { kind: 'person', personId } as const;
    const { grants, requests, commands } = await revokeMany(access, { by: input.by, what, reason });
    if (grants.length + requests.length === 0)
      return say(
        'neutral',
        `${plainLine(name, NAME_CHARACTERS_MAX)} holds no live access and asks for none.`,
      );
    const revoked = grants.length === 0 ? [] : [revokedInWords(grants.map((grant) => grant.id))];
    const held = commands === 0 ? [] : [`Commands that waited for approval: ${commands} withdrawn.`];
    const closed =
      requests.length === 0 ? [] : [`Closed, with the reason: ${requests.map(({ id }) => id).join(', ')}.`];
    return say('good', [...revoked, ...held, ...closed].join('\n'));
  }
  if (held.length === 0) throw new AppError('not_found', `@${account} holds no live access.`);
  return revokeEach(bot, { held, reason }, input);
}

/** What the one who asks may end, one after the other. */
async function revokeEach(
  bot: BotContext,
  { held, reason }: { readonly held: readonly GrantView[]; readonly reason: string },
  input: ActInput,
): Promise<ActAnswer> {
  const revoked: string[] = [];
  const refused: string[] = [];
  for (const grant of held) {
    try {
      await revokeGrant(bot.access, { grantId: grant.id, by: input.by, reason });
      revoked.push(grant.id);
    } catch (error) {
      if (!isAppError(error)) throw error;
      refused.push(`${grant.id}: ${error.message}`);
    }
  }
  const lines = revoked.length === 0 ? [] : [revokedInWords(revoked)];
  return say(refused.length === 0 ? 'good' : 'bad', [...lines, ...refused].join('\n'));
}

function revokedInWords(ids: readonly string[]): string {
  return `Revoked: ${ids.join(', ')}. Live sessions end at once.`;
}

export async function terminateSessionOf(
  bot: BotContext,
  sessionId: string,
  input: ActInput,
): Promise<ActAnswer> {
  const session = await terminateSession(bot.access, { sessionId, by: input.by });
  return say(
    'good',
    `${session.id} of ${nameOf(session.holder)} is being ended. The access itself stays; revoke it if it should not.`,
  );
}

function isLive(grant: GrantView): boolean {
  return grant.state === 'issuing' || grant.state === 'active';
}
