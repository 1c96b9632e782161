/** What the shape alone cannot say: names that must be unique or must exist, and settings that need each other. */
import { messageOf } from '../../core/errors.ts';
import { compileCondition } from '../access/condition.ts';
import { COMMON_DETECTOR_NAMES, DETECTOR_NAMES } from '../detectors/table.ts';
import { selectorApplies } from '../rules/select.ts';
import type { Path } from './problems.ts';
import type { PolicyDocument } from './schema.ts';

const CLAIMS_NEEDED =
  'a workload needs at least one claim; without, every token of its issuer would be this workload';

interface Finding {
  readonly path: Path;
  readonly message: string;
}

/** Everything in the document that contradicts something else in it. */
export function findContradictions(document: PolicyDocument): Finding[] {
  return [
    ...duplicates(document.resources, 'resources'),
    ...duplicates(document.access, 'access'),
    ...duplicates(document.rules, 'rules'),
    ...duplicates(document.masks, 'masks'),
    ...duplicates(document.workloads, 'workloads'),
    ...document.resources.flatMap((resource, index) =>
      Object.keys(resource.roles).length === 0
        ? [{ path: ['resources', index, 'roles'], message: 'a resource needs at least one role' }]
        : [],
    ),
    ...document.resources.flatMap(credentialFindings),
    ...document.access.flatMap((policy, index) => accessFindings(document, policy, index)),
    ...document.workloads.flatMap((workload, index) =>
      Object.keys(workload.claims).length === 0
        ? [{ path: ['workloads', index, 'claims'], message: CLAIMS_NEEDED }]
        : [],
    ),
    ...document.policy.who.workloads.flatMap((name, position) =>
      document.workloads.some((workload) => workload.name === name)
        ? []
        : [
            {
              path: ['policy', 'who', 'workloads', position],
              message: `there is no workload named ${name}`,
            },
          ],
    ),
    ...document.rules.flatMap((rule, index) =>
      Object.values(rule.match).every((value) => value === undefined)
        ? [{ path: ['rules', index, 'match'], message: 'a rule needs at least one condition' }]
        : [],
    ),
    ...document.rules.flatMap(approvalFindings),
    ...document.rules.flatMap(limitFindings),
    ...document.masks.flatMap(detectorFindings),
    ...document.masks.flatMap((mask, index) =>
      mask.columns === undefined && mask.detect === undefined
        ? [{ path: ['masks', index], message: 'a mask needs columns or detect' }]
        : [],
    ),
    ...document.masks.flatMap((mask, index) =>
      (mask.whenFiltered === 'review') === (mask.approval !== undefined)
        ? []
        : [
            {
              path: ['masks', index, 'approval'],
              message: 'whenFiltered: review and approval need each other',
            },
          ],
    ),
  ];
}

/** A limit can only cut what is already flowing, and a cut needs a limit. */
function limitFindings({ action, match }: PolicyDocument['rules'][number], index: number): Finding[] {
  const path = ['rules', index];
  const limits = match.rowsOver !== undefined || match.bytesOver !== undefined;
  if (limits && action !== 'stop') {
    const message = `rowsOver and bytesOver are known when rows flow: the action is stop, not ${action}`;
    return [{ path: [...path, 'action'], message }];
  }
  if (!limits && action === 'stop')
    return [{ path: [...path, 'match'], message: 'the action stop needs rowsOver or bytesOver' }];
  if (!limits && match.per !== undefined)
    return [{ path: [...path, 'match', 'per'], message: 'per needs rowsOver or bytesOver' }];
  return [];
}

function detectorFindings({ detect }: PolicyDocument['masks'][number], index: number): Finding[] {
  return (detect ?? []).flatMap((name, position) =>
    DETECTOR_NAMES.includes(name)
      ? []
      : [
          {
            path: ['masks', index, 'detect', position],
            message: `there is no detector named ${name}; there are ${COMMON_DETECTOR_NAMES.join(', ')}, and single rules such as github-pat`,
          },
        ],
  );
}

function approvalFindings(rule: PolicyDocument['rules'][number], index: number): Finding[] {
  const path = ['rules', index, 'approval'];
  if (rule.action === 'review' && rule.approval === undefined) {
    return [{ path, message: 'a rule with the action review says whom to ask: approval' }];
  }
  if (rule.action !== 'review' && rule.approval !== undefined) {
    return [{ path, message: `nobody is asked by a rule with the action ${rule.action}` }];
  }
  return [];
}

function duplicates(items: readonly { readonly name: string }[], section: string): Finding[] {
  const seen = new Set<string>();
  return items.flatMap((item, index) => {
    if (!seen.has(item.name)) {
      seen.add(item.name);
      return [];
    }
    return [{ path: [section, index, 'name'], message: `the name ${item.name} is taken already` }];
  });
}

function credentialFindings(resource: PolicyDocument['resources'][number], index: number): Finding[] {
  if (resource.kind !== 'postgres') return [];
  const path = ['resources', index];
  const found: Finding[] = [];
  const verified = resource.tls.mode === 'verify-full' || resource.tls.mode === 'verify-ca';
  if (resource.passwordMethods?.includes('cleartext') === true && !verified) {
    found.push({
      path: [...path, 'passwordMethods'],
      message: 'cleartext needs tls.mode verify-full or verify-ca; whoever listens would have the password',
    });
  }
  if (resource.credential.password === undefined) {
    found.push({ path: [...path, 'credential'], message: 'a database credential needs a password' });
  }
  for (const [name, role] of Object.entries(resource.roles)) {
    if (role.credential !== undefined && role.credential.password === undefined) {
      found.push({
        path: [...path, 'roles', name, 'credential'],
        message: 'a database credential needs a password',
      });
    }
  }
  return found;
}

function accessFindings(
  document: PolicyDocument,
  policy: PolicyDocument['access'][number],
  index: number,
): Finding[] {
  const path = ['access', index];
  const found: Finding[] = [];
  const { who } = policy;
  if (who.groups === undefined && who.workloads === undefined && who.when === undefined) {
    found.push({ path: [...path, 'who'], message: 'say who: groups, workloads or when' });
  }
  for (const [position, name] of (who.workloads ?? []).entries()) {
    if (!document.workloads.some((workload) => workload.name === name)) {
      found.push({
        path: [...path, 'who', 'workloads', position],
        message: `there is no workload named ${name}`,
      });
    }
  }
  if (who.when !== undefined) {
    try {
      compileCondition(who.when);
    } catch (error) {
      found.push({ path: [...path, 'who', 'when'], message: messageOf(error) });
    }
  }
  const targets = document.resources.filter((resource) => selectorApplies(policy.to, resource));
  if (policy.to.name !== undefined && targets.length === 0) {
    found.push({ path: [...path, 'to'], message: `no resource matches; is ${policy.to.name} spelt right?` });
  }
  for (const [position, role] of policy.roles.entries()) {
    if (targets.length > 0 && !targets.some((target) => Object.hasOwn(target.roles, role))) {
      found.push({
        path: [...path, 'roles', position],
        message: `no matching resource has a role named ${role}`,
      });
    }
  }
  return found;
}
