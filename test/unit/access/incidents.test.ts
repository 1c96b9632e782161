/** The document of a timeline, whatever was typed into it, and the names of channels that are made. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { channelNameFor } from '../../../src/access/incidents/channel-name.ts';
import type { IncidentTimeline } from '../../../src/access/incidents/timeline.ts';
import type { TimelineEntry } from '../../../src/access/incidents/timeline-entries.ts';
import { timelineMarkdown } from '../../../src/access/incidents/timeline-markdown.ts';
import { matchesAnyGlob } from '../../../src/core/channel-globs.ts';

const AT = new Date('2026-11-22T23:59:58.000Z');

function timeline(
  entries: readonly Partial<TimelineEntry>[],
  more: Partial<IncidentTimeline> = {},
): IncidentTimeline {
  const told = { at: AT, kind: 'request', subject: 'r-abcd2345', who: null, text: 'it', code: null } as const;
  const base = { ...told, resource: null, moment: null, marks: [] } as const;
  return {
    ...{ name: 'inc-42', title: null, state: 'open', from: AT, to: AT, hiddenSessions: 0, cut: false },
    ...{ people: [], resources: [], statementsLeftOut: 0 },
    ...more,
    entries: entries.map((entry) => ({ ...base, ...entry })),
  };
}

describe('the document', () => {
  test('tells the days apart and says what it leaves out', () => {
    const alice = { id: 'p-alice', kind: 'person', name: 'Alice', email: 'alice@example.com' } as const;
    const text = timelineMarkdown(
      timeline(
        [
          { who: alice, text: 'asked for read' },
          {
            at: new Date('2026-11-23T00:00:01.000Z'),
            kind: 'statement',
            text: 'delete, denied',
            code: 'delete',
          },
        ],
        { title: 'Checkout', state: 'closed', hiddenSessions: 2, cut: true },
      ),
    );
    expect(text).toBe(`# Incident inc\\-42

Checkout

Closed. From 2026-11-22 23:59 to 2026-11-22 23:59, all times in UTC.

## 2026-11-22

- 23:59:58 \`r-abcd2345\` **Alice** asked for read

## 2026-11-23

- 00:00:01 \`r-abcd2345\` delete, denied

  \`\`\`
  delete
  \`\`\`

Sessions that you may not see: 2.
There is more than fits here: the rest is on the pages.
Literals in statements and commands are replaced by placeholders. The recordings hold what was done, masked.
`);
  });

  test.each([
    ['<!channel> <script>alert(1)</script>', '\\<\\!channel\\> \\<script\\>alert\\(1\\)\\</script\\>'],
    ['[click](https://evil.example) ![x](y)', '\\[click\\]\\(https\\://evil.example\\) \\!\\[x\\]\\(y\\)'],
    ['**bold** _it_ `code` ~no~ # head', '\\*\\*bold\\*\\* \\_it\\_ \\`code\\` \\~no\\~ \\# head'],
    ['two\nlines\r\n## and a heading', 'two lines \\#\\# and a heading'],
    ['left\u202eright\u200b', 'left\\\\u\\{202e\\}right\\\\u\\{200b\\}'],
    ['@everyone & ping', '\\@everyone \\& ping'],
    ['a\\b', 'a\\\\b'],
  ])('shows %j as what it is', (typed, shown) => {
    expect(timelineMarkdown(timeline([{ text: typed }]))).toContain(`\`r-abcd2345\` ${shown}\n`);
  });

  test('cuts a line of a thousand and one characters, and no shorter one', () => {
    const whole = timelineMarkdown(timeline([{ text: '\u{1f600}'.repeat(1_000) }]));
    expect(whole).toContain(`${'\u{1f600}'.repeat(1_000)}\n`);
    const cut = timelineMarkdown(timeline([{ text: '\u{1f600}'.repeat(1_001) }]));
    expect(cut).toContain(`${'\u{1f600}'.repeat(1_000)}…\n`);
  });

  test('no code gets out of its fence', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('`', '\n', ' ', 'x', '~', '#') }), (code) => {
        const lines = timelineMarkdown(timeline([{ code }])).split('\n');
        const fences = lines.flatMap((line, index) => (/^ {2}`{3,}$/.test(line) ? [index] : []));
        const [first = -1] = fences;
        const fence = lines[first] ?? '';
        const last = lines.lastIndexOf(fence);
        const inside = lines.slice(first + 1, last);
        expect(inside.every((line) => line.trimStart().search(/[^`]/) < fence.trim().length)).toBe(true);
        expect(inside.map((line) => line.slice(2)).join('\n')).toBe(code);
      }),
    );
  });
});

describe('the name of a channel', () => {
  test.each([
    ['Checkout is down!', ['inc-*'], 'inc-20261122-checkout-is-down-k3q7mzra'],
    ['Überlast in Zürich', ['inc-*'], 'inc-20261122-uberlast-in-zurich-k3q7mzra'],
    ['数据库', ['inc-*'], 'inc-20261122-k3q7mzra'],
    ['x'.repeat(150), ['inc-*'], `inc-20261122-${'x'.repeat(30)}-k3q7mzra`],
    ['a', ['war-room', '*-incident'], '20261122-a-k3q7mzra-incident'],
    ['a', ['sev*-live'], 'sev20261122-a-k3q7mzra-live'],
    ['a', [], 'inc-20261122-a-k3q7mzra'],
  ])('of %j with %j', (title, patterns, name) => {
    expect(channelNameFor({ title, id: 'i-k3q7mzra', at: AT, patterns })).toBe(name);
  });

  test('fits a pattern and what chat platforms take, whatever the title', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 150 }), (title) => {
        const name = channelNameFor({ title, id: 'i-k3q7mzra', at: AT, patterns: ['inc-*'] });
        expect(name).toMatch(/^[a-z0-9-]{1,80}$/);
        expect(matchesAnyGlob(name, ['inc-*'])).toBe(true);
      }),
    );
  });
});
