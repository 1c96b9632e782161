/** Names of the keys that terminals send as escape sequences: xterm, PuTTY, screen, the Linux console, Windows. */

const BY_FINAL: Readonly<Record<string, string>> = {
  A: 'Up',
  B: 'Down',
  C: 'Right',
  D: 'Left',
  F: 'End',
  H: 'Home',
  M: 'Enter',
};

const BY_NUMBER: Readonly<Record<string, string>> = {
  '1': 'Home',
  '3': 'Delete',
  '4': 'End',
  '5': 'PageUp',
  '6': 'PageDown',
  '7': 'Home',
  '8': 'End',
};

/** The parameter of a modified key is one more than these bits. */
const MODIFIERS = { alt: 2, control: 4 };

function modified(name: string, modifier: string | undefined): string {
  const bits = Number(modifier ?? '1') - 1;
  if (!Number.isInteger(bits) || bits <= 0) return name;
  const control = (bits & MODIFIERS.control) === 0 ? '' : 'C-';
  const alt = (bits & MODIFIERS.alt) === 0 ? '' : 'M-';
  return `${control}${alt}${name}`;
}

/**
 * The key of a control sequence (ECMA-48, section 5.4).
 * @param body what stands between the introducer and the final character
 * @returns null for a sequence that means no key: it is swallowed
 */
export function keyOfSequence(body: string, final: string): string | null {
  if (!/^[\d;]*$/.test(body)) return null;
  const [first = '', modifier] = body.split(';');
  const name = final === '~' ? BY_NUMBER[first] : BY_FINAL[final];
  if (name === undefined || (final === 'M' && body !== '')) return null;
  return modified(name, modifier);
}

/** `ESC O x`, what the keypad and the arrows send in application mode. */
export function keyOfSingleShift(final: string): string | null {
  return BY_FINAL[final] ?? null;
}
