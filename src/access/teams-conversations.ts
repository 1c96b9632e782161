/** Where Teams can be written to. A bot cannot look for its conversations: it keeps every one that it was seen in. */
import { after } from '../core/clock.ts';
import type { TeamsConversationRow } from '../store/entities/teams.ts';
import {
  deleteTeam,
  deleteTeamsConversation,
  findPersonalTeamsConversation,
  findTeamsConversation as findRow,
  listTeamsAccounts as listAccountRows,
  listTeamsChannels as listChannelRows,
  renameTeam,
  type SeenTeamsAccount,
  type SeenTeamsConversation,
  saveTeamsAccount,
  saveTeamsConversation,
  setTeamsConversationBlocked,
} from '../store/operations/teams-conversations.ts';
import type { AccessContext } from './context.ts';

export type { SeenTeamsAccount, SeenTeamsConversation } from '../store/operations/teams-conversations.ts';

export interface TeamsConversation extends SeenTeamsConversation {
  /** Since when Teams refuses what we write there; null while it takes it. */
  readonly blockedAt: Date | null;
}

/** Of rows that say what is known already, only so many are written. */
const SEEN_AGAIN_MS = 3_600_000;
const CHANNELS_MAX = 5_000;

type Rows = Pick<AccessContext, 'store'>;

/** A conversation that something came from: it can be written to. */
export async function noteTeamsConversation(
  { store, clock }: Pick<AccessContext, 'store' | 'clock'>,
  seen: SeenTeamsConversation,
): Promise<void> {
  const at = clock.now();
  await saveTeamsConversation(store.read(), { ...seen, at, staleBefore: after(at, -SEEN_AGAIN_MS) });
}

/** What the bot calls an account. */
export async function noteTeamsAccount(
  { store, clock }: Pick<AccessContext, 'store' | 'clock'>,
  seen: SeenTeamsAccount,
): Promise<void> {
  const at = clock.now();
  await saveTeamsAccount(store.read(), { ...seen, at, staleBefore: after(at, -SEEN_AGAIN_MS) });
}

/** @param id without the message that begins a thread */
export async function findTeamsConversation({ store }: Rows, id: string): Promise<TeamsConversation | null> {
  return conversationOf(await findRow(store.read(), { id }));
}

/** The conversation between the bot and one account. */
export async function findPersonalConversation(
  { store }: Rows,
  of: { readonly tenant: string; readonly account: string },
): Promise<TeamsConversation | null> {
  const { tenant, account } = of;
  return conversationOf(await findPersonalTeamsConversation(store.read(), { tenant, account }));
}

/** The channels of these tenants that the bot was seen in. */
export async function listTeamsChannels(
  { store }: Rows,
  tenants: readonly string[],
): Promise<readonly TeamsConversation[]> {
  const rows = await listChannelRows(store.read(), { tenants, limit: CHANNELS_MAX });
  return rows.flatMap((row) => conversationOf(row) ?? []);
}

/** What the bot calls these accounts; those that it has never met are left out. */
export async function listTeamsAccounts(
  { store }: Rows,
  accounts: readonly { readonly tenant: string; readonly account: string }[],
): Promise<readonly SeenTeamsAccount[]> {
  return listAccountRows(store.read(), { accounts });
}

/** @returns true when it was not known to be blocked: the operator should hear of it once */
export async function blockTeamsConversation(
  { store, clock }: Pick<AccessContext, 'store' | 'clock'>,
  id: string,
): Promise<boolean> {
  return setTeamsConversationBlocked(store.read(), { id, blockedAt: clock.now() });
}

export async function renameTeamsTeam(
  { store }: Rows,
  named: { readonly team: string; readonly teamName: string },
): Promise<void> {
  await renameTeam(store.read(), named);
}

/** The bot is not there any more. */
export async function forgetTeamsConversation({ store }: Rows, id: string): Promise<void> {
  await deleteTeamsConversation(store.read(), { id });
}

/** The bot is in none of its channels any more. */
export async function forgetTeamsTeam({ store }: Rows, team: string): Promise<void> {
  await deleteTeam(store.read(), { team });
}

function conversationOf(row: TeamsConversationRow | null): TeamsConversation | null {
  if (row === null) return null;
  const { id, serviceUrl, tenant, kind } = row;
  const { team = null, teamName = null, channelName = null, account = null, blockedAt = null } = row;
  return { id, serviceUrl, tenant, kind, team, teamName, channelName, account, blockedAt };
}
