/** Programs that are offered where a role has no list. Whether one is there, the target knows. */
export const COMMON_PROGRAMS: readonly string[] =
  'apt apt-get base64 basename cat chmod chown cksum cmp comm cp curl cut date dd df diff dig dirname dmesg docker dpkg du echo env expr false file find free getent git grep groups gunzip gzip head hostname hostnamectl id ip journalctl kill last ln ls lsblk lscpu lsof md5sum mkdir mount mv netstat nproc od openssl paste pgrep ping pkill printf ps pwd readlink realpath rm rmdir rsync sed seq service sha256sum sleep sort ss stat strings sudo sync systemctl tail tar tee test timedatectl timeout touch tr true umount uname uniq uptime vmstat wc wget which who whoami xz zcat zgrep'.split(
    ' ',
  );
