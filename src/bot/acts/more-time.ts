/** More time on live access: at once when everything was given, through the form otherwise. */
import { listGrants, readGrant } from '../../access/read-access.ts';
import { requestExtension } from '../../access/request-extension.ts';
import type { RequestView } from '../../access/views.ts';
import { formatDuration, parseDuration } from '../../core/duration.ts';
import { isAppError } from '../../core/errors.ts';
import type { ActAnswer } from '../act-answer.ts';
import type { BotContext } from '../bot-context.ts';
import { chooseGrantCard } from '../cards/list-cards.ts';
import { instantOrNull, stillNeeded } from '../cards/wording.ts';
import { extendForm } from '../forms/request-life-forms.ts';
import { texts } from '../texts/texts.ts';
import type { ActInput, FormValues } from './act.ts';
import { ask, say, sayError } from './answers.ts';
import { textIn } from './form-text.ts';
import { originOf } from './place.ts';

const GRANTS_SHOWN_MAX = 10;

/** Without an ID: the only live grant, or a choice of them. */
export async function extendAccess(
  bot: BotContext,
  command: { readonly id: string | null; readonly byMs: number | null; readonly reason: string | null },
  input: ActInput,
): Promise<ActAnswer> {
  const { id, byMs, reason } = command;
  if (id === null) {
    const live = await listGrants(bot.access, { holderId: input.by.id, live: true, limit: GRANTS_SHOWN_MAX });
    const [only, second] = live;
    if (only === undefined) return say('neutral', texts().answers.extension.nothingLive);
    if (second !== undefined) return say('waiting', '', chooseGrantCard(live, 'extend'));
    return extendAccess(bot, { ...command, id: only.id }, input);
  }
  if (byMs === null || reason === null) {
    const grant = await readGrant(bot.access, { id });
    const by = byMs === null ? '' : formatDuration(byMs);
    return ask(extendForm(grant, { by, reason: reason ?? '', problem: null }));
  }
  return request(bot, { grantId: id, byMs, reason }, input);
}

/** A submission that cannot be used comes back with the form as it was filled in. */
export async function submitExtension(
  bot: BotContext,
  { subject, values }: { readonly subject: string; readonly values: FormValues },
  input: ActInput,
): Promise<ActAnswer> {
  const by = textIn(values, 'by');
  const reason = textIn(values, 'reason');
  try {
    return await request(bot, { grantId: subject, byMs: parseDuration(by), reason }, input);
  } catch (error) {
    if (!isAppError(error, 'invalid_input')) throw error;
    const grant = await readGrant(bot.access, { id: subject });
    const { reply } = sayError(error);
    return { reply, form: extendForm(grant, { by, reason, problem: error.message }) };
  }
}

async function request(
  bot: BotContext,
  wanted: { readonly grantId: string; readonly byMs: number; readonly reason: string },
  input: ActInput,
): Promise<ActAnswer> {
  const { place } = input;
  const made = await requestExtension(bot.access, {
    ...wanted,
    by: input.by,
    origin: originOf(place),
    idempotencyKey: `${place.platform}:${input.key}`,
  });
  return say(made.state === 'pending' ? 'waiting' : 'good', madeInWords(made));
}

function madeInWords(request: RequestView): string {
  const words = texts().answers.extension;
  const { id, grant, state } = request;
  const time = formatDuration(request.durationMs);
  return state === 'pending'
    ? words.pending({ id, time, needed: stillNeeded(request) })
    : words.made({ id, time, until: instantOrNull(grant?.expiresAt ?? null) });
}
