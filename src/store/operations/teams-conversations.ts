import { TeamsAccountRow, TeamsConversationRow } from '../entities/teams.ts';
import type { Database } from '../open-store.ts';

export type TeamsConversationKind = TeamsConversationRow['kind'];

/** What an activity says of the conversation that it came from; null for what it does not say. */
export interface SeenTeamsConversation {
  readonly id: string;
  readonly serviceUrl: string;
  readonly tenant: string;
  readonly kind: TeamsConversationKind;
  readonly team: string | null;
  readonly teamName: string | null;
  readonly channelName: string | null;
  readonly account: string | null;
}

/**
 * Keeps a conversation as it was seen last. Names that are not said stay as they are. Nothing is written for one
 * that is as it was and was seen after `staleBefore`.
 */
export async function saveTeamsConversation(
  db: Database,
  seen: SeenTeamsConversation & { readonly at: Date; readonly staleBefore: Date },
): Promise<void> {
  const { id, serviceUrl, tenant, kind, team, teamName, channelName, account, at, staleBefore } = seen;
  await db.execute(
    `insert into teams_conversation as known
       (id, service_url, tenant, kind, team, team_name, channel_name, account, seen_at)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (id) do update set
       service_url = excluded.service_url, tenant = excluded.tenant, kind = excluded.kind, team = excluded.team,
       team_name = coalesce(excluded.team_name, known.team_name),
       channel_name = coalesce(excluded.channel_name, known.channel_name),
       account = excluded.account, seen_at = excluded.seen_at, blocked_at = null
     where known.seen_at < ? or known.blocked_at is not null
       or (known.service_url, known.tenant, known.kind, known.team, known.account) is distinct from
          (excluded.service_url, excluded.tenant, excluded.kind, excluded.team, excluded.account)
       or (excluded.team_name is not null and excluded.team_name is distinct from known.team_name)
       or (excluded.channel_name is not null and excluded.channel_name is distinct from known.channel_name)`,
    [id, serviceUrl, tenant, kind, team, teamName, channelName, account, at, staleBefore],
  );
}

export async function findTeamsConversation(
  db: Database,
  options: { id: string },
): Promise<TeamsConversationRow | null> {
  return db.findOne(TeamsConversationRow, options, { disableIdentityMap: true });
}

/** The conversation between the bot and one account, seen last. */
export async function findPersonalTeamsConversation(
  db: Database,
  options: { tenant: string; account: string },
): Promise<TeamsConversationRow | null> {
  return db.findOne(
    TeamsConversationRow,
    { ...options, kind: 'personal' },
    { orderBy: { seenAt: 'desc' }, disableIdentityMap: true },
  );
}

export async function listTeamsChannels(
  db: Database,
  options: { tenants: readonly string[]; limit: number },
): Promise<readonly TeamsConversationRow[]> {
  return db.find(
    TeamsConversationRow,
    { kind: 'channel', tenant: { $in: [...options.tenants] } },
    { orderBy: { id: 'asc' }, limit: options.limit, disableIdentityMap: true },
  );
}

/** Teams refuses what is written there, or takes it again. @returns whether that is news */
export async function setTeamsConversationBlocked(
  db: Database,
  options: { id: string; blockedAt: Date | null },
): Promise<boolean> {
  const { id, blockedAt } = options;
  const was = blockedAt === null ? { $ne: null } : null;
  return (await db.nativeUpdate(TeamsConversationRow, { id, blockedAt: was }, { blockedAt })) > 0;
}

export async function renameTeam(db: Database, options: { team: string; teamName: string }): Promise<void> {
  const { team, teamName } = options;
  await db.nativeUpdate(TeamsConversationRow, { team }, { teamName });
}

export async function deleteTeamsConversation(db: Database, options: { id: string }): Promise<void> {
  await db.nativeDelete(TeamsConversationRow, options);
}

/** All channels of a team. */
export async function deleteTeam(db: Database, options: { team: string }): Promise<void> {
  await db.nativeDelete(TeamsConversationRow, options);
}

export interface SeenTeamsAccount {
  readonly tenant: string;
  readonly account: string;
  readonly userId: string;
  readonly serviceUrl: string;
}

/** Keeps what an account is called. Nothing is written for one that is as it was and was seen after `staleBefore`. */
export async function saveTeamsAccount(
  db: Database,
  seen: SeenTeamsAccount & { readonly at: Date; readonly staleBefore: Date },
): Promise<void> {
  const { tenant, account, userId, serviceUrl, at, staleBefore } = seen;
  await db.execute(
    `insert into teams_account as known (tenant, account, user_id, service_url, seen_at) values (?, ?, ?, ?, ?)
     on conflict (tenant, account) do update set
       user_id = excluded.user_id, service_url = excluded.service_url, seen_at = excluded.seen_at
     where known.seen_at < ?
       or (known.user_id, known.service_url) is distinct from (excluded.user_id, excluded.service_url)`,
    [tenant, account, userId, serviceUrl, at, staleBefore],
  );
}

export async function listTeamsAccounts(
  db: Database,
  options: { accounts: readonly { readonly tenant: string; readonly account: string }[] },
): Promise<readonly TeamsAccountRow[]> {
  if (options.accounts.length === 0) return [];
  const $or = options.accounts.map(({ tenant, account }) => ({ tenant, account }));
  return db.find(TeamsAccountRow, { $or }, { disableIdentityMap: true });
}
