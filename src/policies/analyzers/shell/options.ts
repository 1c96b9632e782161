/** Options among the arguments of a program. Rather one too many is found than one too few. */

/** A long option may be cut as far as it is still the only one that begins so. */
export function hasLong(given: readonly string[], ...names: readonly string[]): boolean {
  return given.some((one) => {
    const [word = ''] = one.split('=');
    return word.length > 2 && word.startsWith('--') && names.some((name) => name.startsWith(word));
  });
}

/** Any of the letters, alone or among others behind one dash. */
export function hasLetter(given: readonly string[], letters: RegExp): boolean {
  return given.some((one) => /^-[^-]/.test(one) && letters.test(one));
}
