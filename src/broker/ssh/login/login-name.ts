/** The user name of a login: a grant, or a resource and perhaps the role that is wanted. */
import { HANDLE_PATTERN } from '../../../core/grant.ts';

export type LoginName =
  | { readonly kind: 'handle'; readonly handle: string }
  | { readonly kind: 'resource'; readonly resource: string; readonly role: string | null };

const CHARACTERS_MAX = 200;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** @returns null for what cannot name anything */
export function parseLoginName(username: string): LoginName | null {
  if (username.length > CHARACTERS_MAX) return null;
  if (HANDLE_PATTERN.test(username)) return { kind: 'handle', handle: username };
  const [resource = '', role, ...others] = username.split('+');
  if (others.length > 0 || !NAME.test(resource)) return null;
  if (role === undefined) return { kind: 'resource', resource, role: null };
  return NAME.test(role) ? { kind: 'resource', resource, role } : null;
}
