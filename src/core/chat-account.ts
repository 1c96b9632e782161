/** Accounts on chat platforms, and whose they are. */

/** An account as its platform knows it. An id says who it is; a name or an e-mail address never does. */
export interface ChatAccountKey {
  readonly platform: string;
  /** The workspace or organisation that the account belongs to. */
  readonly tenant: string;
  /** Where the platform has something above the tenant (Enterprise Grid); null where it has not. */
  readonly enterprise: string | null;
  readonly account: string;
}

/** An account with the names that the platform gave for it: for people to read, never to decide by. */
export interface ChatAccount extends ChatAccountKey {
  readonly accountName: string;
  readonly tenantName: string;
}

/** The account that somebody acts through, and since when it has been theirs. */
export interface LinkedChatAccount extends ChatAccountKey {
  readonly linkedAt: Date;
}
