/**
 * What the file may name but no part of the product acts on yet. Accepting such a setting would let
 * an operator believe in a protection that is not there, so each is refused by name.
 */
import type { Finding, Path } from './problems.ts';
import {
  type AccessPolicy,
  type ApprovalVotes,
  DELEGATION_MS_DEFAULT,
  type PolicyDocument,
} from './schema.ts';

interface Missing {
  readonly path: Path;
  readonly what: string;
}

/** Everything in the document that is not available yet. */
export function findUnavailable(document: PolicyDocument): Finding[] {
  return [
    ...document.resources.flatMap(missingInResource),
    ...document.access.flatMap(missingInAccess),
    ...document.rules.flatMap(missingInRule),
    ...document.masks.flatMap(missingInMask),
    ...missingInSettings(document),
    ...missingInChat(document),
    ...missingInPolicyChanges(document),
  ].map(({ path, what }) => ({ path, message: `${what}: not available yet` }));
}

function missingInResource(resource: PolicyDocument['resources'][number], index: number): Missing[] {
  const base = ['resources', index];
  if (resource.kind === 'ssh') return [{ path: [...base, 'kind'], what: 'resources of kind ssh' }];
  const found: Missing[] = missingInCredential(resource.credential, [...base, 'credential']);
  for (const [name, role] of Object.entries(resource.roles)) {
    const path = [...base, 'roles', name];
    if (role.credential !== undefined) {
      found.push(...missingInCredential(role.credential, [...path, 'credential']));
    }
  }
  return found;
}

type Credential = Extract<PolicyDocument['resources'][number], { kind: 'postgres' }>['credential'];

function missingInCredential(credential: Credential, base: Path): Missing[] {
  const found: Missing[] = [];
  if (credential.privateKey !== undefined) {
    found.push({ path: [...base, 'privateKey'], what: 'private keys as credentials' });
  }
  const password = credential.password;
  if (password !== undefined && ('exec' in password || 'vault' in password)) {
    found.push({ path: [...base, 'password'], what: 'secrets from exec or Vault' });
  }
  return found;
}

/** One line for each: whoever builds it takes it away. */
const MISSING_IN_VOTES = {
  remindAfter: 'reminders',
  escalateTo: 'escalation',
  notFromGroups: 'separation of duties',
  stepUp: 'a fresh sign-in for a vote',
} as const;

const MISSING_IN_VOTES_ON_COMMANDS = {
  remindAfter: 'reminders for a command',
  escalateTo: 'escalation for a command',
  notFromGroups: 'separation of duties for a command',
  stepUp: 'a fresh sign-in for a vote on a command',
} as const;

function missingInVotes(
  approval: ApprovalVotes,
  missing: Partial<Record<keyof ApprovalVotes, string>>,
  path: Path,
): Missing[] {
  return Object.entries(missing).flatMap(([name, what]) =>
    approval[name as keyof ApprovalVotes] === undefined ? [] : [{ path: [...path, name], what }],
  );
}

function missingInAccess(policy: AccessPolicy, index: number): Missing[] {
  const base = ['access', index];
  const found: Missing[] = [];
  if (policy.hours !== undefined) found.push({ path: [...base, 'hours'], what: 'hours' });
  if (policy.quietHours !== undefined) found.push({ path: [...base, 'quietHours'], what: 'quiet hours' });
  if (policy.effect === 'deny') return [...found, { path: [...base, 'effect'], what: 'policies that deny' }];
  if (policy.ticket !== undefined) found.push({ path: [...base, 'ticket'], what: 'tickets' });
  if (policy.extendTo !== undefined) found.push({ path: [...base, 'extendTo'], what: 'extensions' });
  const { approval } = policy;
  const path = [...base, 'approval'];
  if (approval === 'auto') return found;
  if ('breakGlass' in approval) return [...found, { path: [...path, 'breakGlass'], what: 'break-glass' }];
  const onCall = approval.from.flatMap((seat, position) =>
    'onCall' in seat ? [{ path: [...path, 'from', position], what: 'approval by whoever is on call' }] : [],
  );
  return [...found, ...onCall, ...missingInVotes(approval, MISSING_IN_VOTES, path)];
}

function missingInSettings({ delegation }: PolicyDocument): Missing[] {
  return delegation.max === DELEGATION_MS_DEFAULT ? [] : [{ path: ['delegation'], what: 'delegation' }];
}

function missingInPolicyChanges({ policy }: PolicyDocument): Missing[] {
  const unused = ['remindAfter', 'escalateTo'] as const;
  return unused.flatMap((name) =>
    policy.approval?.[name] === undefined
      ? []
      : [{ path: ['policy', 'approval', name], what: 'reminders and escalation of policy changes' }],
  );
}

function missingInRule(rule: PolicyDocument['rules'][number], index: number): Missing[] {
  const base = ['rules', index];
  const found: Missing[] = [];
  if (rule.approval !== undefined) {
    found.push(...missingInVotes(rule.approval, MISSING_IN_VOTES_ON_COMMANDS, [...base, 'approval']));
  }
  if (rule.match.programs !== undefined)
    found.push({ path: [...base, 'match', 'programs'], what: 'rules about programs' });
  return found;
}

function missingInMask({ approval }: PolicyDocument['masks'][number], index: number): Missing[] {
  return approval === undefined
    ? []
    : missingInVotes(approval, MISSING_IN_VOTES_ON_COMMANDS, ['masks', index, 'approval']);
}

function missingInChat(document: PolicyDocument): Missing[] {
  const found: Missing[] = [];
  if (document.chat.slack !== undefined) found.push({ path: ['chat', 'slack'], what: 'Slack' });
  if (document.chat.teams !== undefined) found.push({ path: ['chat', 'teams'], what: 'Teams' });
  return found;
}
