/** What a line typed in chat asks for, once it has been read. Nothing here says who asks or whether they may. */
import type { Until } from './until.ts';

/** Longest line that is read as a command, in characters. */
export const COMMAND_CHARACTERS_MAX = 4_000;
export const SEARCH_CHARACTERS_MAX = 200;

/** Null: left out by the person. */
export interface RequestCommand {
  readonly name: 'request';
  readonly resource: string | null;
  readonly role: string | null;
  readonly durationMs: number | null;
  readonly reason: string | null;
  readonly ticket: string | null;
  /** Who will hold the access, as it was typed; null for whoever asks. */
  readonly beneficiary: string | null;
}

export interface BreakGlassCommand extends Omit<RequestCommand, 'name' | 'beneficiary'> {
  readonly name: 'breakglass';
}

/** One grant by its handle, or every live grant of a person. */
export type RevokeTarget =
  | { readonly kind: 'grant'; readonly id: string }
  | { readonly kind: 'person'; readonly account: string };

/** Alone: the page to link this account on, or what is linked, with buttons to unlink it. `code`: what that page asks for. */
export interface LinkCommand {
  readonly name: 'link';
  readonly what: 'page' | 'code';
}

export type IncidentCommand =
  | { readonly name: 'incident'; readonly what: 'show' }
  | { readonly name: 'incident'; readonly what: 'open'; readonly title: string }
  /** An empty title is that of the channel. */
  | { readonly name: 'incident'; readonly what: 'link'; readonly title: string }
  /** Null: the one of this channel. */
  | { readonly name: 'incident'; readonly what: 'close'; readonly id: string | null }
  /** Null: the one of this channel. */
  | { readonly name: 'incident'; readonly what: 'report'; readonly incident: string | null }
  /** Null: the one of this channel. */
  | { readonly name: 'timeline'; readonly incident: string | null };

export type Command =
  | RequestCommand
  | BreakGlassCommand
  | IncidentCommand
  | LinkCommand
  | { readonly name: 'mine' }
  | { readonly name: 'pending' }
  | { readonly name: 'show'; readonly id: string }
  | { readonly name: 'cancel'; readonly id: string }
  | { readonly name: 'done'; readonly id: string | null }
  | { readonly name: 'revoke'; readonly target: RevokeTarget; readonly reason: string | null }
  | {
      readonly name: 'approve';
      readonly id: string;
      readonly durationMs: number | null;
      readonly note: string | null;
    }
  | { readonly name: 'deny'; readonly id: string; readonly reason: string | null }
  | {
      readonly name: 'extend';
      /** Null: the only live grant. */
      readonly id: string | null;
      readonly byMs: number | null;
      readonly reason: string | null;
    }
  | { readonly name: 'comment'; readonly id: string; readonly text: string | null }
  | { readonly name: 'consent'; readonly id: string }
  | { readonly name: 'again'; readonly id: string }
  | { readonly name: 'delegate'; readonly account: string; readonly until: Until }
  | { readonly name: 'answer-delegation'; readonly id: string; readonly accepts: boolean }
  | { readonly name: 'delegations' }
  | { readonly name: 'oncall'; readonly resource: string }
  | { readonly name: 'sessions'; readonly search: string | null }
  | { readonly name: 'replay'; readonly id: string }
  | { readonly name: 'help'; readonly topic: string | null };
