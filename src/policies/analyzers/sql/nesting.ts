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

/** Where the token or comment that starts at a place ends. */
export function endOfToken(place: Place): number {
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

/** `a AND b AND c` is one list, and so are the branches of a CASE: what follows is a sibling. */
const SEPARATORS: ReadonlySet<string> = new Set(['and', 'or', 'when', 'then', 'else']);
/** Each of these is one level around what stood before it, however the run is cut up after it. */
const WRAPPERS: ReadonlySet<string> = new Set(['union', 'intersect', 'except', 'join', 'between']);

/** What is open: a bracket or a CASE, with what was counted outside of it. */
interface Open {
  readonly closedBy: ')' | 'end';
  readonly outerRun: number;
  readonly outerWrappers: number;
}

class Measure {
  readonly #open: Open[] = [];
  #run = 0;
  #wrappers = 0;
  #outerTotal = 0;
  deepest = 0;

  /** @param name a word in lower case, or a character */
  take(name: string): void {
    if (name === ',' || name === ';') this.#run = 0;
    else if (name === '(' || name === '[') this.#enter(')');
    else if (name === ')' || name === ']') this.#leave(')');
    else if (name === 'case') this.#enter('end');
    else if (name === 'end' && this.#open.at(-1)?.closedBy === 'end') this.#leave('end');
    else if (SEPARATORS.has(name)) this.#run = 0;
    else {
      if (WRAPPERS.has(name)) this.#wrappers += 1;
      this.#run += 1;
    }
    this.deepest = Math.max(this.deepest, this.#outerTotal + this.#wrappers + this.#run);
  }

  #enter(closedBy: ')' | 'end'): void {
    this.#open.push({ closedBy, outerRun: this.#run + 1, outerWrappers: this.#wrappers });
    this.#outerTotal += this.#run + 1 + this.#wrappers;
    this.#run = 0;
    this.#wrappers = 0;
  }

  #leave(closing: ')' | 'end'): void {
    // A CASE that is left open inside of a bracket does not parse, but must not hold the bracket open either.
    let closed = this.#open.pop();
    while (closed !== undefined) {
      this.#outerTotal -= closed.outerRun + closed.outerWrappers;
      this.#run = closed.outerRun + 1;
      this.#wrappers = closed.outerWrappers;
      if (closed.closedBy === closing) return;
      closed = this.#open.pop();
    }
  }
}

/**
 * Every level of a parse tree costs at least one token, and a comma ends a run: what follows it is a
 * sibling. So the depth at a place is at most the tokens since the last comma or AND, and the set operations
 * and joins before them, summed over the brackets and CASEs that are open there. A thousand rows of VALUES or
 * conditions stay small; `1 + 1 + 1 …` does not.
 */
export function nestingOf(text: string): number {
  const measure = new Measure();
  let afterDot = false;
  let at = 0;
  while (at < text.length) {
    const end = endOfToken({ text, at });
    if (!isBlank({ text, at })) {
      const character = text.charAt(at);
      // Behind a dot every word is a name.
      measure.take(WORD.test(character) && !afterDot ? text.slice(at, end).toLowerCase() : character);
      afterDot = character === '.';
    }
    at = end;
  }
  return measure.deepest;
}
