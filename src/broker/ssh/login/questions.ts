/** What somebody is asked who logs in without a grant, and how their answers are read. */
import type { RoleToAskFor } from '../../../access/host-login.ts';
import { formatDuration, parseDuration } from '../../../core/duration.ts';
import { isAppError } from '../../../core/errors.ts';
import { REASON_CHARACTERS_MAX, TICKET_CHARACTERS_MAX } from '../../../core/request.ts';
import { oneLine } from './one-line.ts';
import type { Prompter } from './prompter.ts';

/** Of one question: whoever cannot answer it is a program. */
const ATTEMPTS_MAX = 5;

export interface Wanted {
  readonly role: string;
  readonly reason: string;
  /** Null: what the policy gives by itself. */
  readonly durationMs: number | null;
  readonly ticket: string | null;
}

export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly wrong: string };

/** @returns null when nobody answers, or not in a way that can be used */
export async function askWhatIsWanted(
  prompter: Prompter,
  options: { readonly roles: readonly RoleToAskFor[]; readonly note: string },
): Promise<Wanted | null> {
  const [first, ...others] = options.roles;
  if (first === undefined) return null;
  let note: string | undefined = options.note;
  let role = first;
  if (others.length > 0) {
    const names = options.roles.map((one) => oneLine(one.role)).join(', ');
    const chosen = await askUntilRight(
      prompter,
      { prompt: `Role [${oneLine(first.role)}]: `, note: `${note}\nRoles: ${names}` },
      (text) => readRole(text, options.roles),
    );
    if (chosen === null) return null;
    role = chosen;
    note = undefined;
  }
  const reason = await askUntilRight(
    prompter,
    { prompt: 'Reason: ', ...(note === undefined ? {} : { note }) },
    readReason,
  );
  if (reason === null) return null;
  const ticket = role.needsTicket ? await askUntilRight(prompter, { prompt: 'Ticket: ' }, readTicket) : null;
  if (role.needsTicket && ticket === null) return null;
  const duration = await askUntilRight(
    prompter,
    { prompt: `For how long [${formatDuration(role.durationMs)}]: ` },
    (text) => readDuration(text, role),
  );
  return duration === null ? null : { role: role.role, reason, ticket, durationMs: duration.durationMs };
}

async function askUntilRight<T>(
  prompter: Prompter,
  question: { readonly prompt: string; readonly note?: string },
  read: (text: string) => Answer<T>,
): Promise<T | null> {
  let asked = question;
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const text = await prompter.ask({ ...asked, echo: true });
    if (text === null) return null;
    const answer = read(text.trim());
    if (answer.ok) return answer.value;
    asked = { prompt: question.prompt, note: answer.wrong };
  }
  return null;
}

/** @param text without blanks around it; empty for the first role */
export function readRole(text: string, roles: readonly RoleToAskFor[]): Answer<RoleToAskFor> {
  const role = text === '' ? roles[0] : roles.find((one) => one.role === text);
  if (role !== undefined) return { ok: true, value: role };
  return wrong(`There is no role ${text.slice(0, 40)}. Choose ${roles.map((one) => one.role).join(', ')}.`);
}

export function readReason(text: string): Answer<string> {
  if (text === '') return wrong('Say why you need it: approvers decide by the reason.');
  if (text.length > REASON_CHARACTERS_MAX)
    return wrong(`The reason is longer than ${REASON_CHARACTERS_MAX} characters.`);
  return { ok: true, value: text };
}

function readTicket(text: string): Answer<string> {
  if (text === '') return wrong('This role needs a ticket.');
  if (text.length > TICKET_CHARACTERS_MAX)
    return wrong(`The ticket is longer than ${TICKET_CHARACTERS_MAX} characters.`);
  return { ok: true, value: text };
}

/** @param text empty for what the policy gives by itself, which is null */
export function readDuration(
  text: string,
  { durationMaxMs }: Pick<RoleToAskFor, 'durationMaxMs'>,
): Answer<{ readonly durationMs: number | null }> {
  if (text === '') return { ok: true, value: { durationMs: null } };
  try {
    const durationMs = parseDuration(text);
    if (durationMaxMs !== null && durationMs > durationMaxMs)
      return wrong(`The longest is ${formatDuration(durationMaxMs)}.`);
    return { ok: true, value: { durationMs } };
  } catch (error) {
    if (isAppError(error)) return wrong(error.message);
    throw error;
  }
}

function wrong(text: string): { readonly ok: false; readonly wrong: string } {
  return { ok: false, wrong: oneLine(text) };
}
