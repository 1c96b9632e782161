/**
 * The commands that are read: what is left of a shell's language when all that can run hidden code is left out.
 * Every word is known to the letter, but for patterns of file names in arguments, which the target expands.
 */

/** A part of a word: text as the program gets it, or a pattern that the shell on the target fills in. */
export type Piece =
  | { readonly kind: 'literal'; readonly text: string }
  /** `*`, `?` or `[a-z]`. */
  | { readonly kind: 'pattern'; readonly text: string };

export type Word = readonly Piece[];

export type Redirection =
  | {
      readonly kind: 'file';
      readonly descriptor: number;
      readonly operator: '<' | '>' | '>>' | '>|' | '<>';
      readonly target: string;
    }
  /** `2>&1`, or `2>&-`, which closes. */
  | {
      readonly kind: 'duplicate';
      readonly descriptor: number;
      readonly operator: '<&' | '>&';
      readonly source: number | '-';
    }
  /** A here-document or here-string; every line of the body ends with a line feed. */
  | { readonly kind: 'text'; readonly descriptor: number; readonly body: string };

/** `NAME=value` before a program. */
export interface Setting {
  readonly name: string;
  readonly value: string;
}

export interface SimpleCommand {
  readonly settings: readonly Setting[];
  /** The program. */
  readonly name: string;
  readonly arguments: readonly Word[];
  /** In the order in which they take effect. */
  readonly redirections: readonly Redirection[];
}

export interface Pipeline {
  /** True after `!`. */
  readonly negated: boolean;
  /** At least one. */
  readonly commands: readonly SimpleCommand[];
}

/** Pipelines with `&&` or `||` between them: the first has no operator. */
export type AndOrList = readonly {
  readonly operator: '&&' | '||' | null;
  readonly pipeline: Pipeline;
}[];

export type Script = readonly AndOrList[];
