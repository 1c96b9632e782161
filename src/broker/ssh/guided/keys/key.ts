/** What a person pressed, as far as a line editor cares. */
export type Key =
  /** Characters to insert, at least one. They may hold what cannot be seen, but no control below U+0020. */
  | { readonly kind: 'text'; readonly text: string }
  /** A paste that the terminal said is one; lines end with a line feed. Null: it was longer than is taken. */
  | { readonly kind: 'paste'; readonly text: string | null }
  /** `C-a`, `M-b`, `Enter`, `C-Left`: as in the manual of readline. */
  | { readonly kind: 'key'; readonly name: string };
