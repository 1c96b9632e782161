import { describe, expect, test } from 'vitest';
import { choicesInColumns } from '../../../../../src/broker/ssh/guided/completion/choices.ts';
import { type Candidate, complete } from '../../../../../src/broker/ssh/guided/completion/complete.ts';
import { deadlineNotices } from '../../../../../src/broker/ssh/guided/deadline-notices.ts';
import { promptOf } from '../../../../../src/broker/ssh/guided/prompt.ts';
import { builtinWords } from '../../../../../src/broker/ssh/guided/shell/builtin-words.ts';
import {
  COMMAND_LINES_MAX,
  commandsOf,
  isComplete,
} from '../../../../../src/broker/ssh/guided/shell/continuation.ts';
import { expanded } from '../../../../../src/broker/ssh/guided/shell/expand.ts';
import { fullScreenProgram } from '../../../../../src/broker/ssh/guided/shell/full-screen.ts';
import { analyzeShell } from '../../../../../src/policies/analyzers/shell/analyze.ts';

describe('what the broker works out itself', () => {
  const variables: Record<string, string> = { A: 'a b', B: 'x', E: '', N: '2', Q: `"$\\'\``, S: 'A=b' };
  const aliases: Record<string, string> = {
    ll: 'ls -l',
    loop: 'loop -x',
    both: 'cd /srv && ls',
    v: 'echo $B',
  };
  const known = {
    variable: (name: string) => variables[name],
    alias: (name: string) => aliases[name],
    home: '/home/me',
  };

  test.each([
    ['ls $A', "ls 'a b'"],
    ['ls "$A/x"', 'ls "a b/x"'],
    ["ls '$A'", "ls '$A'"],
    ['ls \\$A', 'ls \\$A'],
    [`ls $B.txt \${B}c`, 'ls x.txt xc'],
    ['ls $E', "ls ''"],
    ['echo $N>out', "echo '2'>out"],
    ['$S ls', "'A=b' ls"],
    ['cat "$Q"', 'cat "\\"\\$\\\\\'\\`"'],
    [`ls $NONE \${B:-x} \${#B} $1 $? $$`, `ls $NONE \${B:-x} \${#B} $1 $? $$`],
    ['echo $(ls $B)', 'echo $(ls $B)'],
    ['ls ~ ~/x "~" \\~ ~root a~ x=~', 'ls /home/me /home/me/x "~" \\~ ~root a~ x=~'],
    ['ls > ~/x', 'ls > /home/me/x'],
    ['cat <<E\n$B ~\nE', 'cat <<E\n$B ~\nE'],
    ["echo $'$B'", "echo $'$B'"],
    ['ll a | ll', 'ls -l a | ls -l'],
    ['\\ll; "ll"; echo ll', '\\ll; "ll"; echo ll'],
    ['loop', 'loop -x'],
    ['both', 'cd /srv && ls'],
    ['v', 'echo x'],
    ["echo # don't $B", "echo # don't $B"],
    ["'open $B", "'open $B"],
  ])('%s', (typed, sent) => {
    expect(expanded(typed, known)).toBe(sent);
  });

  test('a value stays one word, whatever is in it', () => {
    for (const value of [
      'a b',
      "it's",
      '$(touch x)',
      '`touch x`',
      '"',
      '\\',
      '*',
      ';touch x',
      '-rf',
      'a\nb',
      '~',
      '#',
      '!',
      '{a,b}',
      '<x',
    ]) {
      for (const text of ['echo $V', 'echo "$V"', 'echo a$V', `echo "a\${V}b"`]) {
        const sent = expanded(text, { ...known, variable: () => value });
        const { statements, parseError } = analyzeShell(sent, { directory: '/' });
        expect({ sent, parseError }).toEqual({ sent, parseError: null });
        const [run] = statements.flatMap(({ programs }) => programs);
        const word = {
          'echo $V': value,
          'echo "$V"': value,
          'echo a$V': `a${value}`,
          [`echo "a\${V}b"`]: `a${value}b`,
        }[text];
        expect(run).toMatchObject({ name: 'echo', arguments: [word], patterns: [] });
      }
    }
  });
});

