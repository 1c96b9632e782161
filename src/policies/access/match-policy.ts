/**
 * Who may ask for what: finds the access policy that lets an identity have a role on a resource, and
 * says in words why it matched or why nothing did.
 */
import { formatDuration } from '../../core/duration.ts';
import type { Approval } from '../../core/request.ts';
import type { AllowPolicy, DenyPolicy, PolicyDocument, Resource } from '../document/schema.ts';
import { durationMaxOf, type Obstacle, type ObstacleKind, obstaclesOf } from './obstacles.ts';
import type { AccessQuestion } from './question.ts';
import { seatsOf } from './seats.ts';
import { ticketText } from './ticket.ts';
import { approvalText, whoText } from './wording.ts';

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
  | {
      readonly allowed: false;
      readonly explanation: string;
      /** Set when it was only asked for too long. */
      readonly durationMaxMs: number | null;
      /** The policy that denies it. */
      readonly deniedBy: string | null;
      /** What stopped the policy that came nearest; null when one denies, or none is about this at all. */
      readonly obstacle: ObstacleKind | null;
    };

/** An automatic approval needs no time to be decided; its row still carries a deadline. */
const AUTOMATIC_WITHIN_MS = 60_000;

/**
 * A policy that denies wins. Of those that allow, the first in the file that holds decides, except that an automatic
 * one goes before those that need votes: whoever may have something at once is not made to wait by another policy.
 */
export function matchAccess(document: PolicyDocument, question: AccessQuestion): AccessAnswer {
  const { resource, role } = question;
  if (!Object.hasOwn(resource.roles, role)) {
    const names = Object.keys(resource.roles).join(', ');
    return refused({ explanation: `${resource.name} has no role ${role}. It has ${names}.` });
  }
  const holding: AllowPolicy[] = [];
  const stopped: Stopped[] = [];
  for (const policy of document.access) {
    const [first] = obstaclesOf(policy, question);
    if (first === undefined && policy.effect === 'deny') return deniedBy(policy, question);
    if (policy.effect === 'deny') continue;
    if (first === undefined) holding.push(policy);
    else stopped.push({ policy, first });
  }
  const chosen = holding.find(({ approval }) => approval === 'auto') ?? holding[0];
  return chosen === undefined ? whyNot(stopped, question) : given(chosen, question);
}

function given(policy: AllowPolicy, question: AccessQuestion): AccessAnswer {
  const { resource, role } = question;
  const approval = approvalOf(policy, resource);
  const durationMaxMs = durationMaxOf(policy, question);
  const altogether = question.kind === 'extension' ? ' altogether' : '';
  const length = `for up to ${formatDuration(durationMaxMs)}${altogether}`;
  const ticket = policy.ticket?.required === true ? `with ${ticketText(policy.ticket)}, ` : '';
  const explanation = `${whoText(policy)} may have ${role} on ${resource.name} ${length}, ${ticket}${approvalText(approval)}.`;
  return {
    allowed: true,
    policy: policy.name,
    explanation,
    approval,
    withinMs: withinOf(policy),
    durationMaxMs,
  };
}

function approvalOf({ approval }: AllowPolicy, resource: Resource): Approval {
  if (approval === 'auto') return { kind: 'auto' };
  if ('breakGlass' in approval) {
    const { review } = approval.breakGlass;
    const { within: withinMs, remindEvery: remindEveryMs, openMax } = review;
    const seats = seatsOf(review, resource);
    return { kind: 'break-glass', review: { seats, withinMs, remindEveryMs, openMax } };
  }
  const { notFromGroups, stepUp, remindAfter, escalateTo } = approval;
  return {
    kind: 'votes',
    seats: seatsOf(approval, resource),
    ...(notFromGroups === undefined ? {} : { notFromGroups }),
    ...(stepUp === undefined ? {} : { signInAgeMaxMs: stepUp.maxAge }),
    ...(remindAfter === undefined ? {} : { remindAfterMs: remindAfter }),
    ...(escalateTo === undefined
      ? {}
      : { escalation: { group: escalateTo.group, afterMs: escalateTo.after } }),
  };
}

function withinOf({ approval }: AllowPolicy): number {
  return approval === 'auto' || 'breakGlass' in approval ? AUTOMATIC_WITHIN_MS : approval.within;
}

function deniedBy({ name, message }: DenyPolicy, { role, resource }: AccessQuestion): AccessAnswer {
  const explanation = message ?? `The policy ${name} denies ${role} on ${resource.name}.`;
  return refused({ explanation, deniedBy: name });
}

interface Stopped {
  readonly policy: AllowPolicy;
  readonly first: Obstacle;
}

/** In the words of the policies that came nearest. */
function whyNot(stopped: readonly Stopped[], question: AccessQuestion): AccessAnswer {
  const { role, resource } = question;
  const what = `${role} on ${resource.name}`;
  const stoppedBy = (kind: ObstacleKind): Stopped[] => stopped.filter(({ first }) => first.kind === kind);
  const tooLong = stoppedBy('duration');
  if (tooLong.length > 0) {
    const durationMaxMs = Math.max(...tooLong.map(({ policy }) => durationMaxOf(policy, question)));
    const altogether = question.kind === 'extension' ? ' altogether' : '';
    const explanation = `${what} is given for at most ${formatDuration(durationMaxMs)}${altogether}.`;
    return refused({ explanation, durationMaxMs, obstacle: 'duration' });
  }
  for (const obstacle of ['ticket', 'hours'] as const) {
    const near = stoppedBy(obstacle);
    if (near.length === 0) continue;
    const reasons = near.map(({ policy, first }) => `${policy.name}: ${first.text}`).join('; ');
    return refused({ explanation: `${what} is not given like this. ${reasons}.`, obstacle });
  }
  const others = [...stoppedBy('when'), ...stoppedBy('who')];
  if (others.length > 0) {
    const people = others.map(({ policy }) => whoText(policy)).join('; ');
    const obstacle = others[0]?.first.kind ?? null;
    return refused({ explanation: `${what} is for ${people}. You are none of these.`, obstacle });
  }
  return refused({
    explanation: `No access policy gives ${what} to anyone${orHow(stoppedBy('kind'), question)}.`,
  });
}

/** There is one for the other kind of request. */
function orHow(ofAnotherKind: readonly Stopped[], { kind }: AccessQuestion): string {
  if (ofAnotherKind.length === 0) return '';
  return kind === 'break-glass' ? ' by breaking the glass' : ' but by breaking the glass';
}

function refused(
  answer: { readonly explanation: string } & Partial<Extract<AccessAnswer, { allowed: false }>>,
): AccessAnswer {
  return { durationMaxMs: null, deniedBy: null, obstacle: null, ...answer, allowed: false };
}
