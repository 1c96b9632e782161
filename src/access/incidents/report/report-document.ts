/** What a report says, section by section. */
import { formatDuration } from '../../../core/duration.ts';
import type { PartyView } from '../../views.ts';
import type { Inline, ReportDocument, Section, Tone } from './blocks.ts';
import type { IncidentReport, ReportedCommand } from './report.ts';
import { verificationSection } from './section-verification.ts';
import { approvalsSection, breakGlassSection, peopleSection } from './sections-people.ts';
import { moment, nameOf, none, sessionLink, size } from './words.ts';

export function reportDocument(report: IncidentReport): ReportDocument {
  const { title, name } = report;
  return {
    title: title ?? `Incident #${name}`,
    subtitle: `Incident report · #${name} · ${report.state === 'open' ? 'open' : 'closed'}`,
    facts: headerFacts(report),
    sections: [
      figuresSection(report),
      leftOutSection(report),
      peopleSection(report),
      approvalsSection(report),
      sessionsSection(report),
      commandsSection(report),
      denialsSection(report),
      holdsSection(report),
      changesSection(report),
      maskedSection(report),
      alertsSection(report),
      breakGlassSection(report),
      verificationSection(report),
      timelineSection(report),
    ].filter((section) => section !== null),
  };
}

function headerFacts(report: IncidentReport): ReportDocument['facts'] {
  const { name, ids, openedBy, closedBy, from, to, state, made, publicUrl } = report;
  const lasted = from === null ? null : Math.max(0, to.getTime() - from.getTime());
  const url = `${publicUrl}/incidents/${encodeURIComponent(name.toWellFormed())}`;
  const id: readonly Inline[] = ids[0] === undefined ? [] : [' ', { text: ids[0], code: true }];
  const closing = closedBy === null ? '' : ` by ${closedBy.name}`;
  const open: readonly Inline[] = [{ text: 'open', tone: 'warning' }, ` as of ${moment(to)}`];
  const audience =
    made.audience === 'channel' ? 'everybody in the incident’s channel' : `what ${made.by.name} may see`;
  const facts: (readonly [label: string, value: readonly Inline[]])[] = [
    ['Incident', [{ text: `#${name}`, href: url }, ...id]],
    ['Opened by', [openedBy === null ? 'nobody: it is one by the name of its channel' : nameOf(openedBy)]],
    ['Began', [from === null ? 'nothing has happened yet' : moment(from)]],
    state === 'open' ? ['State', open] : ['Closed', [`${moment(to)}${closing}`]],
    ['Lasted', [lasted === null ? '' : formatDuration(lasted)]],
    ['Report made', [`${moment(made.at)} by ${nameOf(made.by)}`]],
    ['Made for', [audience]],
  ];
  return facts;
}

function figuresSection({ figures, verification }: IncidentReport): Section {
  const bad = (value: number): { readonly tone?: Tone } => (value > 0 ? { tone: 'bad' } : {});
  const { log } = verification;
  const isLogBad = log.checked !== null && !log.checked.ok;
  const failed = figures.failedVerification + (isLogBad ? 1 : 0);
  return {
    id: 'summary',
    title: 'Summary',
    blocks: [
      {
        kind: 'figures',
        figures: [
          { label: 'requests', value: figures.requests },
          { label: 'sessions', value: figures.sessions },
          { label: 'commands', value: figures.commands },
          { label: 'denied', value: figures.denied, ...bad(figures.denied) },
          { label: 'held for approval', value: figures.held },
          { label: 'rows changed', value: figures.rowsChanged },
          { label: 'files changed', value: figures.filesChanged },
          { label: 'masked values', value: figures.maskedCells },
          { label: 'recordings verified', value: figures.verified },
          { label: 'failed verification', value: failed, ...bad(failed) },
        ],
      },
      {
        kind: 'text',
        parts: [
          failed > 0
            ? 'Something is not as it was written: see “Verification” before anything else in here is relied on.'
            : 'All texts are in the masked view. Times are in UTC.',
        ],
        ...(failed > 0 ? { tone: 'bad' as const } : {}),
      },
    ],
  };
}

function leftOutSection({ leftOut }: IncidentReport): Section | null {
  if (leftOut.length === 0) return null;
  return {
    id: 'left-out',
    title: 'What this report does not hold',
    blocks: [{ kind: 'list', items: leftOut.map((sentence) => [sentence]) }],
  };
}

