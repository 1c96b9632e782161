/** How each client is told of a connection. What stands in a process's arguments is there for every user to see. */
import { sshFingerprint } from '../identity/ssh-key-claims.ts';
import type { GrantView, RevealedDatabase, RevealedHost } from './views.ts';

interface RevealedGrant {
  readonly grant: GrantView;
  readonly password: string;
}

export function databaseConnection(
  { grant, password }: RevealedGrant,
  to: { readonly host: string; readonly port: number; readonly database: string },
): RevealedDatabase {
  const location = `${to.host}:${to.port}/${encodeURIComponent(to.database)}?sslmode=require`;
  return {
    kind: 'postgres',
    grant,
    ...to,
    username: grant.id,
    password,
    commands: [
      // Through the environment.
      { client: 'psql', text: `PGPASSWORD=${password} psql "postgresql://${grant.id}@${location}"` },
      { client: 'URL', text: `postgresql://${grant.id}:${password}@${location}` },
      { client: 'JDBC', text: `jdbc:postgresql://${location}&user=${grant.id}&password=${password}` },
    ],
  };
}

/** The clients ask for the password; none takes it as an argument. */
export function hostConnection(
  { grant, password }: RevealedGrant,
  to: { readonly host: string; readonly port: number; readonly hostKey: string },
): RevealedHost {
  const host = to.host.replace(/^\[|\]$/g, '');
  // What copies files ends the name of a host at the first colon.
  const inBrackets = host.includes(':') ? `[${host}]` : host;
  const at = (option: string): string => (to.port === DEFAULT_PORT ? '' : `${option} ${to.port} `);
  return {
    kind: 'ssh',
    grant,
    ...to,
    host,
    username: grant.id,
    password,
    commands: [
      { client: 'ssh', text: `ssh ${at('-p')}${grant.id}@${host}` },
      { client: 'sftp', text: `sftp ${at('-P')}${grant.id}@${inBrackets}` },
      { client: 'scp', text: `scp ${at('-P')}FILE ${grant.id}@${inBrackets}:` },
      { client: 'password', text: password },
      // ssh asks whether this is the host's, and takes it as the answer.
      { client: 'fingerprint', text: sshFingerprint(Buffer.from(to.hostKey.split(' ')[1] ?? '', 'base64')) },
      { client: 'known_hosts', text: knownHostsLine({ ...to, host }) },
    ],
  };
}

const DEFAULT_PORT = 22;

/** As in sshd(8), section SSH_KNOWN_HOSTS FILE FORMAT. */
function knownHostsLine(to: {
  readonly host: string;
  readonly port: number;
  readonly hostKey: string;
}): string {
  const name = to.port === DEFAULT_PORT ? to.host : `[${to.host}]:${to.port}`;
  return `${name} ${to.hostKey}`;
}
