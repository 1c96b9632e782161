/** What a policy document says about the sessions of one role on one host. */
import type { CommandRule, Mask, PolicyDocument, ShellRole, SshResource } from '../document/schema.ts';
import { selectorApplies } from './select.ts';

export interface HostPolicy {
  readonly resource: SshResource;
  readonly role: ShellRole;
  /** Those that apply to the resource, in the file's order. */
  readonly rules: readonly CommandRule[];
  /** Those that detect: a host has no columns. */
  readonly masks: readonly Mask[];
}

/** @returns null when the document has no such host, or not with this role */
export function hostPolicy(
  document: Pick<PolicyDocument, 'resources' | 'rules' | 'masks'>,
  of: { readonly resource: string; readonly role: string },
): HostPolicy | null {
  const resource = document.resources.find(({ name }) => name === of.resource);
  if (resource?.kind !== 'ssh') return null;
  const role = Object.hasOwn(resource.roles, of.role) ? resource.roles[of.role] : undefined;
  if (role === undefined) return null;
  return {
    resource,
    role,
    rules: document.rules.filter((rule) => selectorApplies(rule.on, resource)),
    masks: document.masks.filter(
      ({ on, detect }) => detect !== undefined && (on === undefined || selectorApplies(on, resource)),
    ),
  };
}
