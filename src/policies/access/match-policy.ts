/**
 * Who may ask for what: finds the access policy that lets an identity have a role on a resource, and
 * says in words why it matched or why nothing did.
 */
import { formatDuration } from '../../core/duration.ts';
import type { Identity } from '../../core/identity.ts';
import type { Approval, Seat } from '../../core/request.ts';
import type { AllowPolicy, PolicyDocument, Resource } from '../document/schema.ts';
import { selectorApplies } from '../rules/select.ts';
import { compileCondition } from './condition.ts';
import { seatsOf } from './seats.ts';

export interface AccessQuestion {
  readonly identity: Identity;
  readonly resource: Resource;
  readonly role: string;
  readonly durationMs: number;
  readonly reason: string;
  readonly ticket: string | null;
  readonly incident: string | null;
  readonly at: Date;
}

export type AccessAnswer =
  | {
      readonly allowed: true;
      readonly policy: string;
      readonly explanation: string;
      readonly approval: Approval;
      /** How long a pending request stands. */
      readonly withinMs: number;
      readonly durationMaxMs: number;
    }
  | { readonly allowed: false; readonly explanation: string; readonly durationMaxMs: number | null };

/** An automatic approval needs no time to be decided; its row still carries a deadline. */
const AUTOMATIC_WITHIN_MS = 60_000;

/**
 * The first policy in the file that matches decides, except that an automatic one goes before those
 * that need votes: whoever may have something at once is not made to wait by another policy.
 */
export function matchAccess(document: PolicyDocument, question: AccessQuestion): AccessAnswer {
  const reachable = document.access.filter(
    (policy): policy is AllowPolicy =>
      policy.effect === 'allow' &&
      selectorApplies(policy.to, question.resource) &&
      policy.roles.includes(question.role) &&
      Object.hasOwn(question.resource.roles, question.role),
  );
  const own = reachable.filter((policy) => appliesTo(policy, question));
  const longestMs = own.length === 0 ? null : Math.max(...own.map((policy) => policy.maxDuration));
  const inTime = own.filter((policy) => question.durationMs <= policy.maxDuration);
  const chosen = inTime.find((policy) => policy.approval === 'auto') ?? inTime[0];
  if (chosen === undefined) {
    return { allowed: false, explanation: whyNot(question, reachable, longestMs), durationMaxMs: longestMs };
  }
  return {
    allowed: true,
    policy: chosen.name,
    explanation: `${whoText(chosen)} may have ${question.role} on ${question.resource.name} for up to ${formatDuration(chosen.maxDuration)}, ${approvalText(approvalOf(chosen, question.resource))}.`,
    approval: approvalOf(chosen, question.resource),
    withinMs:
      chosen.approval === 'auto' || 'breakGlass' in chosen.approval
        ? AUTOMATIC_WITHIN_MS
        : chosen.approval.within,
    durationMaxMs: chosen.maxDuration,
  };
}

function appliesTo(policy: AllowPolicy, question: AccessQuestion): boolean {
  const { identity } = question;
  const { who } = policy;
  if (identity.kind === 'workload') {
    if (!(who.workloads ?? []).includes(identity.name)) return false;
  } else if (
    who.groups === undefined
      ? who.workloads !== undefined
      : !who.groups.some((group) => identity.groups.includes(group))
  ) {
    return false;
  }
  return who.when === undefined || compileCondition(who.when)(factsOf(question));
}

function factsOf({
  identity,
  resource,
  ...question
}: AccessQuestion): Parameters<ReturnType<typeof compileCondition>>[0] {
  return {
    request: {
      durationMs: question.durationMs,
      reason: question.reason,
      ticket: question.ticket ?? '',
      incident: question.incident ?? '',
      role: question.role,
      at: question.at,
    },
    user:
      identity.kind === 'person'
        ? { email: identity.email, name: identity.name, groups: identity.groups }
        : { email: identity.ownerEmail, name: identity.name, groups: [] },
    resource: { name: resource.name, kind: resource.kind, labels: resource.labels },
  };
}

function approvalOf({ approval }: AllowPolicy, resource: Resource): Approval {
  if (approval === 'auto') return { kind: 'auto' };
  if ('breakGlass' in approval) {
    const { review } = approval.breakGlass;
    const { within: withinMs, remindEvery: remindEveryMs } = review;
    return { kind: 'break-glass', review: { seats: seatsOf(review, resource), withinMs, remindEveryMs } };
  }
  return { kind: 'votes', seats: seatsOf(approval, resource) };
}

function whoText({ who }: AllowPolicy): string {
  const groups = who.groups?.map((group) => `members of ${group}`) ?? [];
  const workloads = who.workloads?.map((workload) => `workload ${workload}`) ?? [];
  const people = [...groups, ...workloads].join(' or ') || 'anyone';
  return who.when === undefined ? people : `${people} (when ${who.when})`;
}

/** "after 1 of sre and 1 of dba approve", or "without asking anyone". */
function approvalText(approval: Approval): string {
  return approval.kind === 'votes' ? `after ${seatsText(approval.seats)} approve` : 'without asking anyone';
}

function seatsText(seats: readonly Seat[]): string {
  return seats.map((seat) => `${seat.count} of ${seat.name}`).join(' and ');
}

function whyNot(
  question: AccessQuestion,
  reachable: readonly AllowPolicy[],
  longestMs: number | null,
): string {
  const { resource, role } = question;
  if (!Object.hasOwn(resource.roles, role)) {
    return `${resource.name} has no role ${role}. It has ${Object.keys(resource.roles).join(', ')}.`;
  }
  if (longestMs !== null)
    return `${role} on ${resource.name} is given for at most ${formatDuration(longestMs)}.`;
  if (reachable.length === 0) return `No access policy gives ${role} on ${resource.name} to anyone.`;
  return `${role} on ${resource.name} is for ${reachable.map(whoText).join('; ')}. You are none of these.`;
}
