/** What the pages say about sessions and statements. Pure: from recorded facts to words and tones. */
import type { Tone } from '../../bot/card.ts';
import type { EndReason } from '../../core/session.ts';
import type { TimelineEntry } from '../../web/wire.ts';

export const END_WORDS: Readonly<Record<EndReason, string>> = {
  'client-closed': 'The client disconnected',
  'grant-expired': 'The grant expired',
  'grant-revoked': 'The grant was revoked',
  'grant-done': 'Its holder was done',
  terminated: 'Terminated by a person',
  idle: 'Nothing moved for a long time',
  'upstream-closed': 'The target closed the connection',
  'upstream-failed': 'The target failed',
  'protocol-error': 'The client broke the protocol',
  'recording-failed': 'Recording could not continue',
  'recording-full': 'Its terminal printed more than is recorded',
  'spool-full': 'Too many recordings waited for object storage',
  'stopped-by-rule': 'Stopped by a rule',
  'policy-changed': 'The policy changed',
  'state-unconfirmed': 'The grant could not be confirmed',
  shutdown: 'Sallyport shut down',
  'broker-lost': 'The broker was lost',
};

/** Where a statement ended up: the verdict first, then what the target made of it. */
export function outcomeOf(entry: TimelineEntry, sessionComplete: boolean): { tone: Tone; words: string } {
  if (entry.action === 'deny') return { tone: 'bad', words: 'Denied' };
  if (entry.action === 'review' && entry.hold?.state !== 'approved')
    return heldOutcome(entry, sessionComplete);
  const allowed = entry.action === 'review' ? 'Approved' : 'Allowed';
  if (entry.error) return { tone: 'warning', words: `${allowed}, failed` };
  if (entry.durationMs !== null) return { tone: 'good', words: allowed };
  if (sessionComplete) return { tone: 'neutral', words: `${allowed}, no answer recorded` };
  // What is prepared runs when it is executed, which is an entry of its own.
  if (entry.protocol === 'prepare') return { tone: 'neutral', words: allowed };
  return { tone: 'waiting', words: `${allowed}, running` };
}

/** Of a statement that needed approval and did not get it, or not yet. */
function heldOutcome(entry: TimelineEntry, sessionComplete: boolean): { tone: Tone; words: string } {
  switch (entry.hold?.state) {
    case 'denied':
      return { tone: 'bad', words: 'Held, then denied' };
    case 'expired':
      return { tone: 'bad', words: 'Held, nobody decided' };
    case 'withdrawn':
      return { tone: 'neutral', words: 'Held, then withdrawn' };
    default:
      return sessionComplete
        ? { tone: 'neutral', words: 'Held, never decided' }
        : { tone: 'waiting', words: 'Held for approval' };
  }
}

export type TimelineFilter = 'all' | 'denied' | 'held' | 'masked';

/** Unknown text shows everything: a filter must never hide by accident. */
export function parseFilter(text: string | null): TimelineFilter {
  return text === 'denied' || text === 'held' || text === 'masked' ? text : 'all';
}

export function matchesFilter(entry: TimelineEntry, filter: TimelineFilter): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'denied':
      return entry.action === 'deny' || entry.hold?.state === 'denied';
    case 'held':
      return entry.hold !== null;
    case 'masked':
      return entry.maskedCells > 0;
  }
}

/** The words of a search, each of which has to be somewhere in it. */
export function matchesSearch(entry: TimelineEntry, search: string): boolean {
  const { text, rule, reason, hold, relations, effects, tags, firstOutput, error } = entry;
  const about = [
    text,
    rule,
    reason,
    hold?.id,
    ...relations,
    ...effects,
    ...tags,
    error?.message,
    firstOutput,
  ];
  const cells = [...entry.parameters, ...entry.firstRows.flat()];
  const said = [...about, ...cells].join('\n').toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => said.includes(word));
}

/** Colours, as `readJson` writes them out. */
const COLOURS = /\\u\{1b\}\[[\d;:]*m/g;

/** Output as text to read: without its colours. Whatever else is no text stands written out, so that nothing hides. */
export function plainOutput(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll(COLOURS, '').trimEnd();
}

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `1 byte`, `3.4 MiB`. */
export function sizeText(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  if (power === 0) return count(bytes, 'byte');
  const value = bytes / 1_024 ** power;
  return `${value < 100 ? value.toFixed(1) : Math.round(value)} ${UNITS[power]}`;
}

/** `1 row`, `3,204 rows`. */
export function count(value: number, noun: string, nouns = `${noun}s`): string {
  return `${value.toLocaleString('en')} ${value === 1 ? noun : nouns}`;
}
