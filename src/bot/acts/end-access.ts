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
import { texts } from '../texts/texts.ts';
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
  return say('neutral', texts().answers.request.cancelled(request.id));
}

/** Without an ID: the only live grant, or a choice of them. */
export async function finishGrantOf(
  bot: BotContext,
  grantId: string | null,
  input: ActInput,
): Promise<ActAnswer> {
  if (grantId !== null) {
    const grant = await finishGrant(bot.access, { grantId, by: input.by });
    return say('good', texts().answers.end.done(grant));
  }
  const live = await listGrants(bot.access, { holderId: input.by.id, live: true, limit: GRANTS_SHOWN_MAX });
  const [only, second] = live;
  if (only === undefined) return say('neutral', texts().answers.end.nothingLive);
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
    if (!isLive(grant)) return say('warning', texts().answers.end.nothingToRevoke(grantInWords(grant)));
    return ask(revokeForm(grant));
  }
  const grant = await revokeGrant(bot.access, { grantId, by: input.by, reason });
  return say(
    'good',
    texts().answers.end.revoked({
      id: grant.id,
      who: nameOf(grant.holder),
      resource: grant.resource,
    }),
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
    throw new AppError('invalid_input', texts().problems.sayWhyTyped(account));
  }
  const { access } = bot;
  const person = await findAccount(access, { account, workloads: true });
  const { id: personId, name } = person;
  const held = await listGrants(access, { holderId: personId, live: true, limit: LIVE_GRANTS_MAX });
  if (isOverseer(access, input.by)) {
    const what = { kind: 'person', personId } as const;
    const words = texts().answers.end;
    const { grants, requests, commands } = await revokeMany(access, { by: input.by, what, reason });
    if (grants.length + requests.length === 0)
      return say('neutral', words.holdsNothing(plainLine(name, NAME_CHARACTERS_MAX)));
    const revoked = grants.length === 0 ? [] : [words.revokedAll(grants.map((grant) => grant.id))];
    const held = commands === 0 ? [] : [words.withdrawn(commands)];
    const closed = requests.length === 0 ? [] : [words.closed(requests.map(({ id }) => id))];
    return say('good', [...revoked, ...held, ...closed].join('\n'));
  }
  if (held.length === 0) throw new AppError('not_found', texts().problems.holdsNothing(account));
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
  const lines = revoked.length === 0 ? [] : [texts().answers.end.revokedAll(revoked)];
  return say(refused.length === 0 ? 'good' : 'bad', [...lines, ...refused].join('\n'));
}

export async function terminateSessionOf(
  bot: BotContext,
  sessionId: string,
  input: ActInput,
): Promise<ActAnswer> {
  const session = await terminateSession(bot.access, { sessionId, by: input.by });
  return say('good', texts().answers.end.terminated({ id: session.id, who: nameOf(session.holder) }));
}

function isLive(grant: GrantView): boolean {
  return grant.state === 'issuing' || grant.state === 'active';
}
