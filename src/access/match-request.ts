/** What the policy in force says to a request: which role, for how long, and who would have to agree. */
import type { Identity } from '../core/identity.ts';
import type { RequestKind } from '../core/request.ts';
import { type AccessAnswer, matchAccess } from '../policies/access/match-policy.ts';
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
  readonly incident?: string | null;
}

export interface RequestAnswer {
  readonly role: string | null;
  readonly durationMs: number;
  readonly answer: AccessAnswer;
}

const DEFAULT_DURATION_MS = 3_600_000;
const NAMES_LISTED_MAX = 20;

export function matchRequest(
  context: AccessContext,
  { document, resource }: { document: PolicyDocument; resource: Resource },
  facts: RequestFacts,
): RequestAnswer {
  const ask = (role: string): RequestAnswer => {
    const question = {
      identity: facts.holder,
      kind: facts.kind ?? 'access',
      resource,
      role,
      reason: facts.reason ?? '',
      ticket: facts.ticket ?? null,
      incident: facts.incident ?? null,
      at: context.clock.now(),
    };
    const durationMs = facts.durationMs ?? DEFAULT_DURATION_MS;
    const answer = matchAccess(document, { ...question, durationMs });
    if (facts.durationMs !== null || answer.allowed || answer.durationMaxMs === null)
      return { role, durationMs, answer };
    const shorter = { ...question, durationMs: answer.durationMaxMs };
    return { role, durationMs: answer.durationMaxMs, answer: matchAccess(document, shorter) };
  };
  if (facts.role !== null) return ask(facts.role);
  const answers = Object.keys(resource.roles).map(ask);
  const explanation = `No access policy gives you a role on ${resource.name}.`;
  const none = {
    role: null,
    durationMs: DEFAULT_DURATION_MS,
    answer: { allowed: false, explanation, durationMaxMs: null } as const,
  };
  // A role that is only asked for too long says more than that there is none.
  const tooLong = answers.find(({ answer }) => answer.durationMaxMs !== null);
  return answers.find(({ answer }) => answer.allowed) ?? tooLong ?? none;
}

export function resourceNamed(document: PolicyDocument, name: string): Resource | undefined {
  return document.resources.find((candidate) => candidate.name === name);
}

export function unknownResource(document: PolicyDocument, name: string): string {
  const names = document.resources.map((resource) => resource.name);
  const listed = names.slice(0, NAMES_LISTED_MAX).join(', ') + (names.length > NAMES_LISTED_MAX ? ', …' : '');
  return `There is no resource named ${name.slice(0, 63)}. ${names.length === 0 ? 'None is configured.' : `There is ${listed}.`}`;
}
