/**
 * `!!` and `!$` of a typed line: the line before, and its last word. Only as words by themselves and in a line without
 * quotes, where there is no doubt about what they mean. Pure.
 */
export type Recalled =
  /** There is nothing of the kind in it. */
  | { readonly kind: 'as-typed' }
  | { readonly kind: 'recalled'; readonly text: string }
  /** A sentence. */
  | { readonly kind: 'problem'; readonly problem: string };

const DESIGNATOR = /(?<=^|\s)!(?:!|\$)(?=\s|$)/g;
const OTHER_EVENT = /^\s*!(?:-?\d|\?|[A-Za-z])/;
const QUOTING = /['"\\\n]|<</;

const NOTHING_BEFORE = 'There is no line before this one.';
const OTHERS = 'Of the history only !! and !$ are known here: Up and Ctrl-R bring back a line.';

/** @param before the line before; undefined where there is none */
export function recalled(text: string, before: string | undefined): Recalled {
  if (OTHER_EVENT.test(text)) return { kind: 'problem', problem: OTHERS };
  if (QUOTING.test(text) || text.search(DESIGNATOR) < 0) return { kind: 'as-typed' };
  if (before === undefined) return { kind: 'problem', problem: NOTHING_BEFORE };
  const lastWord = before.match(/\S+$/)?.[0] ?? '';
  return {
    kind: 'recalled',
    text: text.replaceAll(DESIGNATOR, (designator) => (designator === '!!' ? before : lastWord)),
  };
}
