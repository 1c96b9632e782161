/** What is wrong with an access policy, as far as its shape alone cannot say. */
import { RE2JS } from 're2js';
import { messageOf } from '../../core/errors.ts';
import { compileCondition } from '../access/condition.ts';
import { selectorApplies } from '../rules/select.ts';
import { seatFindings, timeFindings } from './approval-findings.ts';
import type { Finding, Path } from './problems.ts';
import type { AccessPolicy, AllowPolicy, PolicyDocument, Resource } from './schema.ts';

export function accessFindings(document: PolicyDocument, policy: AccessPolicy, index: number): Finding[] {
  const path = ['access', index];
  const targets = document.resources.filter((resource) => selectorApplies(policy.to, resource));
  return [
    ...whoFindings(document, policy, [...path, 'who']),
    ...targetFindings(policy, targets, path),
    ...(policy.effect === 'allow' ? allowFindings(document, policy, targets, path) : []),
  ];
}

function whoFindings(document: PolicyDocument, { who, effect }: AccessPolicy, path: Path): Finding[] {
  const found: Finding[] = [];
  if (
    effect === 'allow' &&
    who.groups === undefined &&
    who.workloads === undefined &&
    who.when === undefined
  ) {
    found.push({ path, message: 'say who: groups, workloads or when' });
  }
  for (const [position, name] of (who.workloads ?? []).entries()) {
    if (!document.workloads.some((workload) => workload.name === name)) {
      found.push({ path: [...path, 'workloads', position], message: `there is no workload named ${name}` });
    }
  }
  if (who.when !== undefined) {
    try {
      compileCondition(who.when);
    } catch (error) {
      found.push({ path: [...path, 'when'], message: messageOf(error) });
    }
  }
  return found;
}

function targetFindings(policy: AccessPolicy, targets: readonly Resource[], path: Path): Finding[] {
  const found: Finding[] = [];
  if (policy.to.name !== undefined && targets.length === 0) {
    found.push({ path: [...path, 'to'], message: `no resource matches; is ${policy.to.name} spelt right?` });
  }
  for (const [position, role] of (policy.roles ?? []).entries()) {
    if (targets.length > 0 && !targets.some((target) => Object.hasOwn(target.roles, role))) {
      found.push({
        path: [...path, 'roles', position],
        message: `no matching resource has a role named ${role}`,
      });
    }
  }
  return found;
}

function allowFindings(
  document: PolicyDocument,
  policy: AllowPolicy,
  targets: readonly Resource[],
  path: Path,
): Finding[] {
  const { approval, extendTo, maxDuration } = policy;
  const found = ticketFindings(document, policy, [...path, 'ticket']);
  if (extendTo !== undefined && extendTo < maxDuration) {
    found.push({
      path: [...path, 'extendTo'],
      message: 'less than maxDuration, so nothing could be extended',
    });
  }
  if (approval === 'auto') return found;
  const base = [...path, 'approval'];
  if ('breakGlass' in approval) {
    const seats = approval.breakGlass.review.from;
    const place = [...base, 'breakGlass', 'review', 'from'];
    return [...found, ...seatFindings({ document, seats, path: place, resources: targets })];
  }
  return [
    ...found,
    ...seatFindings({ document, seats: approval.from, path: [...base, 'from'], resources: targets }),
    ...timeFindings(approval, base),
  ];
}

function ticketFindings(document: PolicyDocument, { ticket }: AllowPolicy, path: Path): Finding[] {
  if (ticket === undefined) return [];
  const found: Finding[] = [];
  const { required, pattern, lookup } = ticket;
  if (!required && pattern === undefined && lookup === undefined) {
    found.push({ path, message: 'this asks for nothing: set required, pattern or lookup' });
  }
  if (pattern !== undefined) {
    try {
      RE2JS.compile(pattern);
    } catch (error) {
      found.push({ path: [...path, 'pattern'], message: `not a pattern of RE2: ${messageOf(error)}` });
    }
  }
  if (lookup !== undefined && !document.tickets.some(({ name }) => name === lookup)) {
    const names = document.tickets.map(({ name }) => name).join(', ');
    const known = names === '' ? 'tickets lists none' : `tickets lists ${names}`;
    found.push({ path: [...path, 'lookup'], message: `nothing in tickets is named ${lookup}; ${known}` });
  }
  return found;
}
