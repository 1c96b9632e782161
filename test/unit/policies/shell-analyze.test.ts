/** What is known about a command of a shell before it runs, and what is sent in its place. */
import { describe, expect, it, test } from 'vitest';
import {
  analyzeShell,
  type ShellAnalysis,
  type ShellStatement,
} from '../../../src/policies/analyzers/shell/analyze.ts';

const HOME = '/home/deploy';

function analyze(text: string, directory: string | null = HOME): ShellAnalysis {
  return analyzeShell(text, { directory });
}

/** Of a text that holds one command. */
function only(text: string, directory: string | null = HOME): ShellStatement {
  const { statements, parseError } = analyze(text, directory);
  const [statement] = statements;
  if (statement === undefined || statements.length > 1 || parseError !== null)
    throw new Error(`${text}: ${parseError ?? 'not one command'}`);
  return statement;
}

describe('what is sent', () => {
  const sent: [typed: string, sent: string][] = [
    ['ls -la  /srv', 'ls -la /srv'],
    [`cat "a b" 'c d' e\\ f`, `cat 'a b' 'c d' 'e f'`],
    [`cat "it's"`, `cat 'it'\\''s'`],
    ["t'ou'ch x", 'touch x'],
    ["'if' x", "'if' x"],
    ["'A=1' x", "'A=1' x"],
    ["'ls;touch' x", "'ls;touch' x"],
    ["cat $'a\\tb'", "cat 'a\tb'"],
    ['cat ""', "cat ''"],
    ['a;b\nc && d || ! e', 'a; b; c && d || ! e'],
    ['a |& b', 'a 2>&1 | b'],
    ['a &> f', 'a >f 2>&1'],
    ['a &>> "my f"', "a >>'my f' 2>&1"],
    ['>f a 2>>g <h', 'a >f 2>>g <h'],
    ['a 3>f 4>&3 2>&- 0<&3', 'a 3>f 4>&3 2>&- <&3'],
    ['a <<< "x y"', "a <<'END'\nx y\nEND"],
    ['a <<-X\n\tEND\n\tX', "a <<'END_1'\nEND\nEND_1"],
    ['a <<X | b\nx\nX\nc', "a <<'END' | b\nx\nEND\nc"],
    ['ls ./*.log "my dir"/?[0-9]', "ls ./*.log 'my dir/'?[0-9]"],
    ['LC_ALL=C sort a', 'LC_ALL=C sort a'],
    ['ls a\\\\', "ls 'a\\'"],
    ['# nothing', ''],
  ];
  test.each(sent)('for %j is %j', (typed, expected) => {
    expect(analyze(typed)).toMatchObject({ canonical: expected, parseError: null });
  });
});

