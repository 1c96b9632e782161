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
  'R Rscript awk bpftrace bun byebug clisp crash dc deno dotnet elixir emacs erl exiftool expect facter gawk gdb ghc ghci ginsh gjs gnuplot groovy guile iex irb java jdb jjs jruby jrunscript jshell julia jython kotlin latex latexmk lldb lua luajit lualatex m4 mawk mono msfconsole nawk nim node nodejs ocaml octave original-awk pdb pdflatex perl php pry pypy python racket raku ruby runghc sbcl scala scheme stap swift swipl tclsh tex ts-node tsx vala wish xelatex';
const BUILDERS =
  'ant bazel bundle bundler c++ cargo cc clang cmake composer conda cpan cpp dpkg-buildpackage dpkg-reconfigure easy_install emerge flatpak g++ gcc gem go gmake gradle helm just ld make meson mvn ninja nix nix-env nix-shell npm npx pacman pip pipx pnpm poetry rake rpmbuild rustc sbt scons snap tox uv virtualenv yarn';
const EDITORS_AND_PAGERS =
  'bzless bzmore ed elinks emacsclient ex groff helix hx ispell joe kak less lesspipe links lv lynx man mc mcedit micro more most mutt nano ne nnn nroff nvi nvim pg pico ranger red rview rvim sudoedit troff vi view vigr vim vimdiff vipw visudo w3m xzless xzmore zathura zless zmore zstdless';
const STARTERS =
  'anacron at batch bwrap capsh choom chroot chrt cowsay cowthink cpulimit crontab daemonize dbus-launch dbus-run-session distcc dmsetup dosbox dstat dtach eatmydata entr fakechroot fakeroot faketime firejail flock gcore gosu grc incrontab insmod kexec linux32 linux64 logrotate logsave ltrace modprobe mount msgfilter multitime newgrp nsenter numactl parallel perf pidstat pkexec prlimit proot proxychains proxychains4 rlwrap run-mailcap run-one run-parts runcon runuser scanmem screen script setarch setpriv setsid setuidgid sg softlimit start-stop-daemon strace su su-exec supervise systemd-nspawn systemd-run taskset tasksh tini tmate tmux torify torsocks tsocks unbuffer unshare update-alternatives valgrind watch watchexec xargs xdg-open xdotool xterm xvfb-run zellij';
const REMOTE_AND_DATA =
  'ansible ansible-playbook autossh certbot docker docker-compose ftp git gpg gpg-agent hg hping3 knife kubectl lftp mail mailx mariadb mongo mongosh mosh mysql nc ncat ncftp nerdctl netcat nmap openssl openvpn podman pppd psql puppet rclone restic rlogin rsh rtorrent salt salt-call scp sendmail sftp smbclient socat sqlite sqlite3 sqlmap sqlplus ssh ssh-agent ssh-keygen sshd sshfs sshpass svn tcpdump tdbtool telnet terraform tftp vagrant virsh wg-quick wireshark';

export const PROGRAMS_THAT_RUN_OTHERS: ReadonlySet<string> = new Set(
  [SHELLS, BUILT_IN, INTERPRETERS, BUILDERS, EDITORS_AND_PAGERS, STARTERS, REMOTE_AND_DATA].flatMap((names) =>
    names.split(' '),
  ),
);
