/** A command that waits for approval inside a session. */
import type { Effect } from './statement.ts';

/** What gives a command its meaning beside its text. */
export type CommandContext = DatabaseContext | HostContext;

export interface DatabaseContext {
  /** The target's `search_path` as the session has set it; null where the protocol knows none. */
  readonly searchPath: string | null;
  readonly database: string;
  /** The login that the target sees. */
  readonly account: string;
}

export interface HostContext {
  /** Where the command starts, from `/`. */
  readonly directory: string;
  /** What the client or the session has set, beside what every command gets; in the order of the names. */
  readonly environment: readonly Variable[];
  /** The login on the host. */
  readonly account: string;
  /** What the command reads: people cannot agree to what they do not see. */
  readonly stdin: 'nothing';
}

/** Of the environment of a process. */
export interface Variable {
  readonly name: string;
  readonly value: string;
}

export function isHostContext(context: CommandContext): context is HostContext {
  return 'directory' in context;
}

/** What people are asked about. */
export interface HeldCommand {
  /** Its number in the session's recording. */
  readonly statement: number;
  /** Whole and exact: what runs if it is approved. */
  readonly text: string;
  /** Hex SHA-256 of the text's UTF-8 bytes. */
  readonly textSha256: string;
  /** Bound parameters as text, binary ones in hex after `\\x`; null is SQL NULL. */
  readonly parameters: readonly (string | null)[];
  readonly effects: readonly Effect[];
  /** `schema.name`, or `name` where the text names no schema; on a host the files that redirections read and write. */
  readonly relations: readonly string[];
  readonly context: CommandContext;
  readonly rule: string;
  readonly reason: string;
  /** That of the policy whose rule asks for the approval. */
  readonly policyVersion: string;
}

export const HOLD_STATES = ['held', 'approved', 'denied', 'expired', 'withdrawn'] as const;
export type HoldState = (typeof HOLD_STATES)[number];

/** `once`: this execution. `session`: the identical text and parameters for the rest of the session. */
export const HOLD_SCOPES = ['once', 'session'] as const;
export type HoldScope = (typeof HOLD_SCOPES)[number];

/** Why nobody is asked any more: the client gave the command up, or its session ended. */
export const WITHDRAWAL_CAUSES = ['client', 'session-ended'] as const;
export type WithdrawalCause = (typeof WITHDRAWAL_CAUSES)[number];

/** `h-` and 8 base32 characters. */
export const HOLD_ID_PATTERN = /^h-[a-z2-7]{8}$/;

/** Longest command that people are asked about, in UTF-8 bytes: nobody reviews more than this. */
export const HOLD_TEXT_BYTES_MAX = 1_048_576;
/** Its parameters together, as JSON. */
export const HOLD_PARAMETERS_BYTES_MAX = 1_048_576;

/**
 * Of one grant, commands that nobody approved, within this time: each asks people, and a client that asks again
 * and again would bury them.
 */
export const UNAPPROVED_HOLDS_MAX = 30;
export const UNAPPROVED_HOLDS_WITHIN_MS = 10 * 60_000;

/** Legal moves; the database enforces the same with conditional updates. */
export function canMoveHold(from: HoldState, to: HoldState): boolean {
  return from === 'held' && to !== 'held';
}
