/** Chat clients draw emoji themselves; a machine without a font for them gets these: a colour and a sign. */
export const EMOJI_PICTURES: Readonly<Record<string, readonly [string, string]>> = {
  '⏳': ['#b7791f', '◔'],
  '✅': ['#2e9e5b', '✓'],
  '⛔': ['#d0342c', '–'],
  '⚠️': ['#e0a000', '!'],
  '📝': ['#7a6fb0', '✎'],
  ℹ️: ['#3b7dd8', 'i'],
};

export const EMOJI_STYLE =
  '.emoji{display:inline-grid;place-items:center;width:1.15em;height:1.15em;border-radius:4px;color:#fff;font:700 .8em "DejaVu Sans",sans-serif;vertical-align:-.1em}';

/** @param html with its text escaped */
export function withEmojiPictures(html: string): string {
  return html.replace(new RegExp(Object.keys(EMOJI_PICTURES).join('|'), 'g'), (emoji) => {
    const [colour, sign] = EMOJI_PICTURES[emoji] ?? ['#888', '?'];
    return `<span class="emoji" style="background:${colour}">${sign}</span>`;
  });
}
