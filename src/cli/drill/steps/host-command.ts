/** A host: the token as the password of an ordinary SSH client, and a command outside of the role. */
import { Client } from 'ssh2';
import { messageOf } from '../../../core/errors.ts';
import type { DrillStep } from '../drill.ts';
import { alertedCheck, loggedCheck, recordedCheck } from '../evidence.ts';
import { type Check, failedCheck, unknownCheck } from '../model.ts';
import type { HostPlan } from '../plan.ts';
import { findNewSession } from '../stolen-sessions.ts';
import { revoke } from './revoke.ts';
import { takeAccess } from './take-access.ts';

const TIMEOUT_MS = 20_000;

interface Login {
  readonly host: string;
  readonly port: number;
  readonly hostKey: string;
  readonly username: string;
  readonly password: string;
}

export const HOST_COMMAND: DrillStep = {
  name: 'host',
  title: 'A command on a host, outside of the role',
  expected: 'refused, recorded, and somebody told',
  needsAccess: false,
  run: async (drill) => {
    const { host, token } = drill.plan;
    if (host === null)
      return {
        checks: [{ what: 'tried', verdict: 'skipped', text: 'no --host', afterMs: null }],
        sessions: [],
      };
    const access = await takeAccess(drill, host);
    const { connection, requestId } = access;
    if (connection.kind !== 'ssh')
      return { checks: [unknownCheck('tried', `${host.resource} is no host`)], sessions: [] };
    const since = performance.now();
    const ran = await runCommand(
      { ...connection, username: loginName(host), password: token.reveal() },
      host.command,
    );
    const seen = await findNewSession(drill, { requestId, since });
    await revoke(drill, access.grantId);
    if (seen.found === null)
      return { checks: [unknownCheck('tried', `no session was opened: ${ran.said}`)], sessions: [] };
    const session = seen.found.id;
    const act = { session, since };
    const checks = [
      judge(ran),
      recordedCheck(drill, {
        ...act,
        statement: host.command,
        judge: ({ action, rule }) =>
          action === 'allow' ? 'but as allowed' : `denied by ${rule ?? 'the policy'}`,
      }),
      loggedCheck(drill, { subject: session, type: 'session.commands-denied', since }),
      alertedCheck(drill, {
        ...act,
        resource: host.resource,
        kind: 'denied-command',
        type: 'session.commands-denied',
      }),
    ];
    return { checks, sessions: [session] };
  },
};

function loginName({ resource, role }: HostPlan): string {
  return role === null ? resource : `${resource}+${role}`;
}

interface Ran {
  readonly status: number | null;
  /** What was said on stderr, or why there was no command. */
  readonly said: string;
  readonly tookMs: number;
}

function judge({ status, said, tookMs }: Ran): Check {
  if (status === 0) return failedCheck('stopped', 'NOT STOPPED: the command ran');
  if (status === null) return unknownCheck('stopped', `the command was not answered: ${said}`);
  return {
    what: 'stopped',
    verdict: 'passed',
    text: `refused, status ${status}`,
    afterMs: Math.round(tookMs),
  };
}

function runCommand(login: Login, command: string): Promise<Ran> {
  const { host, port, username, password } = login;
  const pinned = Buffer.from(login.hostKey.split(' ')[1] ?? '', 'base64');
  const begun = performance.now();
  const client = new Client();
  return new Promise((resolve) => {
    const done = (status: number | null, said: string): void => {
      client.end();
      resolve({ status, said: said.trim(), tookMs: performance.now() - begun });
    };
    client.once('error', (error) => done(null, messageOf(error)));
    client.once('ready', () => {
      client.exec(command, (error, stream) => {
        if (error !== undefined) return done(null, messageOf(error));
        let said = '';
        stream.stderr.on('data', (chunk: Buffer) => {
          said += chunk.toString('utf8');
        });
        stream.resume();
        stream.once('close', (status: number | null) => done(status ?? null, said));
      });
    });
    client.connect({
      host,
      port,
      username,
      password,
      readyTimeout: TIMEOUT_MS,
      hostVerifier: (key: Buffer) => key.equals(pinned),
    });
  });
}
