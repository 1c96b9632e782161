/**
 * An upper bound on how deep a text can nest, worked out without recursion, so that the parser is only
 * started on text that it can unwind. It only has to find where literals and comments end, as PostgreSQL does
 * with standard_conforming_strings on; should it ever be wrong, `parser.ts` still drops the broken instance.
 */

const WORD = /[A-Za-z0-9_\u0080-\uffff]/;
const DOLLAR_QUOTE = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;

interface Place {
  readonly text: string;
  readonly at: number;
}

function afterQuoted({ text, at }: Place, options: { quote: string; backslashEscapes: boolean }): number {
  for (let index = at + 1; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character === options.quote) return index + 1;
    if (options.backslashEscapes && character === '\\') index += 1;
  }
  return text.length;
}

function afterBlockComment({ text, at }: Place): number {
  let open = 1;
  let index = at + 2;
  while (index < text.length && open > 0) {
    const pair = text.slice(index, index + 2);
    if (pair === '/*') open += 1;
    if (pair === '*/') open -= 1;
    index += pair === '/*' || pair === '*/' ? 2 : 1;
  }
  return index;
}

function afterLine({ text, at }: Place): number {
  const rest = text.slice(at).search(/[\r\n]/);
  return rest < 0 ? text.length : at + rest + 1;
}

function isEscapeString({ text, at }: Place): boolean {
  return /[eE]/.test(text.charAt(at - 1)) && !WORD.test(text.charAt(at - 2)) && text.charAt(at - 2) !== '$';
}

function afterDollarQuoted({ text, at }: Place): number {
  DOLLAR_QUOTE.lastIndex = at;
  const delimiter = DOLLAR_QUOTE.exec(text)?.[0];
  if (delimiter === undefined || WORD.test(text.charAt(at - 1))) return at + 1;
  const end = text.indexOf(delimiter, at + delimiter.length);
  return end < 0 ? text.length : end + delimiter.length;
}

function afterWord({ text, at }: Place): number {
  let index = at + 1;
  while (index < text.length && WORD.test(text.charAt(index))) index += 1;
  return index;
}

/** Where the token or comment that starts here ends. */
function endOfToken(place: Place): number {
  const { text, at } = place;
  const character = text.charAt(at);
  if (character === "'") {
    return afterQuoted(place, { quote: "'", backslashEscapes: isEscapeString(place) });
  }
  if (character === '"') return afterQuoted(place, { quote: '"', backslashEscapes: false });
  if (character === '$') return afterDollarQuoted(place);
  if (text.startsWith('--', at)) return afterLine(place);
  if (text.startsWith('/*', at)) return afterBlockComment(place);
  return WORD.test(character) ? afterWord(place) : at + 1;
}

function isBlank({ text, at }: Place): boolean {
  return /\s/.test(text.charAt(at)) || text.startsWith('--', at) || text.startsWith('/*', at);
}

/**
 * Every level of a parse tree costs at least one token, and a comma ends a run: what follows it is a
 * sibling. So the depth at a place is at most the tokens since the last comma, summed over the brackets
 * that are open there. A thousand rows of VALUES stay small; `1 + 1 + 1 …` does not.
 */
export function nestingOf(text: string): number {
  const outerRuns: number[] = [];
  let run = 0;
  let outerTotal = 0;
  let deepest = 0;
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    const end = endOfToken({ text, at });
    if (character === ',' || character === ';') {
      run = 0;
    } else if (character === '(' || character === '[') {
      outerRuns.push(run + 1);
      outerTotal += run + 1;
      run = 0;
    } else if (character === ')' || character === ']') {
      const resumed = outerRuns.pop() ?? 0;
      outerTotal -= resumed;
      run = resumed + 1;
    } else if (!isBlank({ text, at })) {
      run += 1;
    }
    deepest = Math.max(deepest, outerTotal + run);
    at = end;
  }
  return deepest;
}
