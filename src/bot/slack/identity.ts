/**
 * Who acts on Slack. An account counts when Slack says, within the last minute, that it is a full member of a
 * workspace that may act; the person is whoever has linked it. Names and e-mail addresses prove nothing.
 */
import { z } from 'zod';
import { personOfChatAccount } from '../../access/chat-accounts.ts';
import type { AccessContext } from '../../access/context.ts';
import type { ChatAccount } from '../../core/chat-account.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import { rememberedFor } from '../remembered.ts';
import type { Texts } from '../texts/languages.ts';
import { texts } from '../texts/texts.ts';
import type { SlackClient } from './client.ts';
import { SLACK_PLATFORM } from './slack-platform.ts';
import type { OwnWorkspace } from './workspace.ts';

/** What a delivery says of its sender. */
export interface SlackSender {
  readonly user: string;
  /** Every workspace that it names: where it happened, and whose the sender is. */
  readonly teams: readonly string[];
  readonly enterprise: string | null;
}

export interface SlackIdentities {
  /**
   * The account of a sender who may act, linked or not.
   * @throws AppError `forbidden`, with what the sender should know; `unavailable` when Slack does not say
   */
  accountOf(sender: SlackSender): Promise<ChatAccount>;
  /** The person whom an account is linked to; null when nobody has linked it. Asked for every act. */
  personOf(account: ChatAccount): Promise<Identity | null>;
}

/** How long an answer of Slack's about an account is believed. */
export const BELIEVED_MS = 60_000;

/** A flag that is missing is no answer: such an account does not count. */
const MEMBER = z.object({
  id: z.string(),
  team_id: z.string(),
  name: z.string().default(''),
  real_name: z.string().default(''),
  deleted: z.boolean(),
  is_bot: z.boolean(),
  is_restricted: z.boolean(),
  is_ultra_restricted: z.boolean(),
  is_stranger: z.boolean().default(false),
  is_workflow_bot: z.boolean().default(false),
  is_connector_bot: z.boolean().default(false),
  is_invited_user: z.boolean().default(false),
  enterprise_user: z
    .object({ enterprise_id: z.string(), teams: z.array(z.string()).default([]) })
    .nullish()
    .transform((grid) => grid ?? null),
});
type Member = z.output<typeof MEMBER>;

/** What Slack still says of an account that cannot act at all. */
const INACTIVE = z.object({ deleted: z.boolean().default(false), is_bot: z.boolean().default(false) });

type RefusalReason = keyof Texts['slack']['refusals'];
type Standing = { readonly member: Member } | { readonly refusal: RefusalReason };

export function createSlackIdentities(options: {
  readonly access: AccessContext;
  readonly client: SlackClient;
  readonly ownWorkspace: () => Promise<OwnWorkspace>;
}): SlackIdentities {
  const { access, client, ownWorkspace } = options;
  const standings = rememberedFor(BELIEVED_MS, {
    clock: access.clock,
    name: (user: string) => user,
    ask: (user) => readStanding(client, user),
  });

  const accountOf = async (sender: SlackSender): Promise<ChatAccount> => {
    const own = await ownWorkspace();
    const admitted = admittedTo(access, own);
    // Before Slack is asked about an account that it may not even know.
    if (!sender.teams.every((team) => admitted(team, sender.enterprise))) throw refused('foreign');
    const standing = await standings(sender.user);
    if ('refusal' in standing) throw refused(standing.refusal);
    const { member } = standing;
    const enterprise = member.enterprise_user?.enterprise_id ?? null;
    const homes = [member.team_id, ...(member.enterprise_user?.teams ?? [])];
    if (member.id !== sender.user || !homes.some((team) => admitted(team, enterprise))) {
      throw refused('foreign');
    }
    return {
      platform: SLACK_PLATFORM,
      // On an Enterprise Grid an account is the organisation's, in whichever of its workspaces it is used.
      tenant: enterprise ?? member.team_id,
      enterprise,
      account: member.id,
      accountName: member.real_name || member.name || member.id,
      tenantName: member.team_id === own.team ? own.teamName : (enterprise ?? member.team_id),
    };
  };

  return {
    accountOf,
    personOf: (account) => personOfChatAccount(access, account),
  };
}

/** Whether members of a workspace may act, by the policy in force; our own workspace's when it names none. */
function admittedTo(
  access: AccessContext,
  own: OwnWorkspace,
): (team: string, enterprise: string | null) => boolean {
  const configured = access.policy.current().document.chat.slack?.workspaces;
  const admitted = new Set(configured ?? [own.isForEnterprise ? (own.enterprise ?? own.team) : own.team]);
  return (team, enterprise) => admitted.has(team) || (enterprise !== null && admitted.has(enterprise));
}

async function readStanding(client: SlackClient, user: string): Promise<Standing> {
  try {
    const answer = await client.read('say whose account this is', (web) => web.users.info({ user }));
    return standingOf(answer.user);
  } catch (error) {
    // An account of an organisation that we share nothing with.
    if (isAppError(error, 'not_found')) return { refusal: 'foreign' };
    throw error;
  }
}

function standingOf(user: unknown): Standing {
  const inactive = INACTIVE.safeParse(user);
  if (inactive.success && inactive.data.deleted) return { refusal: 'deleted' };
  if (inactive.success && inactive.data.is_bot) return { refusal: 'bot' };
  const parsed = MEMBER.safeParse(user);
  if (!parsed.success) return { refusal: 'unknown' };
  const member = parsed.data;
  if (member.is_workflow_bot || member.is_connector_bot) return { refusal: 'bot' };
  if (member.is_restricted || member.is_ultra_restricted) return { refusal: 'guest' };
  if (member.is_stranger) return { refusal: 'foreign' };
  return member.is_invited_user ? { refusal: 'unknown' } : { member };
}

function refused(why: RefusalReason): AppError {
  return new AppError('forbidden', texts().slack.refusals[why]);
}
