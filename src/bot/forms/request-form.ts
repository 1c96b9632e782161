/** The form that asks for access, prefilled with what was given, with what approval will take. */
import type { IncidentName } from '../../access/incidents/open-incidents.ts';
import type { RequestableResource } from '../../access/preview-request.ts';
import { formatDuration } from '../../core/duration.ts';
import { REASON_CHARACTERS_MAX, TICKET_CHARACTERS_MAX } from '../../core/request.ts';
import type { Form, FormField } from '../card.ts';
import { NAME_CHARACTERS_MAX, REASON_LINES_MAX, VALUE_CHARACTERS_MAX } from '../cards/limits.ts';
import { plainBlock, plainLine } from '../cards/plain-text.ts';
import { approvalInWords } from '../cards/wording.ts';
import { ACCOUNT_CHARACTERS_MAX } from '../commands/identifiers.ts';
import { texts } from '../texts/texts.ts';
import { DURATION_CHARACTERS_MAX, OFFERED_DURATIONS_MS } from './fields.ts';

/** Slack shows at most 100 options. */
const OPTIONS_MAX = 100;
/** Slack's limit for an option's label. */
const LABEL_CHARACTERS_MAX = 75;

/** Of the name that an incident has from its channel. */
const CHANNEL_CHARACTERS_MAX = 200;

/** What is said may repeat what was typed. */
const INTRODUCTION_LIMITS = { charactersMax: VALUE_CHARACTERS_MAX, linesMax: REASON_LINES_MAX };

/** As text, so that a form that could not be used comes back as it was filled in. */
export interface RequestFormValues {
  readonly resource: string;
  readonly role: string;
  readonly duration: string;
  readonly reason: string;
  readonly ticket: string;
  /** Empty for none. */
  readonly incident: string;
  /** Another person, by their address; empty for whoever asks. */
  readonly beneficiary: string;
  /** By its name; empty for a person. */
  readonly workload: string;
}

/**
 * @param input.requestable what this person may ask for
 * @param input.incidents what it can be about, the newest first; the field is left out where there is none
 * @param input.incidentHere the incident of the channel that it is asked for in, or null: it is always about one then
 * @param input.workloads whether there are any
 * @param input.preview what the policy says to the values so far, or what is wrong with them, in one sentence
 */
export function requestForm(input: {
  readonly values: RequestFormValues;
  readonly requestable: readonly RequestableResource[];
  readonly incidents: readonly IncidentName[];
  readonly incidentHere: string | null;
  readonly workloads: boolean;
  readonly preview: string;
}): Form {
  const { values, requestable } = input;
  const words = texts().forms.request;
  return {
    id: 'request',
    subject: 'new',
    title: words.title,
    introduction: plainBlock(input.preview, INTRODUCTION_LIMITS),
    submitLabel: words.submit,
    fields: [
      resourceField(values.resource, requestable),
      roleField(values, requestable),
      durationField(values, requestable),
      {
        name: 'reason',
        label: texts().forms.fields.because,
        kind: 'multiline',
        required: true,
        value: values.reason,
        placeholder: words.reasonHint,
        charactersMax: REASON_CHARACTERS_MAX,
      },
      {
        name: 'ticket',
        label: words.ticket,
        kind: 'text',
        required: false,
        value: values.ticket,
        placeholder: words.ticketHint,
        charactersMax: TICKET_CHARACTERS_MAX,
      },
      ...incidentFields(input),
      {
        name: 'beneficiary',
        label: words.beneficiary,
        kind: 'person',
        required: false,
        value: values.beneficiary,
        placeholder: words.beneficiaryHint,
        charactersMax: ACCOUNT_CHARACTERS_MAX,
        refills: true,
      },
      ...(input.workloads || values.workload !== '' ? [workloadField(values)] : []),
    ],
  };
}

export function resourceField(chosen: string, requestable: readonly RequestableResource[]): FormField {
  const known = requestable.find((entry) => entry.resource === chosen);
  const listed = requestable.slice(0, OPTIONS_MAX);
  const options = (known === undefined || listed.includes(known) ? listed : [known, ...listed.slice(1)]).map(
    resourceOption,
  );
  return {
    name: 'resource',
    label: texts().forms.fields.resource,
    kind: 'select',
    required: true,
    charactersMax: NAME_CHARACTERS_MAX,
    options,
    searched: true,
    refills: true,
    ...(known === undefined ? {} : { value: chosen }),
  };
}