function sessionsSection(report: IncidentReport): Section {
  const { sessions } = report;
  return {
    id: 'sessions',
    title: `Sessions (${sessions.length})`,
    blocks: [
      sessions.length === 0
        ? none('Nobody connected under this incident.')
        : {
            kind: 'table',
            caption: 'Sessions',
            columns: [
              { label: 'Session' },
              { label: 'Who' },
              { label: 'Where' },
              { label: 'When' },
              { label: 'Commands', numeric: true },
              { label: 'Denied', numeric: true },
              { label: 'Held', numeric: true },
              { label: 'Masked', numeric: true },
              { label: 'Ended' },
            ],
            rows: sessions.map(({ session }) => [
              [sessionLink(report, session.id)],
              [session.holder.name],
              [`${session.resource} as ${session.role} (${session.resourceKind})`],
              [moment(session.startedAt)],
              [String(session.counts.commands)],
              [String(session.counts.denied)],
              [String(session.counts.held)],
              [String(session.counts.maskedCells)],
              [
                session.endedAt === null
                  ? { text: 'live', tone: 'warning' }
                  : `after ${formatDuration(session.endedAt.getTime() - session.startedAt.getTime())}: ${session.endReason ?? 'no reason was recorded'}`,
              ],
            ]),
          },
    ],
  };
}

function commandsSection(report: IncidentReport): Section {
  const { commands } = report;
  return {
    id: 'commands',
    title: 'Commands by risk',
    blocks: [
      commands.length === 0
        ? none('Nothing beyond everyday reading was run.')
        : { kind: 'statements', items: commands.map((command) => commandItem(report, command)) },
    ],
  };
}

function denialsSection(report: IncidentReport): Section | null {
  const { denials } = report;
  if (denials.length === 0) return null;
  return {
    id: 'denials',
    title: 'Denied',
    blocks: [{ kind: 'statements', items: denials.map((command) => commandItem(report, command)) }],
  };
}

function commandItem(report: IncidentReport, command: ReportedCommand) {
  const { at, who, resource, operation, text, sessionId, statement, rule } = command;
  const parts: Inline[] = [
    `${moment(at)} `,
    { text: operation, code: true },
    ` on ${resource} by ${who.name}: `,
    outcomeOf(command),
    rule === null ? ' ' : ` (rule ${rule}) `,
    sessionLink(report, sessionId, statement),
  ];
  return { parts, code: text };
}

function outcomeOf({ denied, held, failed, masked }: ReportedCommand): Inline {
  if (denied) return { text: held ? 'held, not let through' : 'denied', tone: 'bad' };
  const words = [
    held ? 'held, approved' : 'allowed',
    ...(failed ? ['failed'] : []),
    ...(masked ? ['masked'] : []),
  ];
  return {
    text: words.join(', '),
    ...(failed ? { tone: 'bad' as const } : held ? { tone: 'warning' as const } : {}),
  };
}

const HOLD_TONES: Readonly<Record<string, Tone>> = { approved: 'good', denied: 'bad', expired: 'warning' };

function holdsSection(report: IncidentReport): Section | null {
  const { holds } = report;
  if (holds.length === 0) return null;
  const items = holds.map(
    ({ id, at, who, resource, text, textSha256, rule, state, by, note, waitedMs, sessionId }) => {
      const deciders = by.map((person: PartyView) => person.name).join(', ');
      const tone = HOLD_TONES[state];
      const parts: Inline[] = [
        `${moment(at)} `,
        { text: id, code: true },
        ` ${who.name} on ${resource}, rule ${rule}: `,
        { text: state, ...(tone === undefined ? {} : { tone }) },
        deciders === '' ? '' : ` by ${deciders}`,
        waitedMs === null ? '' : ` after ${formatDuration(waitedMs)}`,
        note === null ? '' : `, with the words: ${note}`,
        '; SHA-256 of the exact text ',
        { text: textSha256, code: true },
        ' ',
        sessionLink(report, sessionId),
      ];
      return { parts, code: text };
    },
  );
  return { id: 'holds', title: 'Held for approval', blocks: [{ kind: 'statements', items }] };
}

