/** A report as a document: whatever was typed stays text, in HTML and in Markdown. */
import { describe, expect, it } from 'vitest';
import {
  absentFinding,
  checkedFinding,
  deletedFinding,
} from '../../../src/access/incidents/report/findings.ts';
import type { CheckedRecording } from '../../../src/access/incidents/report/ports.ts';
import type { IncidentReport } from '../../../src/access/incidents/report/report.ts';
import { writeReport } from '../../../src/access/incidents/report/write-report.ts';
import { gapsIn } from '../../../src/access/incidents/work-entries.ts';
import { ZERO_COUNTS } from '../../../src/core/session.ts';
import { HOSTILE_TEXTS } from '../../support/hostile-texts.ts';

const AT = new Date('2026-11-22T14:00:00.000Z');
const LATER = new Date('2026-11-22T15:30:00.000Z');

/** Everything that somebody can type is `typed`. */
function reportWith(typed: string): IncidentReport {
  const who = { id: 'p-alice', kind: 'person', name: typed, email: typed } as const;
  const command = {
    ...{
      sessionId: 's-abcd2345',
      statement: 3,
      at: AT,
      who,
      resource: typed,
      text: typed,
      operation: 'drop',
    },
    ...{ risk: 9, denied: true, held: true, masked: true, failed: false, rule: typed },
  };
  const request: IncidentReport['requests'][number] = {
    ...{
      id: 'r-abcd2345',
      kind: 'break-glass',
      state: 'approved',
      requester: who,
      beneficiary: who,
      consent: null,
    },
    ...{
      extends: null,
      againOf: null,
      resource: typed,
      resourceKind: 'postgres',
      role: typed,
      durationMs: 60_000,
    },
    ...{ reason: typed, ticket: typed, incident: typed, origin: null, policy: typed, policyVersion: 'v1' },
    ...{
      explanation: typed,
      automatic: false,
      seats: [],
      comments: [],
      stepUp: false,
      createdAt: AT,
      lapsesAt: LATER,
    },
    votes: [
      {
        person: who,
        onBehalfOf: who,
        verdict: 'approve',
        note: typed,
        durationMs: 1_000,
        steppedUp: true,
        platform: 'web',
        at: AT,
      },
    ],
    ...{
      remindedAt: null,
      escalation: null,
      escalatedAt: null,
      tightened: null,
      decidedAt: LATER,
      closed: null,
      grant: null,
    },
  };
  const session: IncidentReport['sessions'][number]['session'] = {
    ...{ id: 's-abcd2345', grantId: 'g-abcd2345', requestId: 'r-abcd2345', holder: who, approvers: [who] },
    ...{
      resource: typed,
      resourceKind: 'postgres',
      role: typed,
      reason: typed,
      incident: typed,
      origin: null,
    },
    ...{ clientAddress: typed, application: typed, startedAt: AT, lastSeenAt: AT, endedAt: LATER },
    ...{ terminated: null, watchers: [] },
    ...{ endReason: 'terminated', counts: ZERO_COUNTS, riskiest: [], recordingHead: null },
  };
  return {
    ...{
      name: typed,
      ids: [typed],
      title: typed,
      state: 'closed',
      openedBy: who,
      closedBy: who,
      from: AT,
      to: LATER,
    },
    made: { at: LATER, by: who, audience: 'person' },
    publicUrl: 'https://sallyport.example',
    figures: {
      ...{ requests: 1, sessions: 1, commands: 2, denied: 1, held: 1, rowsChanged: 4, filesChanged: 1 },
      ...{ maskedCells: 3, verified: 0, failedVerification: 1 },
    },
    people: [{ person: who, roles: ['opened it', 'held access'] }],
    requests: [request],
    sessions: [
      {
        session,
        recording: {
          ...{
            standing: 'failed',
            head: null,
            loggedHead: 'ab'.repeat(32),
            bytes: 2_048,
            frames: 3,
            sealedBy: 'recovered',
          },
          ...{ signingKeySha256: 'cd'.repeat(32), problems: [typed], deletedAt: AT, onHold: true },
        },
      },
    ],
    commands: [command],
    denials: [command],
    holds: [
      {
        ...{
          id: 'h-abcd2345',
          sessionId: 's-abcd2345',
          at: AT,
          who,
          resource: typed,
          text: typed,
          rule: typed,
        },
        ...{ textSha256: 'ef'.repeat(32), state: 'denied', by: [who], note: typed, waitedMs: 61_000 },
      },
    ],
    tables: [{ resource: typed, table: typed, operation: 'drop', statements: 1, rows: 4, who: [typed] }],
    files: [
      {
        ...{
          sessionId: 's-abcd2345',
          statement: 4,
          at: AT,
          who: typed,
          resource: typed,
          act: 'renamed',
          path: typed,
        },
        ...{ to: typed, bytes: 1_536, sha256: '12'.repeat(32), complete: false },
      },
    ],
    masked: [{ resource: typed, columns: [typed], tables: [typed], cells: 3, statements: 1 }],
    alerts: [
      {
        ...{ id: 'a-abcd2345', kind: 'denied-command', count: 2, firstAt: AT, lastAt: LATER },
        facts: { who: typed, resource: typed, rule: typed, session: 's-abcd2345' },
      },
    ],
    breakGlass: [{ request, review: null }],
    verification: {
      signingKeySha256: 'cd'.repeat(32),
      log: {
        ...{ types: [{ type: 'request.created', count: 1 }], events: 1, waiting: 0, whyNot: null },
        checked: {
          ...{ from: 1, to: 9, ok: false, headSequence: 9, headSha256: '34'.repeat(32), signedThrough: 9 },
          problems: [typed],
        },
      },
    },
    timeline: [
      {
        ...{
          at: AT,
          kind: 'statement',
          subject: 's-abcd2345',
          who,
          text: typed,
          code: typed,
          resource: typed,
        },
        ...{ moment: { sessionId: 's-abcd2345', statement: 3, atMs: 10 }, marks: ['denied'] },
      },
    ],
    leftOut: [typed],
  };
}

