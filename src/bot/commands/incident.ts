/** `incident` and `timeline`: channels whose requests carry a name, and what was done under it. */
import { INCIDENT_TITLE_CHARACTERS_MAX } from '../../core/incident.ts';
import { texts } from '../texts/texts.ts';
import { readClauses, unexpected, usageError } from './clauses.ts';
import type { CommandInput, CommandSpec } from './command-spec.ts';
import { nearest } from './did-you-mean.ts';
import { ID_CHARACTERS_MAX } from './identifiers.ts';

const INCIDENT_USAGE = 'incident open TITLE | link [TITLE] | close [ID] | report [INCIDENT]';
const TIMELINE_USAGE = 'timeline [INCIDENT]';
const NAME_CHARACTERS_MAX = 100;

export const INCIDENT_COMMAND: CommandSpec = {
  name: 'incident',
  usage: INCIDENT_USAGE,
  examples: ['incident open checkout is down', 'incident link', 'incident close', 'incident report'],
  parse: (input) => {
    const [what] = input.words;
    if (what === undefined) return { name: 'incident', what: 'show' };
    const title = titleAfter(input);
    switch (what.text.toLowerCase()) {
      case 'open':
        if (title === '') throw usageError(texts().usage.missingTitle, INCIDENT_USAGE);
        return { name: 'incident', what: 'open', title };
      case 'link':
        return { name: 'incident', what: 'link', title };
      case 'close':
        if (title.length > ID_CHARACTERS_MAX || /\s/.test(title)) {
          throw usageError(texts().usage.noId(title.slice(0, 60)), INCIDENT_USAGE);
        }
        return { name: 'incident', what: 'close', id: title === '' ? null : title };
      case 'report':
        return { name: 'incident', what: 'report', incident: incidentNamed(title, INCIDENT_USAGE) };
      default: {
        const meant = nearest(what.text.toLowerCase(), ['open', 'link', 'close', 'report']);
        throw unexpected(what.text.slice(0, 60), { meant, usage: INCIDENT_USAGE });
      }
    }
  },
};

export const TIMELINE_COMMAND: CommandSpec = {
  name: 'timeline',
  usage: TIMELINE_USAGE,
  examples: ['timeline', 'timeline inc-42'],
  parse: (input) => {
    const { positionals } = readClauses(
      { ...input, usage: TIMELINE_USAGE },
      { positionalsMax: 1, clauses: [] },
    );
    return { name: 'timeline', incident: incidentNamed(positionals[0] ?? '', TIMELINE_USAGE) };
  },
};

/** Null for the one of the channel. */
function incidentNamed(text: string, usage: string): string | null {
  const incident = text.replace(/^#/, '');
  if (incident.length > NAME_CHARACTERS_MAX) {
    throw usageError(texts().usage.nameTooLong(NAME_CHARACTERS_MAX), usage);
  }
  return incident === '' ? null : incident;
}

/** Everything after the first word, quoted or not. */
function titleAfter({ line, words }: CommandInput): string {
  const [, first, ...rest] = words;
  if (first === undefined) return '';
  const end = rest.at(-1)?.end ?? first.end;
  const title = (first.quoted && rest.length === 0 ? first.text : line.slice(first.start, end)).trim();
  if (title.length > INCIDENT_TITLE_CHARACTERS_MAX) {
    throw usageError(texts().usage.titleTooLong(INCIDENT_TITLE_CHARACTERS_MAX), INCIDENT_USAGE);
  }
  return title;
}
