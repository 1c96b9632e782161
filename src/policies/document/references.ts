/** What the shape alone cannot say: names that must be unique or must exist, and settings that need each other. */
import { COMMON_DETECTOR_NAMES, DETECTOR_NAMES } from '../detectors/table.ts';
import { accessFindings } from './access-findings.ts';
import { seatFindings, timeFindings } from './approval-findings.ts';
import type { Finding, Path } from './problems.ts';
import type { ApprovalVotes, PolicyDocument } from './schema.ts';
import { shellRoleFindings, shellRuleFindings } from './shell-findings.ts';

const CLAIMS_NEEDED =
  'a workload needs at least one claim; without, every token of its issuer would be this workload';

/** Everything in the document that contradicts something else in it. */
export function findContradictions(document: PolicyDocument): Finding[] {
  return [
    ...duplicates(document.resources, 'resources'),
    ...duplicates(document.access, 'access'),
    ...duplicates(document.rules, 'rules'),
    ...duplicates(document.masks, 'masks'),
    ...duplicates(document.workloads, 'workloads'),
    ...duplicates(document.tickets, 'tickets'),
    ...duplicates(document.onCall, 'onCall'),
    ...duplicates(document.sinks, 'sinks'),
    ...document.resources.flatMap((resource, index) =>
      Object.keys(resource.roles).length === 0
        ? [{ path: ['resources', index, 'roles'], message: 'a resource needs at least one role' }]
        : [],
    ),
    ...document.resources.flatMap(credentialFindings),
    ...document.resources.flatMap(shellRoleFindings),
    ...document.access.flatMap((policy, index) => accessFindings(document, policy, index)),
    ...document.rules.flatMap(({ approval }, index) =>
      approvalOfCommands(document, approval, ['rules', index]),
    ),
    ...document.masks.flatMap(({ approval }, index) =>
      approvalOfCommands(document, approval, ['masks', index]),
    ),
    ...approvalOfCommands(document, document.policy.approval, ['policy']),
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
    ...document.rules.flatMap(shellRuleFindings),
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

/** The approval of whatever is no access: rules, masks and changes of the policy. */
function approvalOfCommands(
  document: PolicyDocument,
  approval: ApprovalVotes | undefined,
  base: Path,
): Finding[] {
  if (approval === undefined) return [];
  const path = [...base, 'approval'];
  return [
    ...seatFindings({ document, seats: approval.from, path: [...path, 'from'], resources: null }),
    ...timeFindings(approval, path),
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
  const path = ['resources', index];
  if (resource.kind === 'ssh') {
    const { password, privateKey } = resource.credential;
    const message = 'a credential of a host needs a privateKey or a password';
    const isMissing = password === undefined && privateKey === undefined;
    return isMissing ? [{ path: [...path, 'credential'], message }] : [];
  }
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
