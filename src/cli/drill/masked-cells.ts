/** Whether what came out of a masked column is a mask, whichever way it was asked for. */

/** What hashes under a mask are: 24 hexadecimal digits. */
const HASHED = /^[0-9a-f]{24}$/;
const STARRED = /^\*{3,}|\*{3,}$/;

type CellVerdict = 'masked' | 'shown' | 'empty';

/**
 * @param cells what was received, of any number of rows
 * @param known values that are in the column, if that is known
 */
export function judgeCells(cells: readonly (string | null)[], known: readonly string[]): CellVerdict {
  const texts = cells.filter((cell) => cell !== null);
  if (texts.length === 0) return 'empty';
  const disguises = new Set(known.flatMap(disguisesOf));
  const isShown = texts.some((text) => !looksMasked(text) || containsOneOf(text, disguises));
  return isShown ? 'shown' : 'masked';
}

/** By its looks: stars for what is hidden, at least as many as there are other characters; or a hash. */
function looksMasked(text: string): boolean {
  if (HASHED.test(text) || text === '') return true;
  const stars = text.split('*').length - 1;
  return STARRED.test(text) ? stars > 0 : stars * 2 >= text.length;
}

function containsOneOf(text: string, disguises: ReadonlySet<string>): boolean {
  if (disguises.has(text)) return true;
  // A text of several values, such as a row or an array.
  return text.split(/[\s,(){}"[\]:]+/).some((part) => part !== '' && disguises.has(part));
}

/** As it is, and as an expression could have turned it. */
function disguisesOf(value: string): string[] {
  const bytes = Buffer.from(value, 'utf8');
  return [value, [...value].reverse().join(''), bytes.toString('base64'), bytes.toString('hex')];
}
