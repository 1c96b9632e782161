/** Whose members may act: the policy's tenants, exactly. A token says that Teams sent it, and nothing of whose it is. */
import type { AccessContext } from '../../access/context.ts';
import { AppError } from '../../core/errors.ts';
import type { Scene } from './activity.ts';
import { type TeamsSettings, tenantsOf } from './endpoints.ts';

/** The settings of the policy in force. @throws AppError `config_invalid` when there are none any more */
export function teamsSettings({ policy }: Pick<AccessContext, 'policy'>): TeamsSettings {
  const { teams } = policy.current().document.chat;
  if (teams === undefined) throw new AppError('config_invalid', 'chat.teams is not configured.');
  return teams;
}

/**
 * By the policy in force.
 * @returns the tenant that the conversation belongs to
 * @throws AppError `forbidden` when one of the tenants that the activity names may not act, or when it names none
 */
export function requireTenant(
  access: Pick<AccessContext, 'policy'>,
  { tenants }: Pick<Scene, 'tenants'>,
): string {
  const admitted = tenantsOf(teamsSettings(access));
  const [first] = tenants;
  if (first === undefined) throw new AppError('forbidden', 'The activity names no tenant.');
  if (!tenants.every((tenant) => admitted.has(tenant))) {
    throw new AppError('forbidden', 'The activity is of a tenant whose members may not act.');
  }
  return first;
}