function changesSection(report: IncidentReport): Section {
  const { tables, files, figures } = report;
  const tableBlock =
    tables.length === 0
      ? none('No table was changed, as far as the recordings tell.')
      : ({
          kind: 'table',
          caption: 'Tables that were changed',
          columns: [
            { label: 'Resource' },
            { label: 'Table' },
            { label: 'What' },
            { label: 'Rows', numeric: true },
            { label: 'Statements', numeric: true },
            { label: 'By' },
          ],
          rows: tables.map(({ resource, table, operation, rows, statements, who }) => [
            [resource],
            [table === '' ? 'not named' : { text: table, code: true as const }],
            [operation],
            [rows === null ? 'not told' : String(rows)],
            [String(statements)],
            [who.join(', ')],
          ]),
        } as const);
  const fileBlock =
    files.length === 0
      ? none(
          figures.filesChanged === 0
            ? 'No file was written, removed or transferred, as far as the recordings tell.'
            : `Files changed: ${figures.filesChanged}. They are not named here.`,
        )
      : ({
          kind: 'table',
          caption: 'Files',
          columns: [
            { label: 'When' },
            { label: 'Resource' },
            { label: 'What' },
            { label: 'File' },
            { label: 'Size', numeric: true },
            { label: 'SHA-256' },
            { label: 'By' },
            { label: 'Session' },
          ],
          rows: files.map(
            ({ at, resource, act, path, to, bytes, sha256, complete, who, sessionId, statement }) => [
              [moment(at)],
              [resource],
              [complete ? act : { text: `${act}, cut`, tone: 'warning' as const }],
              [{ text: to === null ? path : `${path} → ${to}`, code: true as const }],
              [bytes === null ? '' : size(bytes)],
              [sha256 === null ? '' : { text: sha256, code: true as const }],
              [who],
              [sessionLink(report, sessionId, statement)],
            ],
          ),
        } as const);
  return { id: 'changes', title: 'What was changed', blocks: [tableBlock, fileBlock] };
}

function maskedSection({ masked }: IncidentReport): Section | null {
  if (masked.length === 0) return null;
  return {
    id: 'masked',
    title: 'Masked fields',
    blocks: [
      {
        kind: 'table',
        caption: 'Masked fields',
        columns: [
          { label: 'Resource' },
          { label: 'Columns' },
          { label: 'Read from' },
          { label: 'Cells', numeric: true },
          { label: 'Statements', numeric: true },
        ],
        rows: masked.map(({ resource, columns, tables, cells, statements }) => [
          [resource],
          [columns.length === 0 ? 'output, errors or notices' : { text: columns.join(', '), code: true }],
          [tables.join(', ')],
          [String(cells)],
          [String(statements)],
        ]),
      },
    ],
  };
}

function alertsSection(report: IncidentReport): Section | null {
  const { alerts } = report;
  if (alerts.length === 0) return null;
  const items = alerts.map(({ kind, facts, count, firstAt, lastAt }): Inline[] => {
    const { who = '', resource = '', rule = '', session } = facts;
    const where = resource === '' ? '' : ` on ${resource}`;
    const often = count > 1 ? `, ${count} times until ${moment(lastAt)}` : '';
    const by = rule === '' ? '' : `, rule ${rule}`;
    return [
      `${moment(firstAt)} `,
      { text: kind, code: true },
      ` ${who}${where}${by}${often} `,
      ...(session === undefined ? [] : [sessionLink(report, session)]),
    ];
  });
  return { id: 'alerts', title: 'Alerts', blocks: [{ kind: 'list', items }] };
}

function timelineSection(report: IncidentReport): Section {
  const { timeline } = report;
  return {
    id: 'timeline',
    title: 'Timeline',
    blocks: [
      timeline.length === 0
        ? none('Nothing was asked for yet.')
        : {
            kind: 'statements',
            items: timeline.map(({ at, who, text, code, subject, moment: place }) => ({
              day: at.toISOString().slice(0, 10),
              parts: [
                `${at.toISOString().slice(11, 19)} `,
                place === null
                  ? { text: subject, code: true as const }
                  : sessionLink(report, place.sessionId, place.statement),
                who === null ? ' ' : ` ${who.name} `,
                text,
              ],
              code,
            })),
          },
    ],
  };
}
