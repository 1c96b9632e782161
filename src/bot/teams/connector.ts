/**
 * What we ask of the Bot Connector, which is how everything of ours gets to Teams. Addresses come from verified
 * activities only: our token goes wherever a service URL points.
 */

import type { AdaptiveCard } from './render/elements.ts';

export const TEAMS_PLATFORM = 'teams';

/** Where a conversation is reached. */
export interface ConversationAddress {
  /** From an activity whose token vouches for it; ends with a slash or not. */
  readonly serviceUrl: string;
  /** `19:…@thread.tacv2`, `a:…`; for a thread with `;messageid=REF` behind it. */
  readonly conversation: string;
}

export interface OutgoingActivity {
  readonly type: 'message';
  /** Plain or Teams' Markdown, already escaped. */
  readonly text?: string;
  /** What a notification shows. */
  readonly summary?: string;
  readonly textFormat?: 'plain' | 'markdown';
  readonly attachments?: readonly {
    readonly contentType: 'application/vnd.microsoft.card.adaptive';
    readonly content: AdaptiveCard;
  }[];
}

/** A member of a conversation, as Teams has it. Whatever is missing is null. */
export interface TeamsMember {
  /** `29:…`, which is this bot's name of the account. */
  readonly id: string;
  readonly aadObjectId: string | null;
  /** The tenant that the account belongs to, wherever it is a member. */
  readonly tenantId: string | null;
  readonly name: string | null;
  readonly userPrincipalName: string | null;
  /** `user`, `guest`, `anonymous`, or what there is one day. */
  readonly userRole: string | null;
}

export interface TeamAddress {
  readonly serviceUrl: string;
  /** `19:…` */
  readonly team: string;
}

export interface TeamsChannel {
  readonly id: string;
  /** Null for the channel that every team has. */
  readonly name: string | null;
}

/** Every call throws AppErrors: `unavailable`, `rate_limited` (with `retryAfterSeconds`), `not_found`, `forbidden`. */
export interface TeamsConnector {
  /**
   * Posts a message.
   * @param options.canWait nothing is lost without it: it leaves room for what people wait for
   * @returns its id, which is its name at Teams
   */
  send(
    to: ConversationAddress,
    activity: OutgoingActivity,
    options?: { readonly canWait?: boolean },
  ): Promise<{ readonly ref: string }>;
  /** Replaces a message. @param options.canWait another edit follows soon anyway */
  update(
    to: ConversationAddress,
    ref: string,
    activity: OutgoingActivity,
    options?: { readonly canWait?: boolean },
  ): Promise<void>;
  /**
   * The conversation between the bot and one person.
   * @param person.userId `29:…`, or the object id where only that is known
   * @returns its id; null when the app is not installed for them, or when they have blocked it
   */
  openPersonal(person: {
    readonly serviceUrl: string;
    readonly tenantId: string;
    readonly userId: string;
  }): Promise<string | null>;
  /** One member of a conversation; null for somebody who is not one. @param userId `29:…` */
  memberOf(of: ConversationAddress, userId: string): Promise<TeamsMember | null>;
  /** The channels of a team that the bot sees. */
  channelsOf(of: TeamAddress): Promise<readonly TeamsChannel[]>;
  /** What a team is called; null when Teams does not say. */
  teamNameOf(of: TeamAddress): Promise<string | null>;
}
