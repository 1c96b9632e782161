/**
 * Programs that run what their arguments, their input or their configuration says, whatever the arguments are. A
 * list like this is never complete: it guards roles that say what must not run. A role that lists its programs does
 * not depend on it.
 */

const SHELLS =
  'ash bash busybox csh dash elvish fish ksh lksh mksh nu oksh pdksh posh pwsh rbash rc rksh rzsh sash sh tcsh toybox xonsh yash zsh';
/** What a shell does by itself, and what changes or hides what it does next. */
const BUILT_IN =
  '. alias bg bind break builtin caller compgen complete compopt continue coproc declare dirs disown enable eval export fc fg function getopts hash history jobs let local logout mapfile popd pushd read readarray readonly return select set shift shopt source suspend time trap typeset ulimit unalias unset wait';
const INTERPRETERS =
  'R Rscript awk bpftrace bun clisp dc deno dotnet elixir emacs erl expect gawk gdb ghc ghci gjs gnuplot groovy guile iex irb java jdb jjs jruby jshell julia jython kotlin lldb lua luajit m4 mawk mono nawk nim node nodejs ocaml octave original-awk perl php pry pypy python racket raku ruby runghc sbcl scala scheme stap swift swipl tclsh ts-node tsx vala wish';
const BUILDERS =
  'ant bazel bundle bundler c++ cargo cc clang cmake composer conda cpan cpp dpkg-buildpackage dpkg-reconfigure easy_install emerge flatpak g++ gcc gem go gmake gradle helm just ld make meson mvn ninja nix nix-env nix-shell npm npx pacman pip pipx pnpm poetry rake rpmbuild rustc sbt scons snap tox uv virtualenv yarn';
const EDITORS_AND_PAGERS =
  'bzless bzmore ed emacsclient ex helix hx joe kak less lesspipe lv lynx man mc mcedit micro more most mutt nano ne nnn nvi nvim pg pico ranger red rview rvim sudoedit vi view vigr vim vimdiff vipw visudo w3m xzless xzmore zless zmore zstdless';
const STARTERS =
  'anacron at batch bwrap capsh chroot chrt cpulimit crontab daemonize dbus-launch dbus-run-session dtach eatmydata entr fakechroot fakeroot faketime firejail flock gosu incrontab insmod kexec linux32 linux64 logrotate ltrace modprobe mount multitime newgrp nsenter numactl parallel perf pkexec prlimit proot proxychains proxychains4 rlwrap run-one run-parts runcon runuser screen script setarch setpriv setsid setuidgid sg start-stop-daemon strace su su-exec supervise systemd-nspawn systemd-run taskset tini tmux torify torsocks tsocks unbuffer unshare valgrind watch watchexec xargs xdg-open xterm xvfb-run zellij';
const REMOTE_AND_DATA =
  'ansible ansible-playbook autossh docker docker-compose ftp git gpg gpg-agent hg kubectl lftp mail mailx mariadb mongo mongosh mosh mysql nc ncat nerdctl netcat nmap openssl openvpn podman psql puppet rclone restic salt salt-call scp sendmail sftp socat sqlite sqlite3 sqlplus ssh ssh-agent ssh-keygen sshfs sshpass svn tcpdump telnet tftp vagrant virsh';

export const PROGRAMS_THAT_RUN_OTHERS: ReadonlySet<string> = new Set(
  [SHELLS, BUILT_IN, INTERPRETERS, BUILDERS, EDITORS_AND_PAGERS, STARTERS, REMOTE_AND_DATA].flatMap((names) =>
    names.split(' '),
  ),
);
