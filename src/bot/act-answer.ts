/** What a person gets back for a command, a click or a form: for them alone, and never stored. */
import type { Card, Form, Tone } from './card.ts';

export interface Ephemeral {
  readonly text: string;
  readonly card: Card | null;
  /** Lines to copy, with a button each. A secret appears here only. */
  readonly copyable: readonly { readonly label: string; readonly text: string }[];
  readonly tone: Tone;
  /** True when nothing was done: a platform keeps what was typed. */
  readonly problem?: true;
}

/** After an act at least one of the two is there: a click is never ignored in silence. */
export interface ActAnswer {
  readonly reply: Ephemeral | null;
  readonly form: Form | null;
}
