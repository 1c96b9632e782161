/** What `help` shows, in rows that fit 80 columns. */
import { wrapWords } from '../screen/wrap-words.ts';

const COLUMNS = 79;
const MARGIN = 11;
const HELP_LINES: readonly string[] = [
  'This prompt belongs to Sallyport. Each line is judged as a whole, runs by itself',
  'on the target, and is recorded. Programs read nothing (their input is empty) and',
  'have no terminal: editors, pagers and the like need a role with a raw shell.',
  '',
  'Read:      simple commands, | && || ; redirections, quotes, here-documents,',
  '           patterns such as ./*.log',
  'Expanded:  $NAME of variables set here, $?, ~ and ~/…, aliases: before the line',
  '           is judged, to exactly one word each; !! and !$ from the line before',
  'Commands:  cd  pwd  NAME=value  export  unset  alias  unalias  history  clear',
  '           help  exit',
  'Keys:      Ctrl-A -E -B -F -K -U -W -Y -T -_ (undo) -L (clear)  Alt-B -F -D',
  '           Up Down Ctrl-R (search)  Tab (complete)  Alt-Enter (another line)',
  '           Ctrl-C stops a command, or withdraws one that waits for approval',
];

/** @param programs those that the role names; null where it names none, and runs any */
export function helpLines(programs: readonly string[] | null): readonly string[] {
  const named = programs === null ? 'any that the policy does not refuse' : programs.join('  ');
  const rows = wrapWords(named, COLUMNS - MARGIN);
  return [
    ...HELP_LINES,
    ...rows.map((row, index) => `${(index === 0 ? 'Programs:' : '').padEnd(MARGIN)}${row.trim()}`),
  ];
}
