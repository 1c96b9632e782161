/** Programs that run others only when their arguments say so. */
import { hasLetter, hasLong } from './options.ts';

/** True when these arguments do. */
type Judge = (given: readonly string[]) => boolean;

/** True of a word that the shell could fill in with another, were there a file of that name. */
function isPattern(word = ''): boolean {
  return /[*?[]/.test(word);
}

const WHOLE_NUMBER = /^[+-]?\d+$/;
const COMPARES_NUMBERS = /^-(?:eq|ne|lt|le|gt|ge|t)$/;

/** A subscript of a variable can hold a command, and some shells look for one wherever they expect a number. */
function testRuns(given: readonly string[]): boolean {
  if (given.some((one) => one === '-v' || one === '-R')) return true;
  return given.some((one, index) => {
    if (!COMPARES_NUMBERS.test(one)) return false;
    const sides = [given[index - 1], given[index + 1]].filter((side) => side !== undefined);
    return sides.some((side) => /[^A-Za-z0-9_\].!()-]/.test(side) && !WHOLE_NUMBER.test(side));
  });
}

/** `-v` stores into a variable, whose subscript can hold a command; so can what is printed as a number. */
function printfRuns([first = '', ...rest]: readonly string[]): boolean {
  if (first.startsWith('-') && first !== '-') return true;
  const others = first.replaceAll(/%[-0-9.]*[%sbc]/g, '');
  return others.includes('%') && !rest.every((one) => WHOLE_NUMBER.test(one));
}

/** The whole of a script for sed that runs nothing and writes nothing. */
const PLAIN_SED =
  /^(?:\d*(?:,(?:\d+|\$))?[pdq]|\$?[pd]|s(?<d>[/|,#:@])(?:(?!\k<d>)[^\\\n]|\\[^\n])*\k<d>(?:(?!\k<d>)[^\\\n]|\\[^\n])*\k<d>[gIip\d]*)$/;
const PLAIN_SED_OPTION =
  /^(?:-[nErsuz]+|--quiet|--silent|--regexp-extended|--posix|--sandbox|--null-data|--separate)$/;

function sedRuns(given: readonly string[]): boolean {
  const script = given.findIndex((one) => !one.startsWith('-'));
  if (script < 0 || !PLAIN_SED.test(given[script] ?? '')) return true;
  return given.some((one, index) => index !== script && one.startsWith('-') && !PLAIN_SED_OPTION.test(one));
}

const TAR_OPTIONS = [
  '--to-command',
  '--checkpoint-action',
  '--use-compress-program',
  '--rsh-command',
  '--rmt-command',
  '--info-script',
  '--new-volume-script',
];

/** An archive `host:file` is reached by a remote shell. */
function tarRuns(given: readonly string[]): boolean {
  const [first = ''] = given;
  if (hasLong(given, ...TAR_OPTIONS) || hasLetter(given, /[IF]/)) return true;
  return (!first.startsWith('-') && /[IF]/.test(first)) || given.some((one) => /^[^/]*:/.test(one));
}

const FIND_ACTION = /^-(?:exec|execdir|ok|okdir)$/;

/** What is installed from a repository is named; a file, or a setting of the package manager, can be anything. */
function installerRuns(given: readonly string[]): boolean {
  const options = [
    '--option',
    '--config-file',
    '--config',
    '--setopt',
    '--installroot',
    '--root',
    '--plus-repo',
  ];
  if (hasLong(given, ...options) || hasLetter(given, /[ocxCR]/)) return true;
  return given.some(
    (one) => one.includes('/') || ['shell', 'changelog', 'edit-sources', 'source'].includes(one),
  );
}

const DPKG_QUERY =
  /^(?:-[lLsSpV]|--(?:list|listfiles|status|search|print-avail|verify|get-selections|print-architecture|compare-versions))$/;
const RPM_QUERY = /^-[qV][a-z]*$/;
const RPM_RUNS = [
  '--pipe',
  '--eval',
  '--define',
  '--predefine',
  '--load',
  '--macros',
  '--rcfile',
  '--root',
  '--dbpath',
];

export const TOLD_TO_RUN_OTHERS: Readonly<Record<string, Judge>> = {
  '[': testRuns,
  test: testRuns,
  printf: printfRuns,
  exit: (given) => !given.every((one) => WHOLE_NUMBER.test(one)),
  find: (given) => given.some((one) => FIND_ACTION.test(one)),
  sed: sedRuns,
  tar: tarRuns,
  cpio: (given) => hasLong(given, '--rsh-command') || given.some((one) => /^[^/]*:/.test(one)),
  sort: (given) => hasLong(given, '--compress-program'),
  split: (given) => hasLong(given, '--filter'),
  rsync: ([first]) => first !== '--server',
  zip: (given) => hasLong(given, '--unzip-command') || hasLetter(given, /T/),
  install: (given) => hasLong(given, '--strip', '--strip-program') || hasLetter(given, /s/),
  rg: (given) => hasLong(given, '--pre', '--hostname-bin'),
  fd: (given) => hasLong(given, '--exec', '--exec-batch') || hasLetter(given, /[xX]/),
  ip: (given) =>
    given.includes('exec') || given.some(isPattern) || hasLong(given, '--batch') || hasLetter(given, /b/),
  apt: installerRuns,
  'apt-get': installerRuns,
  aptitude: installerRuns,
  dnf: installerRuns,
  yum: installerRuns,
  zypper: installerRuns,
  dpkg: ([first = '', ...rest]) => !DPKG_QUERY.test(first) || rest.some((one) => one.startsWith('-')),
  rpm: ([first = '', ...rest]) =>
    !RPM_QUERY.test(first) || hasLong(rest, ...RPM_RUNS) || hasLetter([first, ...rest], /[EDr]/),
  iptables: (given) => hasLong(given, '--modprobe') || hasLetter(given, /M/),
  ip6tables: (given) => hasLong(given, '--modprobe') || hasLetter(given, /M/),
  service: (given) => given.some((one) => one.includes('/')),
  systemctl: (given) => given.includes('edit') || isPattern(given.find((one) => !one.startsWith('-'))),
  sysctl: (given) =>
    given.some((one) => one.includes('=')) ||
    hasLong(given, '--write', '--load', '--system') ||
    hasLetter(given, /[wpf]/),
  wget: (given) => hasLong(given, '--use-askpass', '--execute', '--config') || hasLetter(given, /e/),
  curl: (given) => hasLong(given, '--config') || hasLetter(given, /K/),
};