describe('lines that go on', () => {
  test.each([
    "'",
    '"',
    "$'",
    'a \\',
    'a &&',
    'a ||',
    'a |',
    'a |&',
    'a && # c',
    'cat <<E',
    "cat <<'E' | wc\nE2",
    'cat <<A <<B\nA',
  ])('%j goes on', (text) => expect(isComplete(text)).toBe(false));
  test.each([
    '',
    'ls',
    'a \\\\',
    "# don't",
    '(ls',
    'if x',
    'echo $(',
    'cat <<',
    'ls )',
    'cat <<E\nE',
    'for i in',
  ])('%j does not', (text) => expect(isComplete(text)).toBe(true));

  test('a text of several commands is read as a shell reads it', () => {
    expect(commandsOf("a\n\nb 'x\ny'\ncat <<E\nq\nE\nls |\nwc")).toEqual([
      'a',
      "b 'x\ny'",
      'cat <<E\nq\nE',
      'ls |\nwc',
    ]);
    expect(commandsOf("a\n'b")).toEqual(['a', "'b"]);
  });

  test('a text of too many lines is one command, so that no line of a here-document becomes one', () => {
    const body = (lines: number): string => `cat <<E\n${'touch x\n'.repeat(lines)}E`;
    expect(commandsOf(body(COMMAND_LINES_MAX - 2))).toHaveLength(1);
    expect(commandsOf(`${body(COMMAND_LINES_MAX)}\nls`)).toHaveLength(1);
    expect(isComplete(`cat <<E\n${'x\n'.repeat(COMMAND_LINES_MAX)}`)).toBe(true);
  });
});

test('what is nested deeper than the parser goes is left to the judge, who refuses it', () => {
  const known = { variable: () => 'x', alias: () => undefined, home: '/home/me' };
  const nested = ['$('.repeat(8_000), `ls ${'$('.repeat(5_000)}${')'.repeat(5_000)}`, '('.repeat(8_000)];
  for (const text of [...nested, `cd ${nested[1]}`, `"\${a:-`.repeat(2_500)]) {
    expect(expanded(text, known).length).toBeGreaterThan(0);
    expect(typeof isComplete(text)).toBe('boolean');
    expect(builtinWords(text, (name) => name === 'cd')?.kind ?? 'none').not.toBe('builtin');
    expect(analyzeShell(text, { directory: '/' }).parseError).not.toBeNull();
  }
});

