/**
 * A report as one HTML page that needs nothing else: no script, no picture, no font, no request. A browser is told by
 * the page itself that there is nothing to load, so that what people typed could load nothing if it got out.
 */
import { createHash } from 'node:crypto';
import { visibleText } from '../../../core/visible-text.ts';
import { oneLine, shownCode } from '../markdown-text.ts';
import type { Block, Inline, ReportDocument, Section, StatementItem } from './blocks.ts';
import { REPORT_STYLE } from './report-style.ts';

const STYLE_SHA256 = createHash('sha256').update(REPORT_STYLE).digest('base64');

/** Also sent as a header where the page is served. */
export const REPORT_CONTENT_SECURITY_POLICY = `default-src 'none'; style-src 'sha256-${STYLE_SHA256}'; base-uri 'none'; form-action 'none'`;

export function reportHtml(document: ReportDocument): string {
  const { title, subtitle, facts, sections } = document;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(REPORT_CONTENT_SECURITY_POLICY)}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(oneLine(title))} · Incident report</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<header>
<p class="subtitle">${escapeHtml(oneLine(subtitle))}</p>
<h1>${escapeHtml(oneLine(title))}</h1>
${factsHtml(facts)}
</header>
<nav aria-label="Sections">
<ul>
${sections.map(({ id, title: name }) => `<li><a href="#${id}">${escapeHtml(oneLine(name))}</a></li>`).join('\n')}
</ul>
</nav>
<main>
${sections.map(sectionHtml).join('\n')}
</main>
</body>
</html>
`;
}

function sectionHtml({ id, title, blocks }: Section): string {
  return `<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${escapeHtml(oneLine(title))}</h2>
${blocks.map(blockHtml).join('\n')}
</section>`;
}

function blockHtml(block: Block): string {
  switch (block.kind) {
    case 'text':
      return `<p${toneOf(block.tone)}>${inlines(block.parts)}</p>`;
    case 'facts':
      return factsHtml(block.facts);
    case 'figures':
      return `<dl class="figures">
${block.figures.map(({ label, value, tone }) => `<div${toneOf(tone)}><dt>${escapeHtml(label)}</dt><dd>${value}</dd></div>`).join('\n')}
</dl>`;
    case 'table':
      return tableHtml(block);
    case 'statements':
      return statementsHtml(block.items);
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${inlines(item)}</li>`).join('\n')}</ul>`;
    case 'commands':
      return `<pre class="terminal" tabindex="0">${escapeHtml(shownCode(block.lines.join('\n')))}</pre>`;
  }
}

function tableHtml({ caption, columns, rows }: Extract<Block, { readonly kind: 'table' }>): string {
  const heads = columns.map(
    ({ label, numeric }) => `<th scope="col"${numericOf(numeric)}>${escapeHtml(label)}</th>`,
  );
  const body = rows.map(
    (row) =>
      `<tr>${row.map((cell, index) => `<td${numericOf(columns[index]?.numeric)}>${inlines(cell)}</td>`).join('')}</tr>`,
  );
  return `<div class="table" role="region" aria-label="${escapeHtml(caption)}" tabindex="0"><table>
<caption>${escapeHtml(caption)}</caption>
<thead><tr>${heads.join('')}</tr></thead>
<tbody>
${body.join('\n')}
</tbody>
</table></div>`;
}

function statementsHtml(items: readonly StatementItem[]): string {
  const days = Map.groupBy(items, ({ day }) => day);
  return [...days]
    .map(
      ([day, its]) =>
        `${day === undefined ? '' : `<h3>${escapeHtml(day)}</h3>\n`}<ol class="statements">\n${its.map(itemHtml).join('\n')}\n</ol>`,
    )
    .join('\n');
}

function itemHtml({ parts, code }: StatementItem): string {
  const shown = code === null ? '' : `<pre>${escapeHtml(shownCode(code))}</pre>`;
  return `<li><p>${inlines(parts)}</p>${shown}</li>`;
}

function factsHtml(facts: ReportDocument['facts']): string {
  return `<dl class="facts">
${facts.map(([label, value]) => `<div><dt>${escapeHtml(label)}</dt><dd>${inlines(value)}</dd></div>`).join('\n')}
</dl>`;
}

function inlines(parts: readonly Inline[]): string {
  return parts.map(inline).join('');
}

function inline(part: Inline): string {
  if (typeof part === 'string') return escapeHtml(shortened(part));
  const { text, code, href, tone } = part;
  const shown = escapeHtml(oneLine(text));
  if (href !== undefined) return `<a href="${escapeHtml(href)}">${shown}</a>`;
  if (code === true) return `<code>${shown}</code>`;
  return `<span${toneOf(tone)}>${shown}</span>`;
}

/** Blanks at either end stay: what is next to it is another part. */
function shortened(text: string): string {
  const before = /^\s/.test(text) ? ' ' : '';
  const behind = text.trim() !== '' && /\s$/.test(text) ? ' ' : '';
  return `${before}${oneLine(text)}${behind}`;
}

function toneOf(tone: 'good' | 'bad' | 'warning' | undefined): string {
  return tone === undefined ? '' : ` class="${tone}"`;
}

function numericOf(numeric: true | undefined): string {
  return numeric === true ? ' class="number"' : '';
}

function escapeHtml(text: string): string {
  return visibleText(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
