/** A report as a Markdown document (CommonMark with tables). Nothing that people typed is markup in it. */
import { fencedLines, oneLine, plainMarkdown } from '../markdown-text.ts';
import type { Block, Inline, ReportDocument, StatementItem } from './blocks.ts';

export function reportMarkdown(document: ReportDocument): string {
  const { title, subtitle, facts, sections } = document;
  const lines = [
    `# ${plainMarkdown(title)}`,
    '',
    plainMarkdown(subtitle),
    '',
    ...factLines(facts),
    ...sections.flatMap((section) => [
      '',
      `## ${plainMarkdown(section.title)}`,
      ...section.blocks.flatMap((block) => ['', ...blockLines(block)]),
    ]),
  ];
  return `${lines
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trimEnd()}\n`;
}

function blockLines(block: Block): string[] {
  switch (block.kind) {
    case 'text':
      return [block.tone === 'bad' ? `**${inlines(block.parts)}**` : inlines(block.parts)];
    case 'facts':
      return factLines(block.facts);
    case 'figures':
      return block.figures.map(({ label, value }) => `- ${value} ${plainMarkdown(label)}`);
    case 'table':
      return [
        `| ${block.columns.map(({ label }) => plainMarkdown(label)).join(' | ')} |`,
        `| ${block.columns.map(({ numeric }) => (numeric ? '---:' : '---')).join(' | ')} |`,
        ...block.rows.map((row) => `| ${row.map(inlines).join(' | ')} |`),
      ];
    case 'statements':
      return statementLines(block.items);
    case 'list':
      return block.items.map((item) => `- ${inlines(item)}`);
    case 'commands':
      return fencedLines(block.lines.join('\n')).map((line) => line.slice(2));
  }
}

function statementLines(items: readonly StatementItem[]): string[] {
  let day: string | undefined;
  return items.flatMap((item) => {
    const isNew = item.day !== undefined && item.day !== day;
    day = item.day;
    const heading = isNew ? ['', `### ${item.day}`, ''] : [];
    const head = `- ${inlines(item.parts)}`;
    return item.code === null ? [...heading, head] : [...heading, head, '', ...fencedLines(item.code), ''];
  });
}

function factLines(facts: ReportDocument['facts']): string[] {
  return facts.map(([label, value]) => `- **${plainMarkdown(label)}**: ${inlines(value)}`);
}

function inlines(parts: readonly Inline[]): string {
  return parts.map(inline).join('').trim();
}

/** Blanks at either end stay: what is next to it is another part. */
function inline(part: Inline): string {
  if (typeof part === 'string') return spaced(part, plainMarkdown);
  const { text, code, href, tone } = part;
  if (href !== undefined)
    return `[${plainMarkdown(text)}](${href.replaceAll(/[()<>\s\\]/g, encodeURIComponent)})`;
  if (code === true) return codeSpan(text);
  return tone === 'bad' ? `**${plainMarkdown(text)}**` : plainMarkdown(text);
}

/** Of what means nothing anywhere; any other text is plain. */
function codeSpan(text: string): string {
  const shown = oneLine(text);
  return /^[\w .,:/=-]+$/.test(shown) ? `\`${shown}\`` : plainMarkdown(text);
}

function spaced(text: string, write: (text: string) => string): string {
  const before = /^\s/.test(text) ? ' ' : '';
  const behind = text.length > 1 && /\s$/.test(text) ? ' ' : '';
  return text.trim() === '' ? before : `${before}${write(text)}${behind}`;
}