/** What is listed for a resource, wherever one is chosen. */
export function resourceOption(entry: RequestableResource): {
  readonly value: string;
  readonly label: string;
} {
  return {
    value: entry.resource,
    label: plainLine(`${entry.resource} (${entry.kind})`, LABEL_CHARACTERS_MAX),
  };
}

/** As text; offered is what the policy allows for what was chosen. */
export function durationField(
  values: Pick<RequestFormValues, 'resource' | 'role' | 'duration'>,
  requestable: readonly RequestableResource[],
): FormField {
  const roles = requestable
    .filter((entry) => values.resource === '' || entry.resource === values.resource)
    .flatMap((entry) => entry.roles)
    .filter((role) => values.role === '' || role.role === values.role);
  const longestMs = Math.max(0, ...roles.map((role) => role.durationMaxMs));
  return {
    name: 'duration',
    label: texts().forms.fields.duration,
    kind: 'text',
    required: true,
    value: values.duration,
    placeholder: texts().forms.fields.durationHint,
    charactersMax: DURATION_CHARACTERS_MAX,
    suggestions: OFFERED_DURATIONS_MS.filter((durationMs) => durationMs <= longestMs).map(formatDuration),
    refills: true,
  };
}

/** For a chosen resource its roles with what each takes; otherwise every role there is, by name. */
export function roleField(
  values: Pick<RequestFormValues, 'resource' | 'role'>,
  requestable: readonly RequestableResource[],
): FormField {
  const resource = requestable.find((entry) => entry.resource === values.resource);
  const roles =
    resource === undefined
      ? [...new Set(requestable.flatMap((entry) => entry.roles.map((role) => role.role)))].map((role) => ({
          value: role,
          label: plainLine(role, LABEL_CHARACTERS_MAX),
        }))
      : resource.roles.map((role) => ({
          value: role.role,
          label: plainLine(
            texts().forms.fields.roleTakes({ role: role.role, approval: approvalInWords(role) }),
            LABEL_CHARACTERS_MAX,
          ),
        }));
  const options = [{ value: '', label: texts().forms.fields.leastRole }, ...roles.slice(0, OPTIONS_MAX - 1)];
  return {
    name: 'role',
    label: texts().forms.fields.role,
    kind: 'select',
    required: false,
    charactersMax: NAME_CHARACTERS_MAX,
    options,
    refills: true,
    value: options.some((option) => option.value === values.role) ? values.role : '',
  };
}

function incidentFields(input: {
  readonly values: RequestFormValues;
  readonly incidents: readonly IncidentName[];
  readonly incidentHere: string | null;
}): FormField[] {
  const { values, incidentHere } = input;
  const named = new Map(input.incidents.map(({ name, title }) => [name, title]));
  if (incidentHere !== null && !named.has(incidentHere)) named.set(incidentHere, '');
  if (named.size === 0) return [];
  const incidents = [...named]
    .sort(([one], [other]) => Number(other === incidentHere) - Number(one === incidentHere))
    .map(([name, title]) => ({ value: name, label: incidentLabel(name, title) }));
  const options =
    incidentHere === null
      ? [{ value: '', label: texts().forms.request.noIncident }, ...incidents]
      : incidents;
  const chosen = named.has(values.incident) ? values.incident : (incidentHere ?? '');
  return [
    {
      name: 'incident',
      label: texts().forms.request.incident,
      kind: 'select',
      required: incidentHere !== null,
      charactersMax: CHANNEL_CHARACTERS_MAX,
      options: options.slice(0, OPTIONS_MAX),
      value: chosen,
      refills: true,
    },
  ];
}

function incidentLabel(name: string, title: string): string {
  return plainLine(title === '' ? `#${name}` : `#${name}: ${title}`, LABEL_CHARACTERS_MAX);
}

function workloadField(values: RequestFormValues): FormField {
  return {
    name: 'workload',
    label: texts().forms.request.workload,
    kind: 'text',
    required: false,
    value: values.workload,
    placeholder: texts().forms.request.workloadHint,
    charactersMax: NAME_CHARACTERS_MAX,
  };
}
