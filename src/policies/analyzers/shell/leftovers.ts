/**
 * Whether the parser took account of all of a text. It mends what is broken and goes on, so that a letter could be lost
 * without an error: what no word and no redirection holds must be nothing but what stands between commands.
 */
import { forEachChild, type SyntaxNode } from 'unbash';

interface Span {
  readonly pos: number;
  readonly end: number;
}

const BETWEEN_COMMANDS = /^(?:[ \t\n;|&!]|\\\n|#[^\n]*)*$/;

function collectSpans(node: SyntaxNode, spans: Span[]): void {
  switch (node.type) {
    case 'Word':
    case 'Assignment':
    case 'Redirect':
    case 'HereString':
      spans.push(node);
      return;
    case 'HereDoc':
      spans.push(node, node.body);
      if (node.closing !== undefined) spans.push(node.closing);
      return;
    default:
      forEachChild(node, (child) => collectSpans(child, spans));
  }
}

/** Where the first letter is that nothing accounts for, in UTF-16 units from 0; null when all is accounted for. */
export function firstLeftover(text: string, root: SyntaxNode): number | null {
  const spans: Span[] = [];
  collectSpans(root, spans);
  spans.sort((left, right) => left.pos - right.pos);
  let from = 0;
  for (const { pos, end } of [...spans, { pos: text.length, end: text.length }]) {
    const between = text.slice(from, Math.max(from, pos));
    if (!BETWEEN_COMMANDS.test(between)) return from + between.search(/[^ \t\n;|&!]/);
    from = Math.max(from, end);
  }
  return null;
}