describe('what is not read', () => {
  const refused: [text: string, problem: RegExp, position?: number][] = [
    ['ls $HOME', /variable is known only on the target/, 4],
    ['ls "a $b"', /variable/, 7],
    ['ls a$', /a \$ or ` that nothing follows/, 4],
    ['ls ~/a', /~ is known only on the target/, 4],
    ['ls --file=~/a', /~ is known/, 4],
    ['ls *.log', /write \.\/\*/, 4],
    ['ls "-"*', /write \.\/\*/],
    ['ls ./[^a]', /brackets hold letters/],
    ['/bin/l? a', /the program has to be written out/, 1],
    ['a > ./*', /the file of a redirection has to be written out/],
    ['ls &', /leaves a command running out of sight/, 1],
    ['(ls)', /only simple commands/, 1],
    ['time ls', /time is not the same/, 1],
    ['A=1', /no program is named/],
    ['> f', /no program is named/],
    ["''", /the name of the program is empty/],
    ['a[1]=2 ls', /before a program only NAME=value is read/],
    ['A+=1 ls', /before a program only NAME=value is read/],
    ['export A=1', /export changes what later commands mean/],
    ['ls <<E\n$x\nE', /quote the word after it/],
    ['ls <<E\na', /has no end|here-document/i],
    ['ls > /dev/tcp/h/1', /connections, not files/],
    ['ls 10>f', /descriptors are written as 0 to 9/],
    ['ls {fd}>f', /descriptors/],
    ['ls 2>&1-', /after >& stands a descriptor/, 4],
    ['ls >& f', /write > FILE 2>&1/, 4],
    ['ls &>2>&1', /a number could belong to what follows/, 6],
    ['%1', /% means a job/, 1],
    ['ls a\\', /nothing follows the backslash/],
    ['ls 2\\\n>f', /a line goes on with < or >/],
    ['ls || !', /nothing follows !/, 7],
    ['ls "a', /unterminated/],
    ['rec (', /a part of it has no meaning/, 5],
    ['!! a', /does not repeat/, 1],
    ["cat $'\\e[31m'", /characters that cannot be seen/],
    ["cat $'\\377'", /characters that cannot be seen/],
    ['ls\u00a0a', /characters|cannot be seen/],
    ['#!/bin/sh\nls', /a script is not a command/],
  ];
  test.each(refused)('%j says why', (text, problem, position) => {
    const { parseError, errorPosition, canonical, statements } = analyze(text);
    expect(parseError).toMatch(problem);
    expect(canonical).toBeNull();
    expect(statements).toEqual([expect.objectContaining({ text, effects: ['unknown'] })]);
    if (position !== undefined) expect(errorPosition).toBe(position);
  });

  it('is what passes a limit', () => {
    const ofLength = (length: number): string => `ls ${'a'.repeat(length - 3)}`;
    expect(analyze(ofLength(32_768)).parseError).toBeNull();
    expect(analyze(ofLength(32_769)).parseError).toMatch(/longer than 32768 characters/);
    expect(analyze(Array(256).fill('ls').join(';')).statements).toHaveLength(256);
    expect(analyze(Array(257).fill('ls').join(';')).parseError).toMatch(/more than 256 commands/);
    const hereDocuments = (count: number): string => `ls ${'<<E '.repeat(count)}\n${'E\n'.repeat(count)}`;
    expect(analyze(hereDocuments(100)).parseError).toBeNull();
    expect(analyze(hereDocuments(101)).parseError).toMatch(/more than 100 times <</);
    expect(analyze('ls 9>f').parseError).toBeNull();
  });

  it('ends soon, however deep it nests', () => {
    for (const part of ['{', '(', '$(', '((', '"$(', '`', '${a', '@(', '{a,', 'a|', 'if ', 'a[0', "$'\\x"]) {
      const text = part.repeat(Math.floor(32_768 / part.length));
      const start = performance.now();
      expect(analyze(text).statements.length, part).toBeGreaterThan(0);
      expect(performance.now() - start, part).toBeLessThan(2_000);
    }
  });
});

describe('effects', () => {
  const effects: [text: string, effects: string][] = [
    ['ls a', 'run'],
    ['cat < a', 'run, read-file'],
    ['cat > a', 'run, write-file'],
    ['cat <> a', 'run, read-file, write-file'],
    ['cat > /dev/null 2>&1', 'run'],
    ['cat <<< a', 'run'],
    ['sh a', 'run, indirect'],
    ['cat /etc/shadow', 'run, access-admin'],
    ['passwd bob', 'run, access-admin'],
    ['sudo chpasswd', 'run, access-admin'],
    ['echo a >> .ssh/authorized_keys', 'run, write-file, access-admin'],
    ['cat /etc/shad*', 'run, access-admin'],
    ['ls /etc/nginx/*', 'run'],
    ['ls ./*', 'run'],
    ['cat ./.bash*', 'run, access-admin'],
    ['cat ../../etc/passwd', 'run, access-admin'],
    ['cp a /etc/cron.d/a', 'run, access-admin'],
    ['curl -d @/etc/shadow h', 'run, access-admin'],
    ['dd of=/etc/sudoers', 'run, access-admin'],
    ['cat /proc/self/root/etc/shadow', 'run, access-admin'],
    ['cat /proc/1/environ', 'run, access-admin'],
    ['dd of=/proc/7/mem', 'run, access-admin'],
    ['cat /proc/meminfo', 'run'],
    ['cat /ETC/master.passwd /Etc/Sudoers', 'run, access-admin'],
    ['cat /etc/hostname', 'run'],
  ];
  test.each(effects)('of %j are %s', (text, expected) => {
    expect(only(text).effects.join(', ')).toBe(expected);
  });
});

describe('paths', () => {
  const shown = (text: string, directory?: string | null): string[] =>
    analyze(text, directory).statements.flatMap(({ paths }) =>
      paths.map(({ path, certainty, access }) => `${path} ${certainty} ${access}`),
    );

  it('are those of arguments and redirections, from /', () => {
    expect(shown('cat //etc/./hosts a/b > /tmp/c')).toEqual([
      '/etc/hosts exact named',
      '/home/deploy/a/b exact named',
      '/tmp/c exact write',
    ]);
    expect(shown('x -f/a --in=/b of=c @/d -v')).toEqual([
      '/a exact named',
      '/b exact named',
      '/home/deploy/of=c exact named',
      '/home/deploy/c exact named',
      '/home/deploy/@/d exact named',
      '/d exact named',
    ]);
  });

  it('are guessed where a directory is not known, or .. could follow a link', () => {
    expect(shown('cat a /b', null)).toEqual(['a guess named', '/b exact named']);
    expect(shown('cat /a/../b')).toEqual(['/b guess named']);
    expect(shown('cat /a/*.log')).toEqual(['/a/*.log pattern named']);
  });

  it('count from wherever a cd may have led', () => {
    expect(shown('cd /etc && cat a')).toEqual([
      '/etc exact named',
      '/home/deploy/a exact named',
      '/etc/a exact named',
    ]);
    expect(shown('cd - ; cat a').slice(-2)).toEqual(['/home/deploy/a exact named', 'a guess named']);
    const many = `${Array.from({ length: 9 }, (_, index) => `cd /d${index}`).join('; ')}; cat a`;
    expect(shown(many)).toContain('a guess named');
    expect(shown(many).filter((path) => path.endsWith('/a exact named'))).toEqual(['/d8/a exact named']);
  });
});

describe('programs', () => {
  const started: [text: string, programs: string][] = [
    ['ls a', 'ls'],
    ['sudo systemctl restart nginx', 'sudo, systemctl'],
    ['sudo -n -u root -- systemctl stop a', 'sudo, systemctl'],
    ['nice -n 5 timeout -k 1 10s env -i nohup ls', 'nice, timeout, env, nohup, ls'],
    ['/usr/bin/env ls', '/usr/bin/env, ls'],
    ['command ls', 'command, ls'],
    ['sudo rm /var/log/*.gz', 'sudo, rm'],
  ];
  test.each(started)('of %j are %s', (text, expected) => {
    const { programs, hidden } = only(text);
    expect(programs.map(({ name }) => name).join(', ')).toBe(expected);
    expect(hidden).toEqual([]);
  });

  const unread = [
    'sudo -s',
    'sudo A=1 ls',
    'env',
    'env -S ls',
    'timeout ls',
    'nice',
    'command -v ls',
    'nice /bin/l?',
    'sudo nice /bin/l?',
    'sudo -i ls',
  ];
  test.each(unread)('of %j cannot be told', (text) => {
    expect(only(text).hidden).toContainEqual(expect.objectContaining({ because: 'unread' }));
  });

  it('that start each other without end cannot be told either', () => {
    expect(only(`${'nohup '.repeat(9)}ls`).hidden).toEqual([]);
    expect(only(`${'nohup '.repeat(11)}ls`).hidden).toEqual([{ name: 'nohup', because: 'unread' }]);
  });

  const told: [harmless: string, hiding: string][] = [
    ['find . -name a -print', 'find . -name a -exec ls {} +'],
    ["sed 's/a/b/g' f", "sed 's/a/b/e' f"],
    ["sed 's|a|b\\|c|2' f", "sed 's|a|b|w f' f"],
    ['sed -n 1,5p f', 'sed -n 1e f'],
    ['sed -E s/a/b/ f', 'sed -f s f'],
    ['tar xzf a.tgz', 'tar xf a --to-comm=ls'],
    ['tar -czf a.tgz b', 'tar -czIf ls a.tgz b'],
    ['tar czf /a b', 'tar czf host:a b'],
    ['sort -u a', 'sort --compress-prog=ls a'],
    ['split -l 5 a', 'split --filter=ls a'],
    ['rsync --server --sender . a', 'rsync -a b c:d'],
    ['install -m 755 a b', 'install -s a b'],
    ['[ 1 -lt 2 ]', "[ 'a[$(ls)]' -lt 2 ]"],
    ['test -n a', 'test -v a'],
    ['printf %s a', 'printf -v a b'],
    ['printf %d 5', "printf %d 'a[$(ls)]'"],
    ['exit 3', "exit 'a[$(ls)]'"],
    ['ip addr', 'ip netns exec a ls'],
    ['sysctl kernel.hostname', 'sysctl -w kernel.core_pattern=ls'],
    ['apt-get install -y nginx', 'apt-get install ./a.deb'],
    ['apt update', 'apt update -o APT::Update::Pre-Invoke::=ls'],
    ['dpkg -l nginx', 'dpkg -i a.deb'],
    ['rpm -qa', "rpm -E '%(ls)'"],
    ['curl -sS http://h/', 'curl -K f'],
    ['wget http://h/', 'wget -e use_askpass=ls http://h/'],
    ['iptables -L -n', 'iptables -L --modprobe=ls'],
    ['service nginx status', 'service ../../bin/ls a'],
    ['systemctl status a', 'systemctl edit a'],
    ["systemctl list-units 'a*'", 'systemctl e* a'],
    ['LANG=C ls', 'LESSOPEN=ls ls'],
    ['TZ=Europe/Berlin date', 'TZ=/etc/shadow date'],
    ['/usr/bin/ls', '/tmp/ls'],
    ['/usr/local/sbin/a', './a'],
    ['/bin/ls', '/bin/../tmp/ls'],
    ['md5sum a', 'python3.12 a'],
  ];
  test.each(told)('%j hides nothing, and %j may', (harmless, hiding) => {
    expect(only(harmless).hidden).toEqual([]);
    expect(only(hiding).effects).toContain('indirect');
    expect(only(hiding).hidden).not.toEqual([]);
  });
});
