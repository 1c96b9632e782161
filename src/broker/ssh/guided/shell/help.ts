/** What `help` shows. */
export const HELP_LINES: readonly string[] = [
  'This prompt belongs to Sallyport. Each line is judged as a whole, runs by itself on the target, and is recorded.',
  'Programs read nothing (their input is empty) and have no terminal: editors, pagers and the like need a raw shell.',
  '',
  'Read:      simple commands, | && || ; redirections, quotes, here-documents, patterns such as ./*.log',
  'Expanded:  $NAME of variables set here, ~ and ~/…, aliases: before the line is judged, to exactly one word each',
  'Commands:  cd  pwd  NAME=value  export  unset  alias  unalias  history  help  exit',
  'Keys:      Ctrl-A -E -B -F -K -U -W -Y -T -_ (undo)  Alt-B -F -D  Up Down Ctrl-R (search)  Tab (complete)',
  '           Alt-Enter begins another line. Ctrl-C stops a command, or withdraws one that waits for approval.',
];
