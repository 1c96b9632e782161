/**
 * What would make a way around Sallyport on a host: files that say who may log in or what runs by itself, and
 * programs that change them. Always protected unless a role lists the effect `access-admin`.
 */
import { baseName } from './hidden-runs.ts';
import { literalStart, mayMeet } from './paths.ts';
import type { PathUse } from './shell-statement.ts';

const DIRECTORIES =
  '/etc/ssh /etc/pam.d /etc/sudoers.d /etc/cron.d /etc/cron.daily /etc/cron.hourly /etc/cron.weekly /etc/cron.monthly /etc/profile.d /etc/systemd /etc/init.d /etc/ld.so.conf.d /etc/security /var/spool/cron /run/secrets /var/run/secrets /usr/lib/systemd /lib/systemd'.split(
    ' ',
  );
const FILES =
  '/etc/passwd /etc/shadow /etc/group /etc/gshadow /etc/sudoers /etc/doas.conf /etc/crontab /etc/profile /etc/environment /etc/bash.bashrc /etc/ld.so.preload /etc/ld.so.conf /etc/rc.local /etc/hosts.equiv /proc/sysrq-trigger'.split(
    ' ',
  );
/** Of a home directory, or of any other. */
const NAMES: ReadonlySet<string> = new Set(
  '.ssh authorized_keys authorized_keys2 .rhosts .shosts .bashrc .bash_profile .bash_login .bash_logout .profile .zshrc .zshenv .zprofile .zlogin .kshrc .cshrc .tcshrc .login .pam_environment'.split(
    ' ',
  ),
);
const PROGRAMS: ReadonlySet<string> = new Set(
  'adduser addgroup chage chfn chgpasswd chpasswd chsh delgroup deluser gpasswd groupadd groupdel groupmod newusers passwd pam-auth-update pwconv pwunconv ssh-copy-id useradd userdel usermod'.split(
    ' ',
  ),
);

/** The memory of a process can be made to do anything, and its variables hold secrets. */
const OF_PROCESS = /^\/proc\/[^/]+(?:\/task\/[^/]+)?\/(?:mem|environ)$/;
/** Another way to write `/`. */
const ROOT_OF_PROCESS = /^(?:\/proc\/[^/]+(?:\/task\/[^/]+)?\/root(?=\/|$))+/;

/** Some file systems know no case, and take letters that look alike for the same. */
function plainly(path: string): string {
  return path.normalize('NFKC').toLowerCase().replace(ROOT_OF_PROCESS, '') || '/';
}

function isUnder(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}

/** True when a path is, or may be, one of these files or in one of these directories. */
export function isAccessFile({ path: written, certainty }: PathUse): boolean {
  const path = plainly(written);
  if (path.split('/').some((part) => NAMES.has(part))) return true;
  if (certainty === 'pattern') {
    const meets = path.startsWith('/') && [...FILES, ...DIRECTORIES].some((one) => mayMeet(path, one));
    return meets || path.split('/').some((part) => [...NAMES].some((name) => resembles(part, name)));
  }
  return (
    OF_PROCESS.test(path) ||
    FILES.includes(path.replace(/-$/, '')) ||
    DIRECTORIES.some((one) => isUnder(path, one))
  );
}

/** Enough of a pattern's letters for it to mean the name. */
function resembles(pattern: string, name: string): boolean {
  const start = literalStart(pattern);
  return start !== pattern && start.length > 1 && name.startsWith(start);
}

export function isAccessProgram(program: string): boolean {
  return PROGRAMS.has(baseName(program));
}
