/** A report as parts that a document can have: built once, written as Markdown and as HTML. */

/** Text that people may have typed: whoever writes it escapes it. */
export type Inline =
  | string
  | { readonly text: string; readonly code?: true; readonly href?: string; readonly tone?: Tone };
export type Tone = 'good' | 'bad' | 'warning';

export type Block =
  | { readonly kind: 'text'; readonly parts: readonly Inline[]; readonly tone?: Tone }
  | {
      readonly kind: 'facts';
      readonly facts: readonly (readonly [label: string, value: readonly Inline[]])[];
    }
  | {
      readonly kind: 'figures';
      readonly figures: readonly { readonly label: string; readonly value: number; readonly tone?: Tone }[];
    }
  | {
      readonly kind: 'table';
      /** What it is a table of, for those who do not see it. */
      readonly caption: string;
      readonly columns: readonly { readonly label: string; readonly numeric?: true }[];
      readonly rows: readonly (readonly (readonly Inline[])[])[];
    }
  | { readonly kind: 'statements'; readonly items: readonly StatementItem[] }
  | { readonly kind: 'list'; readonly items: readonly (readonly Inline[])[] }
  /** Lines for a terminal. */
  | { readonly kind: 'commands'; readonly lines: readonly string[] };

/** Something that happened, and what was typed. */
export interface StatementItem {
  readonly parts: readonly Inline[];
  /** Null for what has no statement. */
  readonly code: string | null;
  /** Set apart from the item before: the day on which it happened. */
  readonly day?: string;
}

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
}

export interface ReportDocument {
  readonly title: string;
  readonly subtitle: string;
  readonly facts: readonly (readonly [label: string, value: readonly Inline[]])[];
  readonly sections: readonly Section[];
}
