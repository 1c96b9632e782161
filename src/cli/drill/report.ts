/** The report of a drill: for a terminal, with and without colour, and as Markdown to be handed over. */
import { printableLine } from '../printable.ts';
import type { Style, Terminal } from '../terminal.ts';
import type { Check, DrillReport, DrillVerdict, StepReport } from './model.ts';

interface Mark {
  readonly sign: string;
  readonly word: string;
  readonly style: Style;
}

const MARKS: Readonly<Record<DrillVerdict, Mark>> = {
  passed: { sign: '✓', word: 'ok', style: 'green' },
  noted: { sign: '!', word: 'note', style: 'yellow' },
  skipped: { sign: '-', word: 'not tried', style: 'dim' },
  unknown: { sign: '?', word: 'UNKNOWN', style: 'yellow' },
  failed: { sign: '✗', word: 'FAILED', style: 'red' },
};
const WORD_COLUMNS = 9;
const WHAT_COLUMNS = 8;
const TIME_COLUMNS = 9;

export function renderReport(terminal: Pick<Terminal, 'style'>, report: DrillReport): string {
  const { drill, resource, workload, server } = report;
  const head = `Drill ${drill}: ${resource} as ${workload}, through ${server}`;
  const steps = report.steps.map((step) => renderStep(terminal, step));
  return [
    terminal.style('bold', head),
    '',
    ...steps.flat(),
    '',
    terminal.style(report.outcome === 'passed' ? 'green' : 'red', conclusionOf(report)),
  ].join('\n');
}

function renderStep(terminal: Pick<Terminal, 'style'>, step: StepReport): string[] {
  const { sign, word, style } = MARKS[step.verdict];
  const mark = terminal.style(style, `${sign} ${word.padEnd(WORD_COLUMNS)}`);
  const sessions =
    step.sessions.length === 0 || step.name === 'recordings' ? '' : `  [${step.sessions.join(', ')}]`;
  return [
    `${mark}  ${terminal.style('bold', `${step.name}: ${step.title}`)}${sessions}`,
    terminal.style('dim', `                expected: ${step.expected}`),
    ...step.checks.map((check) => renderCheck(terminal, check)),
  ];
}

function renderCheck(terminal: Pick<Terminal, 'style'>, check: Check): string {
  const { sign, word, style } = MARKS[check.verdict];
  const time = (check.afterMs === null ? '' : `${check.afterMs} ms`).padStart(TIME_COLUMNS);
  const loud = check.verdict === 'failed' || check.verdict === 'unknown' ? `${word}: ` : '';
  const line = `    ${sign} ${check.what.padEnd(WHAT_COLUMNS)} ${time}  ${loud}${printableLine(check.text)}`;
  return check.verdict === 'passed' ? line : terminal.style(style, line);
}

/** One sentence that says whether it held, and what did not. */
export function conclusionOf({ outcome, steps, counts, tookMs }: DrillReport): string {
  const named = (verdict: DrillVerdict): string =>
    steps
      .filter((step) => step.verdict === verdict)
      .map(({ name }) => name)
      .join(', ');
  const parts = [
    `${counts.passed + counts.noted} of ${steps.length} steps held`,
    ...(counts.failed > 0 ? [`DID NOT HOLD: ${named('failed')}`] : []),
    ...(counts.unknown > 0 ? [`could not be judged: ${named('unknown')}`] : []),
    ...(counts.skipped > 0 ? [`not tried: ${named('skipped')}`] : []),
  ];
  const verdict = { passed: 'PASSED', failed: 'FAILED', interrupted: 'INTERRUPTED' }[outcome];
  return `${verdict} in ${(tookMs / 1_000).toFixed(1)} s: ${parts.join('; ')}.`;
}

export function markdownOf(report: DrillReport): string {
  const { drill, server, resource, workload, startedAt, limitsMs } = report;
  const lines = [
    `# Drill ${drill}`,
    '',
    `**${escaped(conclusionOf(report))}**`,
    '',
    `A stolen token of the workload \`${workload}\` was played against \`${resource}\` through ${server}, from ${startedAt} on.`,
    `Limits: stopped within ${limitsMs.stoppedMs} ms, recorded within ${limitsMs.recordedMs} ms, told within ${limitsMs.alertedMs} ms.`,
    ...report.steps.flatMap((step) => markdownOfStep(step, server)),
  ];
  return `${lines.join('\n')}\n`;
}

function markdownOfStep(step: StepReport, server: string): string[] {
  const { sign, word } = MARKS[step.verdict];
  const links = step.sessions.map((id) => `[${id}](${server}/sessions/${encodeURIComponent(id)})`);
  return [
    '',
    `## ${sign} ${word}: ${escaped(step.title)}`,
    '',
    `Expected: ${escaped(step.expected)}.`,
    '',
    '| | what | after | what happened |',
    '| --- | --- | ---: | --- |',
    ...step.checks.map(({ verdict, what, afterMs, text }) => {
      const mark = MARKS[verdict];
      return `| ${mark.sign} ${mark.word} | ${what} | ${afterMs === null ? '' : `${afterMs} ms`} | ${escaped(text)} |`;
    }),
    ...(links.length === 0 ? [] : ['', `Sessions: ${links.join(', ')}`]),
  ];
}

/** Names and messages of others do not become markup. */
function escaped(text: string): string {
  return printableLine(text).replaceAll(/[\\`*_[\]<>|#]/g, '\\$&');
}
