/** Names of channels against patterns such as `inc-*`. Only `*` is special: any run of characters. */

/** True when one of the patterns fits the whole name. Linear in pattern and name; no regular expression. */
export function matchesAnyGlob(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => matchesGlob(name, pattern));
}

function matchesGlob(name: string, pattern: string): boolean {
  const parts = pattern.split('*');
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return name === pattern;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}

/** The incident a channel stands for: its own name, when it matches the configured patterns. */
export function incidentOfChannel(channel: string, patterns: readonly string[]): string | null {
  return matchesAnyGlob(channel, patterns) ? channel : null;
}