const PLAIN = 'payouts hang';
/** What would reorder or hide what is beside it. */
const HIDDEN = /[\p{Cc}--[\n\t]]|[\p{Bidi_Control}\u200b]/v;
const tagsOf = (html: string): string[] => [...html.matchAll(/<\/?[a-z][^>]*>/gi)].map(([tag]) => tag);
/** What a reader of Markdown would take for more than text, outside of code. */
const proseOf = (markdown: string): string => markdown.replaceAll(/^( *)(`{3,})\n[\s\S]*?^\1\2$/gm, '');

describe('an HTML report', () => {
  const plain = writeReport(reportWith(PLAIN), 'html').text;

  it.each(Object.entries(HOSTILE_TEXTS))('has the same elements with %s', (_name, typed) => {
    const { text: html } = writeReport(reportWith(typed), 'html');
    const withoutLinks = (tags: string[]): string[] =>
      tags.map((tag) => tag.replace(/href="https:\/\/sallyport\.example\/incidents\/[^"]*"/, 'href'));
    expect(withoutLinks(tagsOf(html))).toEqual(withoutLinks(tagsOf(plain)));
    expect(html).not.toMatch(HIDDEN);
  });

  it('needs nothing but itself, and says so to the browser', () => {
    expect(plain).toMatch(
      /<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; style-src &#39;sha256-/,
    );
    expect(plain).not.toMatch(/<(?:script|img|link|iframe|object|embed|form|base)\b|\ssrc=|@import|url\(/i);
  });

  it('has a heading for each section, which the list at the top leads to', () => {
    const ids = [...plain.matchAll(/<section id="([a-z-]+)"/g)].map(([, id]) => id);
    expect(ids).toEqual([
      ...[
        'summary',
        'left-out',
        'people',
        'approvals',
        'sessions',
        'commands',
        'denials',
        'holds',
        'changes',
      ],
      ...['masked', 'alerts', 'break-glass', 'verification', 'timeline'],
    ]);
    for (const id of ids) expect(plain).toContain(`<a href="#${id}">`);
  });

  it('leads to the moment in the session', () => {
    expect(plain).toContain('<a href="https://sallyport.example/sessions/s-abcd2345#s-3">');
  });
});

describe('a Markdown report', () => {
  it.each(Object.entries(HOSTILE_TEXTS))('has no markup that was typed: %s', (_name, typed) => {
    const { text: markdown } = writeReport(reportWith(typed), 'markdown');
    const prose = proseOf(markdown);
    const links = [...prose.matchAll(/(?<!\\)\]\(([^)]*)\)/g)].map(([, href = '']) => href);
    expect(links.every((href) => href.startsWith('https://sallyport.example/'))).toBe(true);
    expect(prose).not.toMatch(/(?<!\\)[<>]|(?<!\\)!\[|(?<!\\)@/);
    const headings = prose.split('\n').filter((line) => /^#{1,6} /.test(line));
    const expected = writeReport(reportWith(PLAIN), 'markdown')
      .text.split('\n')
      .filter((line) => /^#{1,6} /.test(line));
    expect(headings.length).toBe(expected.length);
    expect(markdown).not.toMatch(HIDDEN);
  });

  it('keeps the cells of a table in their row', () => {
    const { text } = writeReport(reportWith('a | b `c` \\| d\ne'), 'markdown');
    const rows = text.split('\n').filter((line) => line.startsWith('|'));
    const bars = (line: string): number => [...line.matchAll(/(?<!\\)\|/g)].length;
    const widths = rows.map(bars);
    for (const [index, row] of rows.entries()) {
      if (/^\| -/.test(row))
        expect([widths[index - 1], widths[index + 1]]).toEqual([widths[index], widths[index]]);
    }
  });
});

it('a JSON report is what it is made of', () => {
  const { text, name } = writeReport(reportWith('inc 7/../x'), 'json');
  expect(name).toBe('report-inc-7-..-x.json');
  expect(JSON.parse(text)).toMatchObject({
    version: 1,
    figures: { rowsChanged: 4 },
    leftOut: ['inc 7/../x'],
  });
});

it.each([
  [[], 0, []],
  [[], 3, [{ first: 1, count: 3 }]],
  [[1, 2, 3], 3, []],
  [
    [5, 2],
    7,
    [
      { first: 1, count: 1 },
      { first: 3, count: 2 },
      { first: 6, count: 2 },
    ],
  ],
])('what is between %j of %d is folded', (ordinals, total, gaps) => {
  expect(gapsIn(ordinals, total)).toEqual(gaps);
});

describe('what is said of a recording', () => {
  const HEAD = 'ab'.repeat(32);
  const known = { isLive: false, mayBeRecorded: true, loggedHead: HEAD, deleted: null, onHold: false };
  const whole: CheckedRecording = {
    ...{ ok: true, headHex: HEAD, frames: 3, provenBytes: 99, problems: [], signingKeySha256: HEAD },
    sealedBy: 'close',
  };
  const problem = (code: string) => ({ code, message: 'it is', offset: 7 });
  const cut = { ...whole, ok: false, headHex: null, problems: [problem('unsealed')] };
  const changed = { ...cut, problems: [problem('chain_broken')] };
  const of = (more: object, verification: CheckedRecording) =>
    checkedFinding({ ...known, ...more }, { bytes: 99, verification });

  it.each([
    ['one as the log names it', of({}, whole), 'verified', []],
    [
      'another than the log names',
      of({ loggedHead: 'cd'.repeat(32) }, whole),
      'failed',
      [expect.stringContaining('not the recording')],
    ],
    ['one that the log does not name yet', of({ loggedHead: null }, whole), 'verified', []],
    ['a live one', of({ isLive: true, loggedHead: null }, cut), 'live', []],
    ['one that was never sealed', of({ loggedHead: null }, cut), 'unsealed', []],
    ['one whose seal was cut off', of({}, cut), 'failed', ['byte 7: unsealed: it is']],
    [
      'a live one that was changed',
      of({ isLive: true, loggedHead: null }, changed),
      'failed',
      ['byte 7: chain_broken: it is'],
    ],
    [
      'a deleted one',
      deletedFinding({ ...known, deleted: { at: AT, because: 'kept for 1d' } }),
      'deleted',
      ['kept for 1d'],
    ],
    ['one that is gone', absentFinding(known), 'missing', [expect.stringContaining('nothing says')]],
    [
      'one of a session without commands',
      absentFinding({ ...known, mayBeRecorded: false, loggedHead: null }),
      'none',
      [],
    ],
    [
      'a live one elsewhere',
      absentFinding({ ...known, isLive: true, loggedHead: null }),
      'unread',
      ['it is written on another machine'],
    ],
  ])('%s', (_name, finding, standing, problems) => {
    expect([finding.standing, finding.problems]).toEqual([standing, problems]);
  });
});
