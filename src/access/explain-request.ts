/** Why somebody would get what they might ask for, or would not: every access policy in words. Nothing is asked for. */
import { AppError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import type { RequestKind, Seat } from '../core/request.ts';
import { explainAccess, type PolicyExplanation } from '../policies/access/explain-access.ts';
import type { AccessAnswer } from '../policies/access/match-policy.ts';
import type { AccessQuestion } from '../policies/access/question.ts';
import { everyTicketGood, type TicketAnswers } from '../policies/access/ticket.ts';
import { parsePolicyDocument } from '../policies/document/parse.ts';
import type { PolicyDocument, Resource } from '../policies/document/schema.ts';
import { checkIncident } from './check-request.ts';
import type { AccessContext } from './context.ts';
import { findAccount } from './find-account.ts';
import {
  askAboutTicket,
  matchRequest,
  questionAbout,
  type RequestFacts,
  resourceNamed,
  unknownResource,
} from './match-request.ts';
import { mayReadPolicy } from './policy-rights.ts';
import { refusalUnlessOverseer } from './rights.ts';
import { isSameAddress } from './voting/same-person.ts';

export interface RequestToExplain {
  readonly by: Identity;
  /** E-mail address of a person, or the name of a workload; null for whoever asks. */
  readonly user: string | null;
  readonly kind: RequestKind;
  readonly resource: string;
  /** Null: the first role that they may have. */
  readonly role: string | null;
  /** Null: an hour, or the longest that the policy gives if that is less. */
  readonly durationMs: number | null;
  readonly reason: string;
  readonly ticket: string | null;
  readonly incident: string | null;
  /** Another policy than the one in force, as text. Nobody is asked what it wants asked. */
  readonly document: string | null;
}

export interface ExplainedRequest {
  readonly user: {
    readonly kind: Identity['kind'];
    readonly name: string;
    readonly email: string;
    readonly groups: readonly string[];
    /** When the identity provider last told the groups; null for a workload. */
    readonly groupsSeenAt: Date | null;
  };
  readonly kind: RequestKind;
  readonly resource: string;
  readonly role: string;
  readonly durationMs: number;
  readonly outcome: 'refused' | 'automatic' | 'votes' | 'break-glass';
  /** Of the policy that decides; null when none does. */
  readonly policy: string | null;
  readonly policyVersion: string;
  readonly explanation: string;
  /** Who must agree, or review what was taken. */
  readonly seats: readonly Seat[];
  readonly policies: readonly PolicyExplanation[];
  /** What the explanation leaves out. */
  readonly remarks: readonly string[];
}

/**
 * Anybody may ask about themselves and about workloads they answer for, overseers about everybody; about another
 * policy whoever may read policies: reading and running a large one takes the server seconds.
 * @throws AppError `forbidden`, `not_found` (person, resource), `invalid_input` (the other policy, the incident)
 */
export async function explainRequest(
  context: AccessContext,
  input: RequestToExplain,
): Promise<ExplainedRequest> {
  const holder = await findHolder(context, input);
  const { document, version, isInForce } = policyToExplain(context, input);
  const { channels: patterns } = document.incidents;
  await checkIncident(context, { incident: input.incident, patterns });
  const resource = resourceNamed(document, input.resource);
  if (resource === undefined) throw new AppError('not_found', unknownResource(document, input.resource));
  const target = { document, resource };
  const { kind, reason, ticket, incident } = input;
  const asked = { holder, kind, role: input.role, durationMs: input.durationMs, reason, ticket, incident };
  const ticketAnswers = isInForce ? await askAboutTicket(context, target, asked) : everyTicketGood(document);
  const question = decided(context, target, { ...asked, ticketAnswers });
  const { answer, policies } = explainAccess(document, question);
  const lookups = ticket !== null && !isInForce && document.tickets.length > 0;
  return {
    user: userOf(holder),
    kind,
    resource: resource.name,
    role: question.role,
    durationMs: question.durationMs,
    ...outcomeOf(answer),
    policyVersion: version,
    explanation: answer.explanation,
    policies,
    remarks: lookups
      ? ['Nobody was asked about the ticket, because this policy is not in force: it is taken for good.']
      : [],
  };
}

/** With the role and the length that a request would get that leaves them out. */
function decided(
  context: AccessContext,
  target: { readonly document: PolicyDocument; readonly resource: Resource },
  facts: RequestFacts & { readonly ticketAnswers: TicketAnswers },
): AccessQuestion {
  const chosen = matchRequest(context, target, facts);
  const role = chosen.role ?? Object.keys(target.resource.roles)[0] ?? '';
  return questionAbout(context, {
    resource: target.resource,
    role,
    facts: { ...facts, durationMs: chosen.durationMs },
  });
}

/** Whoever may not ask about others does not learn either who is known here. */
async function findHolder(context: AccessContext, { by, user }: RequestToExplain): Promise<Identity> {
  if (user === null || isOneself(by, user)) return by;
  const { workloads } = context.policy.current().document;
  const workload = workloads.find(({ name }) => name === user);
  const isOwn = workload !== undefined && by.kind === 'person' && isSameAddress(workload.owner, by.email);
  const text = 'You may ask about yourself. About others the members of the groups in `oversight` may ask.';
  const refusal = isOwn ? null : refusalUnlessOverseer(context, { identity: by, text });
  if (refusal !== null) throw refusal;
  return findAccount(context, { account: user, workloads: true });
}

function isOneself(by: Identity, user: string): boolean {
  if (by.kind === 'workload') return user === by.name;
  return user === by.id || isSameAddress(user, by.email);
}

function policyToExplain(
  context: AccessContext,
  { by, document: text }: RequestToExplain,
): { document: PolicyDocument; version: string; isInForce: boolean } {
  if (text === null) return { ...context.policy.current(), isInForce: true };
  if (!mayReadPolicy(context, by)) {
    throw new AppError(
      'forbidden',
      'Another policy is explained to overseers and to whom policy.who names. Leave it out to ask the one in force.',
    );
  }
  const parsed = parsePolicyDocument(text);
  if (parsed.ok) return { document: parsed.document, version: parsed.version, isInForce: false };
  const problems = parsed.problems.map(({ line, column, path, message }) => {
    return `${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`;
  });
  throw new AppError('invalid_input', `The policy is not valid.\n${problems.join('\n')}`);
}

function userOf(holder: Identity): ExplainedRequest['user'] {
  const { kind, name } = holder;
  return holder.kind === 'person'
    ? { kind, name, email: holder.email, groups: holder.groups, groupsSeenAt: holder.groupsSeenAt }
    : { kind, name, email: holder.ownerEmail, groups: [], groupsSeenAt: null };
}

function outcomeOf(answer: AccessAnswer): Pick<ExplainedRequest, 'outcome' | 'policy' | 'seats'> {
  if (!answer.allowed) return { outcome: 'refused', policy: answer.deniedBy, seats: [] };
  const { approval, policy } = answer;
  switch (approval.kind) {
    case 'auto':
      return { outcome: 'automatic', policy, seats: [] };
    case 'votes':
      return { outcome: 'votes', policy, seats: approval.seats };
    case 'break-glass':
      return { outcome: 'break-glass', policy, seats: approval.review.seats };
  }
}
