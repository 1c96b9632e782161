/** One thing that happened in an incident, with a link to the moment in its session. */
import type { JSX } from 'preact';
import type { Tone } from '../../bot/card.ts';
import type { WorkMark } from '../../core/incident.ts';
import { visibleText } from '../../core/visible-text.ts';
import type { WireIncidentTimeline } from '../../web/wire.ts';
import { Badge } from '../parts/badge.tsx';
import { ClockTime } from '../parts/time-text.tsx';
import { pathOfEntry } from './incident-words.ts';

type Entry = WireIncidentTimeline['entries'][number];

const MARKS: Readonly<Record<WorkMark, { readonly tone: Tone; readonly words: string }>> = {
  denied: { tone: 'bad', words: 'Denied' },
  held: { tone: 'waiting', words: 'Held' },
  changed: { tone: 'warning', words: 'Changed' },
  masked: { tone: 'neutral', words: 'Masked' },
  failed: { tone: 'bad', words: 'Failed' },
};

/** What asks for attention wherever it stands. */
const KINDS: Readonly<Partial<Record<Entry['kind'], { readonly tone: Tone; readonly words: string }>>> = {
  alert: { tone: 'bad', words: 'Alert' },
  'break-glass': { tone: 'warning', words: 'Break glass' },
  termination: { tone: 'bad', words: 'Ended' },
  freeze: { tone: 'waiting', words: 'Freeze' },
};

export function Happening({ entry }: { entry: Entry }): JSX.Element {
  const { at, kind, who, text, code, subject, marks } = entry;
  const path = pathOfEntry(entry);
  const badges = [...(KINDS[kind] === undefined ? [] : [KINDS[kind]]), ...marks.map((mark) => MARKS[mark])];
  const isFold = kind === 'fold';
  return (
    <li class={`happening${isFold ? ' happening-fold' : ''}`}>
      <span class="happening-time muted">
        <ClockTime at={at} seconds />
      </span>
      <div>
        <p>
          {badges.map(({ tone, words }) => (
            <Badge key={words} tone={tone}>
              {words}
            </Badge>
          ))}
          {badges.length > 0 && ' '}
          {who !== null && !isFold && <span class="person">{who.name}</span>} {visibleText(text)}{' '}
          {path === null ? (
            <span class="code muted small">{subject}</span>
          ) : (
            <a class="code small" href={path} aria-label={linkText(entry)}>
              {linkLabel(entry)}
            </a>
          )}
        </p>
        {code !== null && <pre class="happening-code">{visibleText(code)}</pre>}
      </div>
    </li>
  );
}

function linkLabel({ subject, moment, kind }: Entry): string {
  if (moment === null || moment.statement === null || kind === 'hold') return subject;
  return `${subject} #${moment.statement}`;
}

function linkText({ subject, moment, kind }: Entry): string {
  if (moment === null || kind === 'hold') return subject;
  return moment.statement === null
    ? `Session ${subject} at this moment`
    : `Statement ${moment.statement} of ${subject}`;
}
