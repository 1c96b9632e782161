/** The workspace that our token belongs to. Asked for when it is first needed: Slack may be out of reach at a start. */
import { AppError } from '../../core/errors.ts';
import type { SlackClient } from './client.ts';

export interface OwnWorkspace {
  /** `T…` */
  readonly team: string;
  readonly teamName: string;
  /** `E…`; null outside an Enterprise Grid. */
  readonly enterprise: string | null;
  /** True when the app is installed for all of the organisation. */
  readonly isForEnterprise: boolean;
}

/** @returns what gives it; that throws AppError `unavailable` while Slack does not answer */
export function ownWorkspaceOf(client: SlackClient): () => Promise<OwnWorkspace> {
  let asked: Promise<OwnWorkspace> | null = null;
  return () => {
    asked ??= readOwnWorkspace(client).catch((error: unknown) => {
      asked = null;
      throw error;
    });
    return asked;
  };
}

async function readOwnWorkspace(client: SlackClient): Promise<OwnWorkspace> {
  const answer = await client.read('say which workspace this is', (web) => web.auth.test());
  const { team_id: team, team: teamName, enterprise_id: enterprise, is_enterprise_install: all } = answer;
  if (team === undefined) throw new AppError('unavailable', 'Slack did not say which workspace this is.');
  return {
    team,
    teamName: teamName ?? team,
    enterprise: enterprise ?? null,
    isForEnterprise: all === true,
  };
}
