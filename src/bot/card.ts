/**
 * Cards, built once and platform-neutral; each platform renders them within its limits. Text in a
 * card is plain: a platform escapes it, and nothing a requester typed is ever markup.
 */

export type Tone = 'neutral' | 'waiting' | 'good' | 'bad' | 'warning';

export const ACTIONS = [
  'approve',
  'approve-for-less',
  'deny',
  'approve-once',
  'approve-for-session',
  'deny-command',
  'cancel',
  'again',
  'comment',
  'consent',
  'refuse-consent',
  'reveal',
  'extend',
  'done',
  'revoke',
  'replay',
  'terminate',
  'accept-delegation',
  'end-delegation',
  'find-justified',
  'find-unjustified',
  'approve-policy',
  'deny-policy',
  'unfreeze',
  'timeline',
  'report',
  'close-incident',
  'transcript',
  'recording',
  'link-account',
  'show-link-code',
  'unlink-account',
] as const;
export type ActionId = (typeof ACTIONS)[number];

export interface FormField {
  readonly name: string;
  readonly label: string;
  /** `person`: whoever it names, by e-mail address, or as somebody typed it; a platform that can offers people. */
  readonly kind: 'text' | 'multiline' | 'select' | 'person';
  readonly required: boolean;
  readonly value?: string;
  readonly placeholder?: string;
  readonly charactersMax: number;
  /** Of a text field: what is usually entered. A platform may offer these alone. */
  readonly suggestions?: readonly string[];
  /** Of a select: there may be more options than are listed; a platform that can search them does. */
  readonly searched?: true;
  /** What the form says, and what else it offers, depends on this one: `refillForm` makes it anew. */
  readonly refills?: true;
  readonly options?: readonly { readonly value: string; readonly label: string }[];
}

/** A modal. `id` says what its submission does; `subject` is an opaque id, checked again on the server. */
export interface Form {
  readonly id: string;
  readonly subject: string;
  readonly title: string;
  readonly introduction?: string;
  readonly submitLabel: string;
  readonly fields: readonly FormField[];
}

export type CardAction =
  | {
      readonly kind: 'button';
      readonly action: ActionId;
      /** An opaque id; rights and state are looked up again at every click. */
      readonly subject: string;
      readonly label: string;
      readonly style: 'primary' | 'danger' | 'plain';
    }
  | { readonly kind: 'link'; readonly label: string; readonly url: string };

export interface CardField {
  readonly label: string;
  readonly value: string;
  /** What somebody wrote at length, or what only few need. A platform may show it apart from the facts. */
  readonly rank?: 'quote' | 'small-print';
  /** Shown in a fixed-width face. */
  readonly code?: boolean;
  /** ISO 8601: a platform whose messages run their own code shows the time that is left beside the value. */
  readonly countdownTo?: string;
  /** `4m left`, as of when the card was sent: for a platform whose messages cannot count. */
  readonly timeLeft?: string;
}

/**
 * Text whose every character matters: shown with its line breaks and blanks, in a fixed-width face. A
 * platform that has no room for all of it must not offer the card's approving buttons, but a way to all of it.
 */
export interface CardVerbatim {
  readonly label: string;
  readonly text: string;
  /** What is not shown of it, in one sentence; null when this is all. */
  readonly omits: string | null;
}

export interface CardList {
  readonly title: string;
  readonly items: readonly {
    readonly text: string;
    readonly detail?: string;
    readonly tone?: Tone;
    readonly code?: boolean;
  }[];
}

export interface Card {
  readonly tone: Tone;
  readonly title: string;
  /** One line under the title that says where things stand, in words (never by colour alone). */
  readonly status: string;
  /** Before the fields. */
  readonly verbatim?: readonly CardVerbatim[];
  readonly fields: readonly CardField[];
  readonly lists: readonly CardList[];
  readonly actions: readonly CardAction[];
  /** What a notification or a screen reader shows. */
  readonly fallback: string;
}
