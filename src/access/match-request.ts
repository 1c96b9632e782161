/** What the policy in force says to a request: which role, for how long, and who would have to agree. */
import type { Identity } from '../core/identity.ts';
import type { RequestKind } from '../core/request.ts';
import { type AccessAnswer, matchAccess } from '../policies/access/match-policy.ts';
import { lookupNeeded } from '../policies/access/obstacles.ts';
import type { AccessQuestion } from '../policies/access/question.ts';
import type { TicketAnswer, TicketAnswers } from '../policies/access/ticket.ts';
import type { PolicyDocument, Resource } from '../policies/document/schema.ts';
import type { AccessContext } from './context.ts';

/** What is known of a request so far. */
export interface RequestFacts {
  /** Who would hold the access: what the policy is asked about. */
  readonly holder: Identity;
  /** An ordinary request when left out. */
  readonly kind?: RequestKind;
  /** Null: the first role of the resource that the holder may have. */
  readonly role: string | null;
  /** Null: an hour, or the longest that the policy gives if that is less. */
  readonly durationMs: number | null;
  readonly reason?: string;
  readonly ticket?: string | null;
  /** From `askAboutTicket`; null where nothing is granted by the answer. Left out, nobody was asked. */
  readonly ticketAnswers?: TicketAnswers;
  readonly incident?: string | null;
}

export interface RequestAnswer {
  readonly role: string | null;
  readonly durationMs: number;
  readonly answer: AccessAnswer;
}

const DEFAULT_DURATION_MS = 3_600_000;
const NAMES_LISTED_MAX = 20;

/** A policy, and one of its resources. */
interface Target {
  readonly document: PolicyDocument;
  readonly resource: Resource;
}

const NOBODY_ASKED: TicketAnswers = new Map();

export function matchRequest(
  context: Pick<AccessContext, 'clock'>,
  { document, resource }: Target,
  facts: RequestFacts,
): RequestAnswer {
  const ask = (role: string): RequestAnswer => {
    const question = questionAbout(context, { resource, role, facts });
    const answer = matchAccess(document, question);
    if (facts.durationMs !== null || answer.allowed || answer.durationMaxMs === null)
      return { role, durationMs: question.durationMs, answer };
    const durationMs = answer.durationMaxMs;
    return { role, durationMs, answer: matchAccess(document, { ...question, durationMs }) };
  };
  if (facts.role !== null) return ask(facts.role);
  const answers = Object.keys(resource.roles).map(ask);
  return answers.find(({ answer }) => answer.allowed) ?? nearest(answers) ?? noRole(resource);
}

/** What is only asked for too long, or at the wrong time, says more than that there is nothing. */
function nearest(answers: readonly RequestAnswer[]): RequestAnswer | undefined {
  const stoppedBy = (isIt: (answer: Extract<AccessAnswer, { allowed: false }>) => boolean) =>
    answers.find(({ answer }) => !answer.allowed && isIt(answer));
  return (
    stoppedBy(({ obstacle }) => obstacle === 'duration') ??
    stoppedBy(({ obstacle }) => obstacle === 'ticket' || obstacle === 'hours') ??
    stoppedBy(({ deniedBy }) => deniedBy !== null)
  );
}

function noRole(resource: Resource): RequestAnswer {
  const explanation = `No access policy gives you a role on ${resource.name}.`;
  const nothing = { durationMaxMs: null, deniedBy: null, obstacle: null };
  return {
    role: null,
    durationMs: DEFAULT_DURATION_MS,
    answer: { allowed: false, explanation, ...nothing },
  };
}

/**
 * Asks about the ticket of a request whom its policies name, each once. This may take a while: do it before any row
 * is locked.
 */
export async function askAboutTicket(
  context: Pick<AccessContext, 'clock' | 'tickets'>,
  { document, resource }: Target,
  facts: RequestFacts,
): Promise<ReadonlyMap<string, TicketAnswer>> {
  const { ticket = null } = facts;
  if (ticket === null) return new Map();
  const roles = facts.role === null ? Object.keys(resource.roles) : [facts.role];
  const needed = roles.flatMap((role) => {
    const question = questionAbout(context, { resource, role, facts });
    return document.access.flatMap((policy) => lookupNeeded(policy, question) ?? []);
  });
  const lookups = document.tickets.filter(({ name }) => needed.includes(name));
  const answers = lookups.map(
    async (lookup) => [lookup.name, await context.tickets.look(lookup, ticket)] as const,
  );
  return new Map(await Promise.all(answers));
}

/** The question to the policies; a length that is left open is an hour. */
export function questionAbout(
  context: Pick<AccessContext, 'clock'>,
  { resource, role, facts }: { resource: Resource; role: string; facts: RequestFacts },
): AccessQuestion {
  return {
    identity: facts.holder,
    kind: facts.kind ?? 'access',
    resource,
    role,
    durationMs: facts.durationMs ?? DEFAULT_DURATION_MS,
    reason: facts.reason ?? '',
    ticket: facts.ticket ?? null,
    ticketAnswers: facts.ticketAnswers === undefined ? NOBODY_ASKED : facts.ticketAnswers,
    incident: facts.incident ?? null,
    at: context.clock.now(),
  };
}

export function resourceNamed(document: PolicyDocument, name: string): Resource | undefined {
  return document.resources.find((candidate) => candidate.name === name);
}

export function unknownResource(document: PolicyDocument, name: string): string {
  const names = document.resources.map((resource) => resource.name);
  const listed = names.slice(0, NAMES_LISTED_MAX).join(', ') + (names.length > NAMES_LISTED_MAX ? ', …' : '');
  return `There is no resource named ${name.slice(0, 63)}. ${names.length === 0 ? 'None is configured.' : `There is ${listed}.`}`;
}