describe('Tab', () => {
  const files: Record<string, Candidate[]> = {
    '': ['notes.txt', 'notes.old', 'my file', '.hidden', "it's", 'a\u202eb'].map((name) => ({
      name,
      isDirectory: false,
    })),
    '/srv/': [{ name: 'app', isDirectory: true }],
    'sub dir/': [{ name: 'one', isDirectory: false }],
  };
  const sources = {
    programs: () => ['ls', 'cat', 'cd'],
    files: async (directory: string) => files[directory] ?? [],
  };
  async function after(line: string): Promise<string> {
    const cursor = line.lastIndexOf('|');
    const text = `${line.slice(0, cursor)}${line.slice(cursor + 1)}`;
    const done = await complete({ text, cursor }, sources);
    if (done.kind === 'choices') return done.names.join(' ');
    if (done.kind === 'nothing') return 'nothing';
    return `${text.slice(0, done.from)}${done.text}|${text.slice(done.to)}`;
  }

  test.each([
    ['l|', 'ls |'],
    ['c|', 'cat cd'],
    ['ls; l|', 'ls; ls |'],
    ['ls | ca|', 'ls | cat |'],
    ['A=b l|', 'A=b ls |'],
    ['ls no|', 'ls notes.|'],
    ['ls notes.|', 'notes.old notes.txt'],
    ['ls notes.t| -l', 'ls notes.txt | -l'],
    ['ls m|', 'ls my\\ file |'],
    ['ls my\\ f|', 'ls my\\ file |'],
    ['ls "m|', 'ls "my file" |'],
    ["ls 'm|", "ls 'my file' |"],
    ['ls m"y f|', 'ls my\\ file |'],
    ['ls i|', "ls it\\'s |"],
    ["ls 'i|", "ls 'it'\\''s' |"],
    ['ls .h|', 'ls .hidden |'],
    ['ls a|', 'nothing'],
    ['cat </srv/|', 'cat </srv/app/|'],
    ['/srv/|', '/srv/app/|'],
    ['ls sub\\ dir/|', 'ls sub\\ dir/one |'],
    ['ls "sub dir/o|', 'ls "sub dir/one" |'],
    ['ls "sub dir"/o|', 'ls "sub dir"/one |'],
    ['ls "sub dir/o"|', 'nothing'],
    ['ls nothing/|', 'nothing'],
  ])('%s', async (line, expected) => {
    expect(await after(line)).toBe(expected);
  });

  test('choices stand in columns, the first 120 of them', () => {
    expect(choicesInColumns(['a', 'bb', 'ccc'], 10)).toEqual(['a    bb', 'ccc']);
    expect(choicesInColumns(['漢', 'b'], 80)).toEqual(['漢  b']);
    const many = choicesInColumns(
      Array.from({ length: 121 }, (_, index) => `f${index}`),
      80,
    );
    expect(many.at(-1)).toBe('… and 1 more');
  });
});

test('the prompt says who is where, and shows nothing that cannot be seen', () => {
  const facts = { account: 'deploy', home: '/home/deploy', hostname: 'web-1.example.com' };
  expect(promptOf(facts, '/home/deploy')).toBe('deploy@web-1:~$ ');
  expect(promptOf(facts, '/home/deploy/app')).toBe('deploy@web-1:~/app$ ');
  expect(promptOf(facts, '/home/deployment')).toBe('deploy@web-1:/home/deployment$ ');
  expect(promptOf({ ...facts, account: 'root', home: '/' }, '/etc')).toBe('root@web-1:/etc# ');
  expect(promptOf(facts, '/a\u001b[2J\n\u202e')).toBe('deploy@web-1:/a\\u{1b}[2J?\\u{202e}$ ');
  expect(promptOf(facts, `/${'d'.repeat(100)}`)).toBe(`deploy@web-1:…${'d'.repeat(39)}$ `);
});

test('the end of an access is told five minutes and a minute before, and what moves it', () => {
  let now = 0;
  let expiresAt = 10 * 60_000;
  const look = deadlineNotices(
    { expiresAt: () => new Date(expiresAt), now: () => new Date(now) },
    'g-aaaaaaaa',
  );
  const at = (ms: number): string | null => {
    now = ms;
    return look();
  };
  expect(at(5 * 60_000 - 1)).toBeNull();
  expect(at(5 * 60_000)).toContain('ends in 5 minutes');
  expect(at(5 * 60_000 + 1)).toBeNull();
  expiresAt += 30 * 60_000;
  expect(at(6 * 60_000)).toBe('Your access was extended: it ends at 00:40 UTC.');
  expect(at(7 * 60_000)).toBeNull();
  expect(at(39 * 60_000)).toContain('ends in 1 minute,');
  expiresAt -= 30_000;
  expect(at(39 * 60_000 + 1)).toContain('was shortened');
});

test.each([
  ['vim x', 'vim'],
  ['sudo less /var/log/syslog', 'less'],
  ['ls | less', 'less'],
  ['/usr/bin/nano x', '/usr/bin/nano'],
  ['top', 'top'],
  ['top -b -n 1', null],
  ['vim --version', null],
  ['ls -l', null],
])('%s wants the whole screen: %s', (text, program) => {
  expect(fullScreenProgram(analyzeShell(text, { directory: '/' }).statements)).toBe(program);
});
