/** What a policy document says about the sessions of one role on one database. */
import type {
  CommandRule,
  DatabaseRole,
  Mask,
  PolicyDocument,
  PostgresResource,
} from '../document/schema.ts';
import { selectorApplies } from './select.ts';

export interface DatabasePolicy {
  readonly resource: PostgresResource;
  readonly role: DatabaseRole;
  /** Those that apply to the resource, in the file's order. */
  readonly rules: readonly CommandRule[];
  readonly masks: readonly Mask[];
}

/** @returns null when the document has no such database, or not with this role */
export function databasePolicy(
  document: PolicyDocument,
  of: { readonly resource: string; readonly role: string },
): DatabasePolicy | null {
  const resource = document.resources.find(({ name }) => name === of.resource);
  if (resource?.kind !== 'postgres') return null;
  const role = Object.hasOwn(resource.roles, of.role) ? resource.roles[of.role] : undefined;
  if (role === undefined) return null;
  return {
    resource,
    role,
    rules: document.rules.filter((rule) => selectorApplies(rule.on, resource)),
    masks: document.masks.filter((mask) => mask.on === undefined || selectorApplies(mask.on, resource)),
  };
}
