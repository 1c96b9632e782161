/** A random text that a pattern matches: the part of RE2's syntax that the rules for keys use. */

const WORD = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const ESCAPES: Readonly<Record<string, string>> = { d: '0123456789', w: WORD, s: ' ', S: WORD };
/** More of an open-ended repetition than its minimum would only make samples long. */
const MORE_MAX = 2;

export function sampleOfPattern(pattern: string, random: (below: number) => number): string {
  let at = 0;
  const pick = (characters: string): string => characters.charAt(random(characters.length));

  function alternatives(): string {
    const branches = [branch()];
    while (pattern.charAt(at) === '|') {
      at += 1;
      branches.push(branch());
    }
    return branches[random(branches.length)] ?? '';
  }

  function branch(): string {
    let text = '';
    while (at < pattern.length && pattern.charAt(at) !== '|' && pattern.charAt(at) !== ')')
      text += repeated();
    return text;
  }

  /** The part is generated anew for each repetition. */
  function repeated(): string {
    const start = at;
    const first = part();
    const end = at;
    const times = /^(?:\{(\d+)(?:,(\d*))?\}|[*+?])\??/.exec(pattern.slice(at));
    if (times === null) return first;
    const [mark, least, most] = times;
    const kind = mark.charAt(0);
    const min = kind === '{' ? Number(least) : kind === '+' ? 1 : 0;
    const max =
      kind !== '{' ? min + 1 : most === undefined ? min : most === '' ? min + MORE_MAX : Number(most);
    const count = min + random(Math.min(max - min, MORE_MAX) + 1);
    let text = count > 0 ? first : '';
    for (let turn = 1; turn < count; turn += 1) {
      at = start;
      text += part();
    }
    at = end + mark.length;
    return text;
  }

  function part(): string {
    const character = pattern.charAt(at);
    at += 1;
    if (character === '[') return pick(setOf());
    if (character === '(') return group();
    if (character === '\\') return escaped();
    if (character === '.' && pattern.charAt(at) === '{') return pick(WORD);
    return character === '^' || character === '$' ? '' : character;
  }

  function group(): string {
    const opening = /^\?(?:P<\w+>|[a-z-]*:|[a-z-]*\))/.exec(pattern.slice(at))?.[0] ?? '';
    at += opening.length;
    if (opening.endsWith(')')) return '';
    const text = alternatives();
    at += 1;
    return text;
  }

  function escaped(): string {
    const character = pattern.charAt(at);
    at += 1;
    if (character === 'b' || character === 'z') return '';
    if (character === 'x') {
      at += 2;
      return String.fromCharCode(Number.parseInt(pattern.slice(at - 2, at), 16));
    }
    const characters = ESCAPES[character];
    return characters === undefined ? character : pick(characters);
  }

  function setOf(): string {
    const negated = pattern.charAt(at) === '^';
    if (negated) at += 1;
    let characters = '';
    while (pattern.charAt(at) !== ']' || characters === '') {
      if (pattern.charAt(at) === '\\') {
        at += 1;
        characters += ESCAPES[pattern.charAt(at)] ?? escapedInSet();
        at += 1;
      } else if (pattern.charAt(at + 1) === '-' && pattern.charAt(at + 2) !== ']') {
        for (let code = pattern.charCodeAt(at); code <= pattern.charCodeAt(at + 2); code += 1)
          characters += String.fromCharCode(code);
        at += 3;
      } else {
        characters += pattern.charAt(at);
        at += 1;
      }
    }
    at += 1;
    return negated ? [...` ${WORD}`].filter((one) => !characters.includes(one)).join('') : characters;
  }

  function escapedInSet(): string {
    if (pattern.charAt(at) !== 'x') return pattern.charAt(at);
    at += 2;
    return String.fromCharCode(Number.parseInt(pattern.slice(at - 1, at + 1), 16));
  }

  return alternatives();
}
