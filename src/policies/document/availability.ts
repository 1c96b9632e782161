/**
 * What the file may name but no part of the product acts on yet. Accepting such a setting would let
 * an operator believe in a protection that is not there, so each is refused by name.
 */
import type { Path } from './problems.ts';
import type { PolicyDocument } from './schema.ts';

interface Missing {
  readonly path: Path;
  readonly what: string;
}

/** Everything in the document that is not available yet. */
export function findUnavailable(document: PolicyDocument): { path: Path; message: string }[] {
  return [
    ...document.resources.flatMap(missingInResource),
    ...document.access.flatMap(missingInAccess),
    ...document.rules.flatMap(missingInRule),
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

function missingInAccess(policy: PolicyDocument['access'][number], index: number): Missing[] {
  if (policy.approval === 'auto') return [];
  const base = ['access', index, 'approval'];
  const found: Missing[] = [];
  if (policy.approval.remindAfter !== undefined)
    found.push({ path: [...base, 'remindAfter'], what: 'reminders' });
  if (policy.approval.escalateTo !== undefined)
    found.push({ path: [...base, 'escalateTo'], what: 'escalation' });
  return found;
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
  if (rule.approval?.remindAfter !== undefined)
    found.push({ path: [...base, 'approval', 'remindAfter'], what: 'reminders' });
  if (rule.approval?.escalateTo !== undefined)
    found.push({ path: [...base, 'approval', 'escalateTo'], what: 'escalation' });
  if (rule.match.programs !== undefined)
    found.push({ path: [...base, 'match', 'programs'], what: 'rules about programs' });
  return found;
}

function missingInChat(document: PolicyDocument): Missing[] {
  const found: Missing[] = [];
  if (document.chat.slack !== undefined) found.push({ path: ['chat', 'slack'], what: 'Slack' });
  if (document.chat.teams !== undefined) found.push({ path: ['chat', 'teams'], what: 'Teams' });
  return found;
}
