/** Roles and rules of a host that several tests use. */
import type { CommandRule, ShellRole } from '../../../src/policies/document/schema.ts';

/** Enforcement: nothing else runs. */
export const LISTED: ShellRole = { shell: 'exec', programs: ['ls', 'cat', 'echo'] };

/** Everything that hides nothing. */
export const PLAIN: ShellRole = { shell: 'guided' };

/** A guard rail. */
export const NO_TOUCH: CommandRule = {
  name: 'no-touch',
  on: { kind: 'ssh' },
  match: { programs: ['touch'] },
  action: 'deny',
};
