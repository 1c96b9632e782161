/** Who there is in these lives, and what they can do. */

export const GROUPS_AGE_MAX_MS = 12 * 3_600_000;

/** Accounts. Two pairs are one person each, by their address; frank's groups were confirmed too long ago. */
export const ACCOUNTS = {
  alice: { email: 'alice@example.com', groups: ['engineering', 'team-shop'] },
  aliceElsewhere: { email: 'ALICE@example.com', groups: ['sre', 'dba'] },
  erin: { email: 'erin@example.com', groups: ['engineering'] },
  bob: { email: 'bob@example.com', groups: ['sre'] },
  carol: { email: 'carol@example.com', groups: ['sre', 'dba', 'team-shop'] },
  dana: { email: 'dana@example.com', groups: ['dba'] },
  danaElsewhere: { email: 'Dana@Example.com', groups: ['sre', 'dba'] },
  frank: { email: 'frank@example.com', groups: ['sre', 'dba'] },
  gina: { email: 'gina@example.com', groups: ['support'] },
  hank: { email: 'hank@example.com', groups: ['responders'] },
} as const;
export type Account = keyof typeof ACCOUNTS;
export const ACCOUNT_NAMES = Object.keys(ACCOUNTS) as Account[];
export type Holder = 'alice' | 'erin' | 'migrator';

export type Action =
  | { readonly do: 'request'; readonly who: Holder; readonly for: Holder; readonly minutes: number }
  | { readonly do: 'take'; readonly who: Account; readonly how: 'automatic' | 'break-glass' }
  | {
      readonly do: 'vote';
      readonly who: Account;
      readonly request: number;
      readonly verdict: 'approve' | 'deny';
      readonly minutes: number | null;
    }
  | {
      readonly do: 'consent';
      readonly who: Account;
      readonly request: number;
      readonly verdict: 'approve' | 'deny';
    }
  /** Asks for an hour, everybody agrees, and the grant is issued. */
  | { readonly do: 'get'; readonly who: Holder }
  /** Everybody who is asked agrees, one after the other. */
  | { readonly do: 'agree'; readonly request: number }
  | { readonly do: 'cancel'; readonly request: number }
  | { readonly do: 'delegate'; readonly who: Account; readonly to: Account; readonly minutes: number }
  | { readonly do: 'accept delegations'; readonly who: Account }
  | { readonly do: 'end delegations'; readonly who: Account }
  | { readonly do: 'issue'; readonly grant: number; readonly fails: boolean }
  | { readonly do: 'extend'; readonly grant: number; readonly minutes: number }
  | { readonly do: 'revoke'; readonly grant: number; readonly who: Account }
  | { readonly do: 'revoke everything' }
  | { readonly do: 'done'; readonly grant: number }
  | { readonly do: 'freeze' | 'unfreeze' | 'sweep' | 'restart' }
  | { readonly do: 'sign in'; readonly who: Account }
  | { readonly do: 'wait'; readonly minutes: number };

/** A vote that was taken: what was known of its voter then. */
export interface TakenVote {
  readonly requestId: string;
  readonly at: Date;
  readonly groupsSeenAt: Date;
}
