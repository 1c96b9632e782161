/** Asking for access: at once when everything was given, through the form otherwise. */
import { findAccount } from '../../access/find-account.ts';
import { openIncidents, requireOpenIncident } from '../../access/incidents/open-incidents.ts';
import { listRequestable } from '../../access/preview-request.ts';
import { requestAccess } from '../../access/request-access.ts';
import type { RequestView } from '../../access/views.ts';
import { formatDuration, parseDuration } from '../../core/duration.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import type { ActAnswer } from '../act-answer.ts';
import type { BotContext } from '../bot-context.ts';
import { lacking, nameOf, roleOnResource } from '../cards/wording.ts';
import type { RequestCommand } from '../commands/command.ts';
import { nearest } from '../commands/did-you-mean.ts';
import { type RequestFormValues, requestForm } from '../forms/request-form.ts';
import { texts } from '../texts/texts.ts';
import type { ActInput, FormValues } from './act.ts';
import { ask, say, sayError } from './answers.ts';
import { textIn } from './form-text.ts';
import { incidentOf, originOf } from './place.ts';
import { previewInWords } from './preview.ts';

const DEFAULT_DURATION = '1h';

export async function askForAccess(
  bot: BotContext,
  command: RequestCommand,
  input: ActInput,
): Promise<ActAnswer> {
  const { resource, durationMs, reason } = command;
  if (resource !== null && durationMs !== null && reason !== null) {
    return makeRequest(bot, { ...command, resource, durationMs, reason, incident: null }, input);
  }
  return openForm(bot, input, {
    resource: resource ?? '',
    role: command.role ?? '',
    duration: durationMs === null ? DEFAULT_DURATION : formatDuration(durationMs),
    reason: reason ?? '',
    ticket: command.ticket ?? '',
    incident: '',
    ...beneficiaryNamed(bot, command.beneficiary ?? ''),
  });
}

/** What a command names may be a workload, which has a field of its own. */
function beneficiaryNamed(
  { access }: BotContext,
  named: string,
): Pick<RequestFormValues, 'beneficiary' | 'workload'> {
  const isWorkload = access.policy.current().document.workloads.some(({ name }) => name === named);
  return isWorkload ? { beneficiary: '', workload: named } : { beneficiary: named, workload: '' };
}

/** A submission that cannot be used comes back with the form as it was filled in. */
export async function submitRequestForm(
  bot: BotContext,
  values: FormValues,
  input: ActInput,
): Promise<ActAnswer> {
  const filled = readFilled(values);
  try {
    if (filled.resource === '') throw new AppError('invalid_input', texts().problems.chooseResource);
    const draft = {
      resource: filled.resource,
      role: filled.role || null,
      durationMs: parseDuration(filled.duration || DEFAULT_DURATION),
      reason: filled.reason,
      ticket: filled.ticket || null,
      incident: filled.incident || null,
      beneficiary: oneBeneficiary(filled),
    };
    return await makeRequest(bot, draft, input);
  } catch (error) {
    if (!isAppError(error)) throw error;
    const { reply } = sayError(error);
    // The form may cover the reply, so it says what is wrong as well.
    const { form } = await openForm(bot, input, filled, error.message);
    return { reply, form };
  }
}

/** The form for what is filled in so far, with what the policy says to it. */
export async function refillRequestForm(
  bot: BotContext,
  values: FormValues,
  input: ActInput,
): Promise<ActAnswer> {
  return openForm(bot, input, readFilled(values));
}

function readFilled(values: FormValues): RequestFormValues {
  return {
    resource: textIn(values, 'resource'),
    role: textIn(values, 'role'),
    duration: textIn(values, 'duration'),
    reason: textIn(values, 'reason'),
    ticket: textIn(values, 'ticket'),
    incident: textIn(values, 'incident'),
    beneficiary: textIn(values, 'beneficiary').replace(/^@/, ''),
    workload: textIn(values, 'workload').replace(/^@/, ''),
  };
}

/** @throws AppError `invalid_input` for a person and a workload at once */
function oneBeneficiary({ beneficiary, workload }: RequestFormValues): string | null {
  if (beneficiary === '' || workload === '') return beneficiary || workload || null;
  throw new AppError('invalid_input', texts().problems.oneBeneficiary);
}

interface Draft {
  readonly resource: string;
  readonly role: string | null;
  readonly durationMs: number;
  readonly reason: string;
  readonly ticket: string | null;
  /** By name; null for the one that the channel is about, if it is. */
  readonly incident: string | null;
  /** Who will hold the access, as it was typed; null for whoever asks. */
  readonly beneficiary: string | null;
}

async function makeRequest(bot: BotContext, draft: Draft, input: ActInput): Promise<ActAnswer> {
  const { access } = bot;
  const { place } = input;
  const { document } = access.policy.current();
  const { beneficiary: account, ...asked } = draft;
  const beneficiary = account === null ? null : await findAccount(access, { account, workloads: true });
  const incident = { chosen: asked.incident, here: await incidentOf(bot, place) };
  if (incident.chosen !== null && incident.chosen !== incident.here) {
    await requireOpenIncident(access, { name: incident.chosen });
  }
  try {
    const request = await requestAccess(access, {
      ...asked,
      requester: input.by,
      beneficiary,
      incident: incident.chosen ?? incident.here,
      origin: originOf(place, incident),
      idempotencyKey: `${place.platform}:${input.key}`,
    });
    return say(
      request.state === 'pending' ? 'waiting' : 'good',
      madeInWords(request, place.isPrivate ? document.chat.approvals : place.channelName),
    );
  } catch (error) {
    throw isAppError(error, 'not_found') ? withSuggestion(bot, error, draft.resource, input) : error;
  }
}

/** @param askedIn the channel that it was asked for in, or where it is announced */
function madeInWords(request: RequestView, askedIn: string): string {
  const words = texts().answers.request;
  const { id, beneficiary, requester } = request;
  const other = beneficiary.id === requester.id ? null : nameOf(beneficiary);
  const time = formatDuration(request.durationMs);
  const made = words.made({ id, what: roleOnResource(request), other, time });
  if (request.state !== 'pending') return words.automatic(made);
  const channel = request.origin === null ? (request.incident ?? askedIn) : askedIn;
  return words.pending({ made, needed: lacking(request), channel: `#${channel}`, other });
}

function withSuggestion(bot: BotContext, error: AppError, typed: string, input: ActInput): AppError {
  const names = listRequestable(bot.access, { requester: input.by }).map((entry) => entry.resource);
  const meant = nearest(typed, names);
  if (meant === null) return error;
  const text = texts().problems.noResourceMeant({ typed, meant });
  return new AppError('not_found', text, { cause: error });
}

async function openForm(
  bot: BotContext,
  input: ActInput,
  values: RequestFormValues,
  problem: string | null = null,
): Promise<ActAnswer> {
  const requestable = listRequestable(bot.access, { requester: input.by });
  if (requestable.length === 0) {
    throw new AppError('forbidden', texts().problems.nothingToAskFor);
  }
  const incidentHere = await incidentOf(bot, input.place);
  const filled = { ...values, incident: values.incident || (incidentHere ?? '') };
  return ask(
    requestForm({
      values: filled,
      requestable,
      incidents: await openIncidents(bot.access),
      incidentHere,
      workloads: bot.access.policy.current().document.workloads.length > 0,
      preview: problem ?? (await previewInWords(bot, filled, input)),
    }),
  );
}
