/** Asking for access: at once when everything was given, through the form otherwise. */
import { listRequestable, previewRequest } from '../../access/preview-request.ts';
import { requestAccess } from '../../access/request-access.ts';
import type { RequestView } from '../../access/views.ts';
import { incidentOfChannel } from '../../core/channel-globs.ts';
import { formatDuration, parseDuration } from '../../core/duration.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import type { ActAnswer } from '../act-answer.ts';
import type { BotContext } from '../bot-context.ts';
import { approvalInWords, stillNeeded } from '../cards/wording.ts';
import type { RequestCommand } from '../commands/command.ts';
import { nearest } from '../commands/did-you-mean.ts';
import { type RequestFormValues, requestForm } from '../forms/request-form.ts';
import type { ActInput, FormValues } from './act.ts';
import { ask, say, sayError } from './answers.ts';

const DEFAULT_DURATION = '1h';

export async function askForAccess(
  bot: BotContext,
  command: RequestCommand,
  input: ActInput,
): Promise<ActAnswer> {
  const { resource, durationMs, reason } = command;
  if (resource !== null && durationMs !== null && reason !== null) {
    return makeRequest(bot, { ...command, resource, durationMs, reason }, input);
  }
  return openForm(bot, input, {
    resource: resource ?? '',
    role: command.role ?? '',
    duration: durationMs === null ? DEFAULT_DURATION : formatDuration(durationMs),
    reason: reason ?? '',
    ticket: command.ticket ?? '',
  });
}

/** A submission that cannot be used comes back with the form as it was filled in. */
export async function submitRequestForm(
  bot: BotContext,
  values: FormValues,
  input: ActInput,
): Promise<ActAnswer> {
  const filled: RequestFormValues = {
    resource: values.get('resource')?.trim() ?? '',
    role: values.get('role')?.trim() ?? '',
    duration: values.get('duration')?.trim() ?? '',
    reason: values.get('reason')?.trim() ?? '',
    ticket: values.get('ticket')?.trim() ?? '',
  };
  try {
    if (filled.resource === '') throw new AppError('invalid_input', 'Choose a resource.');
    const durationMs = parseDuration(filled.duration === '' ? DEFAULT_DURATION : filled.duration);
    const role = filled.role === '' ? null : filled.role;
    const ticket = filled.ticket === '' ? null : filled.ticket;
    const draft = { resource: filled.resource, role, durationMs, reason: filled.reason, ticket };
    return await makeRequest(bot, draft, input);
  } catch (error) {
    if (!isAppError(error)) throw error;
    const { reply } = sayError(error);
    // The form may cover the reply, so it says what is wrong as well.
    const { form } = openForm(bot, input, filled, error.message);
    return { reply, form };
  }
}

interface Draft {
  readonly resource: string;
  readonly role: string | null;
  readonly durationMs: number;
  readonly reason: string;
  readonly ticket: string | null;
}

async function makeRequest(bot: BotContext, draft: Draft, input: ActInput): Promise<ActAnswer> {
  const { access } = bot;
  const { place } = input;
  const { document } = access.policy.current();
  const { resource, role, durationMs, reason, ticket } = draft;
  try {
    const request = await requestAccess(access, {
      requester: input.by,
      resource,
      role,
      durationMs,
      reason,
      ticket,
      incident: place.isPrivate ? null : incidentOfChannel(place.channel, document.incidents.channels),
      origin: place.isPrivate ? null : { platform: place.platform, channel: place.channel },
      idempotencyKey: `${place.platform}:${input.key}`,
    });
    return say(
      request.state === 'pending' ? 'waiting' : 'good',
      madeInWords(request, document.chat.approvals),
    );
  } catch (error) {
    throw isAppError(error, 'not_found') ? withSuggestion(bot, error, draft.resource, input) : error;
  }
}

function madeInWords(request: RequestView, approvalsChannel: string): string {
  const asked = `${request.id}: ${request.role} on ${request.resource} for ${formatDuration(request.durationMs)}.`;
  if (request.state !== 'pending') {
    return `${asked} The policy approves this by itself; the connection comes as a private message.`;
  }
  const channel = request.origin?.channel ?? request.incident ?? approvalsChannel;
  return `${asked} It still needs ${stillNeeded(request)}; the card is in #${channel}. You get a private message when it is approved.`;
}

function withSuggestion(bot: BotContext, error: AppError, typed: string, input: ActInput): AppError {
  const names = listRequestable(bot.access, { requester: input.by }).map((entry) => entry.resource);
  const meant = nearest(typed, names);
  if (meant === null) return error;
  return new AppError('not_found', `There is no resource named ${typed}. Did you mean ${meant}?`, {
    cause: error,
  });
}

function openForm(
  bot: BotContext,
  input: ActInput,
  values: RequestFormValues,
  problem: string | null = null,
): ActAnswer {
  const requestable = listRequestable(bot.access, { requester: input.by });
  if (requestable.length === 0) {
    throw new AppError('forbidden', 'No access policy lets you ask for anything. An operator can add one.');
  }
  const preview = problem ?? previewInWords(bot, input, values);
  return ask(requestForm({ values, requestable, preview }));
}

/** What the policy says to what is known so far. */
function previewInWords(bot: BotContext, input: ActInput, values: RequestFormValues): string {
  if (values.resource === '') return 'Choose a resource and a role; the policy decides who has to agree.';
  const preview = previewRequest(bot.access, {
    requester: input.by,
    resource: values.resource,
    role: values.role === '' ? null : values.role,
    durationMs: null,
  });
  if (!preview.allowed) return preview.explanation;
  const longest = preview.durationMaxMs === null ? '' : `; at most ${formatDuration(preview.durationMaxMs)}`;
  const role = preview.role === null ? '' : ` as ${preview.role}`;
  return `${values.resource}${role}: ${approvalInWords(preview)}${longest}.`;
}
