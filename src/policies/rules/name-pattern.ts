/** Names with `*` for any run of characters, matched in linear time and without regular expressions. */

/** True when `text` matches `pattern`, in which `*` stands for any characters, also none. */
export function matchesPattern(options: { pattern: string; text: string }): boolean {
  const { pattern, text } = options;
  const [head = '', ...rest] = pattern.split('*');
  const tail = rest.pop();
  if (tail === undefined) return head === text;
  if (text.length < head.length + tail.length || !text.startsWith(head) || !text.endsWith(tail)) return false;
  let from = head.length;
  const end = text.length - tail.length;
  for (const part of rest) {
    const found = text.indexOf(part, from);
    if (found < 0 || found + part.length > end) return false;
    from = found + part.length;
  }
  return true;
}

/** True when some text that begins with `start` matches: whatever follows, the first `*` can take it. */
export function matchesBeginning(options: { pattern: string; start: string }): boolean {
  const { pattern, start } = options;
  const [head = '', ...rest] = pattern.split('*');
  return head.startsWith(start) || (rest.length > 0 && start.startsWith(head));
}
