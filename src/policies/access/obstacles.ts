/**
 * Why one access policy does not hold for a request. Matching takes the first reason and goes on to the next policy;
 * an explanation takes them all, so the two cannot disagree.
 */
import { formatDuration } from '../../core/duration.ts';
import type { AccessPolicy, AllowPolicy } from '../document/schema.ts';
import { selectorApplies } from '../rules/select.ts';
import { compileCondition } from './condition.ts';
import { type AccessQuestion, conditionFacts } from './question.ts';
import { isWorthAsking, ticketObstacle } from './ticket.ts';
import { isInWindow, windowsText } from './windows.ts';

/** In the order in which they are looked for: whoever is stopped by a later one is nearer to the access. */
export type ObstacleKind = 'resource' | 'role' | 'kind' | 'who' | 'when' | 'hours' | 'ticket' | 'duration';

export interface Obstacle {
  readonly kind: ObstacleKind;
  /** Half a sentence. */
  readonly text: string;
}

/** None: the policy holds. */
export function* obstaclesOf(policy: AccessPolicy, question: AccessQuestion): Generator<Obstacle, void> {
  const { resource, role, identity } = question;
  if (!selectorApplies(policy.to, resource)) {
    return yield { kind: 'resource', text: `it is not about ${resource.name}` };
  }
  if (policy.roles?.includes(role) === false) {
    return yield { kind: 'role', text: `it is about ${policy.roles.join(', ')}, not ${role}` };
  }
  if (policy.effect === 'allow') yield* kindObstacles(policy, question);
  if (!isMeant(policy, question)) {
    const name = identity.kind === 'person' ? identity.email : identity.name;
    yield { kind: 'who', text: `${name} is not among ${namesOf(policy).join(', ')}` };
  }
  yield* whenObstacles(policy, question);
  yield* timeObstacles(policy, question);
  if (policy.effect === 'allow') yield* termObstacles(policy, question);
}

/** The longest that a policy gives at once, or, as an extension, altogether. */
export function durationMaxOf({ extendTo, maxDuration }: AllowPolicy, { kind }: AccessQuestion): number {
  return kind === 'extension' ? (extendTo ?? maxDuration) : maxDuration;
}

function* kindObstacles({ approval }: AllowPolicy, { kind }: AccessQuestion): Generator<Obstacle, void> {
  const isForBreakGlass = approval !== 'auto' && 'breakGlass' in approval;
  if (isForBreakGlass === (kind === 'break-glass')) return;
  const text = isForBreakGlass ? 'it is for breaking the glass only' : 'it is not for breaking the glass';
  yield { kind: 'kind', text };
}

/** Left out, everybody is meant by a policy that denies; one that allows means people, never a workload unnamed. */
function isMeant({ who, effect }: AccessPolicy, { identity }: AccessQuestion): boolean {
  const isOpen = who.groups === undefined && who.workloads === undefined;
  if (identity.kind === 'workload') {
    return who.workloads?.includes(identity.name) ?? (isOpen && effect === 'deny');
  }
  return isOpen || (who.groups ?? []).some((group) => identity.groups.includes(group));
}

function namesOf({ who }: AccessPolicy): string[] {
  const workloads = who.workloads?.map((name) => `workload ${name}`) ?? [];
  const names = [...(who.groups ?? []), ...workloads];
  return names.length > 0 ? names : ['people'];
}

/** A condition that fails denies: it does not stop a policy that denies. */
function* whenObstacles({ who, effect }: AccessPolicy, question: AccessQuestion): Generator<Obstacle, void> {
  if (who.when === undefined) return;
  const outcome = compileCondition(who.when)(conditionFacts(question));
  if (outcome.kind === 'false') yield { kind: 'when', text: `its condition is not true: ${who.when}` };
  if (outcome.kind === 'failed' && effect === 'allow') {
    yield { kind: 'when', text: `its condition could not be worked out (${outcome.reason}): ${who.when}` };
  }
}

function* timeObstacles(policy: AccessPolicy, { at }: AccessQuestion): Generator<Obstacle, void> {
  const { hours, quietHours } = policy;
  if (hours !== undefined && !hours.some((window) => isInWindow(window, at))) {
    yield { kind: 'hours', text: `it holds ${windowsText(hours)}` };
  }
  if (quietHours?.some((window) => isInWindow(window, at)) === true) {
    yield { kind: 'hours', text: `it does not hold ${windowsText(quietHours)}` };
  }
}

function* termObstacles(policy: AllowPolicy, question: AccessQuestion): Generator<Obstacle, void> {
  const { ticket, ticketAnswers: answers, durationMs } = question;
  const obstacle = policy.ticket === undefined ? null : ticketObstacle(policy.ticket, { ticket, answers });
  if (obstacle !== null) yield { kind: 'ticket', text: obstacle };
  const durationMaxMs = durationMaxOf(policy, question);
  if (durationMs > durationMaxMs) {
    const asked = `${formatDuration(durationMs)} is more than`;
    const altogether = question.kind === 'extension' ? ' altogether' : '';
    yield {
      kind: 'duration',
      text: `${asked} the ${formatDuration(durationMaxMs)} that it gives${altogether}`,
    };
  }
}

/**
 * The lookup that has to be asked about the ticket before this policy can hold, or null. Nobody is asked on behalf of
 * people whom the policy does not mean. The length may still change, and with it what the condition says.
 */
export function lookupNeeded(policy: AccessPolicy, question: AccessQuestion): string | null {
  const { ticket } = question;
  if (policy.effect === 'deny' || policy.ticket?.lookup === undefined || ticket === null) return null;
  if (!isWorthAsking(policy.ticket, ticket)) return null;
  const obstacles = [...obstaclesOf(policy, { ...question, ticketAnswers: null })];
  return obstacles.every(({ kind }) => kind === 'when' || kind === 'duration') ? policy.ticket.lookup : null;
}
