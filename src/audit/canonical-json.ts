/**
 * The JSON Canonicalization Scheme (RFC 8785): one text for one value, so that it can be hashed. The store keeps
 * neither the order of keys nor the text that was inserted.
 */

const DEPTH_MAX = 64;

/**
 * @param value as `JSON.parse` gives it; members that are undefined are left out, as by `JSON.stringify`
 * @returns without white space, keys sorted by UTF-16 code units at every depth
 * @throws RangeError for what is nested more than 64 deep
 */
export function canonicalJson(value: unknown): string {
  return textOf(value, DEPTH_MAX);
}

function textOf(value: unknown, depthLeft: number): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (depthLeft === 0) throw new RangeError(`the value is nested more than ${DEPTH_MAX} deep`);
  if (Array.isArray(value)) return `[${value.map((item) => textOf(item, depthLeft - 1)).join(',')}]`;
  const members = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, inner]) => `${JSON.stringify(key)}:${textOf(inner, depthLeft - 1)}`);
  return `{${members.join(',')}}`;
}
