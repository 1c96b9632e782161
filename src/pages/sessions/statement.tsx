/** One statement: the verdict in words, why, what it touched, what came back. */
import { Component, type JSX } from 'preact';
import type { TimelineEntry, TimelineHold } from '../../web/wire.ts';
import { Badge, HOLD_WORDS } from '../parts/badge.tsx';
import { durationText, offsetText } from '../parts/relative-time.ts';
import { ClockTime } from '../parts/time-text.tsx';
import { holdPath } from '../routing/routes.ts';
import { CommandOutput } from './command-output.tsx';
import { ResultTable } from './result-table.tsx';
import { count, outcomeOf } from './session-words.ts';
import { SqlText } from './sql-text.tsx';

interface StatementProps {
  readonly entry: TimelineEntry;
  /** The recording has its proper end. */
  readonly complete: boolean;
  /** The page's address points at it. */
  readonly linked: boolean;
  /** A command of a host, not SQL. */
  readonly isCommand: boolean;
}

/** Drawn anew only when something about it has changed: a live list has many, and changes all the time. */
export class StillStatement extends Component<StatementProps> {
  override shouldComponentUpdate(next: StatementProps): boolean {
    const { entry, complete, linked, isCommand } = this.props;
    return (
      next.entry !== entry ||
      next.complete !== complete ||
      next.linked !== linked ||
      next.isCommand !== isCommand
    );
  }

  override render(): JSX.Element {
    return <Statement {...this.props} />;
  }
}

function Statement({ entry, complete, linked, isCommand }: StatementProps): JSX.Element {
  const outcome = outcomeOf(entry, complete);
  const noun = isCommand ? 'command' : 'statement';
  return (
    <li
      id={`s-${entry.statement}`}
      class={`statement tone-${outcome.tone} ${linked ? 'statement-linked' : ''} ${isHeld(entry, complete) ? 'statement-held' : ''}`}
    >
      <div class="statement-header">
        <a
          class="statement-number"
          href={`#s-${entry.statement}`}
          aria-label={`Link to ${noun} ${entry.statement}`}
        >
          #{entry.statement}
        </a>
        <Badge tone={outcome.tone} live={outcome.tone === 'waiting'}>
          {outcome.words}
        </Badge>
        <span class="statement-facts muted small">{factsOf(entry, isCommand).join(' · ')}</span>
        <span class="statement-time muted small">
          <ClockTime at={entry.at} seconds />{' '}
          <span title="Since the session began">{offsetText(entry.atMs)}</span>
        </span>
      </div>
      <SqlText text={entry.text} plain={isCommand} />
      {entry.parameters.length > 0 && <Parameters values={entry.parameters} />}
      <Why entry={entry} />
      {entry.hold && <Held hold={entry.hold} />}
      {entry.error && (
        <p class="statement-error">
          {!isCommand && <span class="code">{entry.error.sqlState} </span>}
          {entry.error.message}
        </p>
      )}
      {entry.columns.length > 0 && (
        <ResultTable
          of={`${noun} ${entry.statement}`}
          columns={entry.columns}
          rows={entry.firstRows}
          total={entry.rows}
        />
      )}
      {entry.firstOutput !== '' && <CommandOutput text={entry.firstOutput} />}
    </li>
  );
}

/** It waits for somebody now. */
function isHeld({ action, hold }: TimelineEntry, complete: boolean): boolean {
  return !complete && action === 'review' && (hold === null || hold.state === 'held');
}

function factsOf(entry: TimelineEntry, isCommand: boolean): string[] {
  const facts: string[] = [];
  if (!isCommand && entry.protocol !== 'simple')
    facts.push(entry.protocol === 'prepare' ? 'prepared' : 'executed');
  if (entry.durationMs !== null) facts.push(durationText(entry.durationMs));
  if (entry.rows > 0) facts.push(count(entry.rows, 'row'));
  else facts.push(...entry.tags);
  if (entry.maskedCells > 0) facts.push(count(entry.maskedCells, isCommand ? 'masked value' : 'masked cell'));
  return facts;
}

function Why({ entry }: { entry: TimelineEntry }): JSX.Element {
  return (
    <div class="statement-why">
      <p>
        <span class="muted">{verdictWords(entry)} </span>
        {entry.rule && (
          <>
            <span class="person">{entry.rule === 'role' ? 'the role' : `rule ${entry.rule}`}</span>
            <span class="muted"> — </span>
          </>
        )}
        {entry.reason}
      </p>
      <p class="statement-touched">
        {entry.effects.map((effect) => (
          <span key={effect} class={effect === entry.operation ? 'chip chip-strong' : 'chip'}>
            {effect}
          </span>
        ))}
        {entry.relations.map((relation) => (
          <span key={relation} class="chip code">
            {relation}
          </span>
        ))}
      </p>
    </div>
  );
}

function verdictWords({ action, rule }: TimelineEntry): string {
  if (action === 'deny') return 'Denied by';
  if (action === 'review') return 'Held by';
  return rule ? 'Allowed by' : 'Allowed:';
}

function Held({ hold }: { hold: TimelineHold }): JSX.Element {
  const people = hold.by.map(({ name }) => name).join(' and ');
  const scope = hold.scope === 'session' ? ' for this session' : '';
  return (
    <p class="statement-hold">
      <a class="code" href={holdPath(hold.id)}>
        {hold.id}
      </a>{' '}
      {HOLD_WORDS[hold.state].words}
      {scope}
      {people && (
        <>
          {' '}
          by <span class="person">{people}</span>
        </>
      )}
      {hold.waitedMs !== null && <span class="muted"> after {durationText(hold.waitedMs)}</span>}
      {hold.note && <span class="muted">: {hold.note}</span>}
    </p>
  );
}

function Parameters({ values }: { values: TimelineEntry['parameters'] }): JSX.Element {
  return (
    <dl class="parameters">
      {values.map((value, index) => (
        <div key={index}>
          <dt class="code">${index + 1}</dt>
          <dd class="code">{value ?? <span class="null">NULL</span>}</dd>
        </div>
      ))}
    </dl>
  );
}
