/**
 * What the composer proposes while a `/access` command is typed. Pure. The server parses commands;
 * this only knows enough of their shape to teach it.
 */

/** What the person may ask for: GET /api/v1/resources. */
export interface Requestable {
  readonly resource: string;
  readonly kind: string;
  readonly roles: readonly {
    readonly role: string;
    readonly automatic: boolean;
    readonly durationMaxMs: number;
  }[];
}

export interface Suggestion {
  /** The composer's whole text once it is accepted. */
  readonly text: string;
  readonly label: string;
  readonly hint: string;
}

interface Template {
  readonly words: string;
  /** What follows the words, as a pattern to read. */
  readonly rest: string;
  readonly hint: string;
}

const TEMPLATES: readonly Template[] = [
  {
    words: 'request',
    rest: 'RESOURCE as ROLE for 1h because …',
    hint: 'Ask for access; without details it opens a form',
  },
  { words: 'mine', rest: '', hint: 'Your requests and grants' },
  { words: 'pending', rest: '', hint: 'What waits for your vote' },
  { words: 'show', rest: 'ID', hint: 'One request with its votes' },
  { words: 'approve', rest: 'ID', hint: 'Shows the card to vote on' },
  { words: 'deny', rest: 'ID because …', hint: 'Refuse a request, with the reason' },
  { words: 'comment', rest: 'ID …', hint: 'Say something under a request' },
  { words: 'cancel', rest: 'ID', hint: 'Withdraw your own request' },
  { words: 'again', rest: 'ID', hint: 'Ask once more for the same' },
  { words: 'extend', rest: 'by 30m because …', hint: 'More time, without disconnecting' },
  { words: 'done', rest: 'ID', hint: 'End your access early' },
  { words: 'revoke', rest: 'ID', hint: 'End someone’s access now' },
  { words: 'breakglass', rest: 'RESOURCE because …', hint: 'Access now, reviewed afterwards' },
  { words: 'consent', rest: 'ID', hint: 'What somebody asked for in your name' },
  { words: 'delegate', rest: '@user until DATE', hint: 'Somebody decides in your place' },
  { words: 'oncall', rest: 'RESOURCE', hint: 'Who is on call' },
  { words: 'sessions', rest: 'SEARCH', hint: 'Find recorded sessions' },
  { words: 'replay', rest: 'SESSION', hint: 'Open a session’s recording' },
  { words: 'help', rest: '', hint: 'Every command, explained' },
];

const COMMAND = '/access';
const DURATIONS = ['30m', '1h', '2h', '4h', '8h'];
const SUGGESTIONS_MAX = 12;

/** Nothing for text that is not a command, nor once its free text ("because …") has begun. */
export function suggest(text: string, requestable: readonly Requestable[]): Suggestion[] {
  if (!text.startsWith('/') || text.includes('\n')) return [];
  const words = text.split(/ +/);
  if (words.length === 1) return COMMAND.startsWith(text) ? templates('') : [];
  if (words[0] !== COMMAND) return [];
  if (words.length === 2) return templates(words[1] ?? '');
  const name = words[1] ?? '';
  if (words.length === 3 && TAKES_RESOURCE.has(name)) return resources(text, words[2] ?? '', requestable);
  if (name !== 'request') return [];
  return suggestRequest(text, words.slice(2), requestable).slice(0, SUGGESTIONS_MAX);
}

/** Commands whose first word is a resource and nothing else. */
const TAKES_RESOURCE: ReadonlySet<string> = new Set(['oncall']);

function resources(text: string, typed: string, requestable: readonly Requestable[]): Suggestion[] {
  const start = text.slice(0, text.length - typed.length);
  return requestable
    .filter(({ resource }) => resource.startsWith(typed) && resource !== typed)
    .slice(0, SUGGESTIONS_MAX)
    .map(({ resource, kind }) => ({ text: `${start}${resource}`, label: resource, hint: kind }));
}

function templates(typed: string): Suggestion[] {
  return TEMPLATES.filter((template) => template.words.startsWith(typed) && template.words !== typed).map(
    (template) => ({
      text: `${COMMAND} ${template.words}${template.rest ? ' ' : ''}`,
      label: `${COMMAND} ${template.words}${template.rest ? ` ${template.rest}` : ''}`,
      hint: template.hint,
    }),
  );
}

/** `words` are those after `request`; the last is being typed (empty after a space). */
function suggestRequest(
  text: string,
  words: readonly string[],
  requestable: readonly Requestable[],
): Suggestion[] {
  if (words.includes('because')) return [];
  const typed = words.at(-1) ?? '';
  const start = text.slice(0, text.length - typed.length);
  const finish = (word: string, hint: string): Suggestion => ({
    text: `${start}${word} `,
    label: word,
    hint,
  });
  const matches = (word: string): boolean => word.startsWith(typed) && word !== typed;

  if (words.length === 1) {
    return requestable
      .filter(({ resource }) => matches(resource))
      .map(({ resource, kind, roles }) =>
        finish(resource, `${kind}: ${roles.map(({ role }) => role).join(', ')}`),
      );
  }
  const target = requestable.find(({ resource }) => resource === words[0]);
  const before = words.at(-2);
  if (before === 'as') {
    return (target?.roles ?? [])
      .filter(({ role }) => matches(role))
      .map((role) => finish(role.role, roleHint(role)));
  }
  if (before === 'for')
    return DURATIONS.filter(matches).map((duration) => finish(duration, 'from approval on'));
  return clauses(words)
    .filter(({ word }) => matches(word))
    .map(({ word, hint }) => finish(word, hint));
}

function clauses(words: readonly string[]): { word: string; hint: string }[] {
  const all = [
    { word: 'as', hint: 'which role' },
    { word: 'for', hint: 'how long' },
    { word: 'ticket', hint: 'a ticket to name' },
    { word: 'because', hint: 'the reason, to the end of the line' },
  ];
  if (words.at(-2) === 'ticket') return [];
  return all.filter(({ word }) => !words.slice(1, -1).includes(word));
}

function roleHint(role: Requestable['roles'][number]): string {
  const hours = role.durationMaxMs / 3_600_000;
  const limit = hours >= 1 ? `${Math.round(hours * 10) / 10} h` : `${Math.round(hours * 60)} min`;
  return `${role.automatic ? 'granted at once' : 'needs approval'}, at most ${limit}`;
}
