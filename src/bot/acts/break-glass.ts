/** Access at once, in an emergency: when everything was given, through the form otherwise. */
import { breakGlass } from '../../access/break-glass.ts';
import { listRequestable } from '../../access/preview-request.ts';
import type { RequestView } from '../../access/views.ts';
import { formatDuration, parseDuration } from '../../core/duration.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import type { ActAnswer } from '../act-answer.ts';
import type { BotContext } from '../bot-context.ts';
import { instantOrNull, roleOnResource } from '../cards/wording.ts';
import type { BreakGlassCommand } from '../commands/command.ts';
import { nearest } from '../commands/did-you-mean.ts';
import { breakGlassForm } from '../forms/request-life-forms.ts';
import { texts } from '../texts/texts.ts';
import type { ActInput, FormValues } from './act.ts';
import { ask, say, sayError } from './answers.ts';
import { textIn } from './form-text.ts';
import { incidentOf, originOf } from './place.ts';

const DEFAULT_DURATION = '30m';

type Filled = Parameters<typeof breakGlassForm>[0]['values'];

interface Emergency {
  readonly resource: string;
  readonly role: string | null;
  /** Null: as long as the policy gives, at most an hour. */
  readonly durationMs: number | null;
  readonly reason: string;
  readonly ticket: string | null;
}

export async function breakTheGlass(
  bot: BotContext,
  command: BreakGlassCommand,
  input: ActInput,
): Promise<ActAnswer> {
  const { resource, role, durationMs, reason, ticket } = command;
  if (resource !== null && reason !== null) {
    return take(bot, { resource, role, durationMs, reason, ticket }, input);
  }
  return openForm(bot, input, {
    resource: resource ?? '',
    role: role ?? '',
    duration: durationMs === null ? DEFAULT_DURATION : formatDuration(durationMs),
    reason: reason ?? '',
    ticket: ticket ?? '',
  });
}

/** A submission that cannot be used comes back with the form as it was filled in. */
export async function submitBreakGlass(
  bot: BotContext,
  values: FormValues,
  input: ActInput,
): Promise<ActAnswer> {
  const filled = readFilled(values);
  try {
    if (filled.resource === '') throw new AppError('invalid_input', texts().problems.chooseResource);
    const durationMs = parseDuration(filled.duration === '' ? DEFAULT_DURATION : filled.duration);
    const role = filled.role === '' ? null : filled.role;
    return await take(
      bot,
      { resource: filled.resource, role, durationMs, reason: filled.reason, ticket: null },
      input,
    );
  } catch (error) {
    if (!isAppError(error)) throw error;
    const { reply } = sayError(error);
    return { reply, form: openForm(bot, input, filled, error.message).form };
  }
}

/** The form for what is filled in so far: its roles are those of the chosen resource. */
export async function refillBreakGlassForm(
  bot: BotContext,
  values: FormValues,
  input: ActInput,
): Promise<ActAnswer> {
  return openForm(bot, input, readFilled(values));
}

function readFilled(values: FormValues): Filled {
  return {
    resource: textIn(values, 'resource'),
    role: textIn(values, 'role'),
    duration: textIn(values, 'duration'),
    reason: textIn(values, 'reason'),
    ticket: '',
  };
}

async function take(bot: BotContext, emergency: Emergency, input: ActInput): Promise<ActAnswer> {
  const { place } = input;
  try {
    const request = await breakGlass(bot.access, {
      ...emergency,
      requester: input.by,
      incident: await incidentOf(bot, place),
      origin: originOf(place),
      idempotencyKey: `${place.platform}:${input.key}`,
    });
    return say('warning', takenInWords(request));
  } catch (error) {
    if (!isAppError(error, 'not_found')) throw error;
    const meant = nearest(
      emergency.resource,
      breakable(bot, input).map((entry) => entry.resource),
    );
    if (meant === null) throw error;
    const text = texts().problems.noResourceMeant({ typed: emergency.resource, meant });
    throw new AppError('not_found', text, { cause: error });
  }
}

function takenInWords(request: RequestView): string {
  const until = instantOrNull(request.grant?.expiresAt ?? null);
  return texts().answers.breakGlass.taken({ id: request.id, what: roleOnResource(request), until });
}

function openForm(
  bot: BotContext,
  input: ActInput,
  values: Filled,
  problem: string | null = null,
): ActAnswer {
  const resources = breakable(bot, input);
  if (resources.length === 0) {
    throw new AppError('forbidden', texts().problems.noGlassToBreak);
  }
  return ask(breakGlassForm({ values, breakable: resources, problem }));
}

function breakable(bot: BotContext, input: ActInput): ReturnType<typeof listRequestable> {
  return listRequestable(bot.access, { requester: input.by, kind: 'break-glass' });
}
