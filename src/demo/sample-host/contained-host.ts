/**
 * A host for where OpenSSH's server is missing: commands run in a real shell of this machine, in the sample's own
 * directory, and files are those below it. Without a terminal of its own it takes one from `script` where that is there.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { SignalConstants } from 'node:os';
import { constants } from 'node:os';
import ssh2, { type AuthContext, type Connection, type ServerChannel, type Session } from 'ssh2';
import { childEnvironment } from '../../client-environment.ts';
import { serveFiles } from './contained-files.ts';
import type { HostPlan, HostServer } from './host-plan.ts';

const SHELL = '/bin/sh';

/**
 * @param why there is no OpenSSH, for the start screen
 * @throws the error of `listen` when the port is taken
 */
export async function startContainedHost(plan: HostPlan, why: string): Promise<HostServer> {
  const connections = new Set<Connection>();
  const server = new ssh2.Server({ hostKeys: [readFileSync(plan.hostKeyFile)] }, (connection) => {
    connections.add(connection);
    connection.on('error', () => undefined);
    connection.on('close', () => connections.delete(connection));
    connection.on('authentication', (context) => answerLogin(context, plan));
    connection.on('session', (accept) => serveSession(accept(), plan));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(plan.port, '127.0.0.1', resolve);
  });
  return {
    description: `a stand-in of the demo (${why})`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const connection of connections) connection.end();
      }),
  };
}

function answerLogin(context: AuthContext, { username, loginKey }: HostPlan): void {
  const allowed = ssh2.utils.parseKey(loginKey);
  if (allowed instanceof Error || context.method !== 'publickey' || context.username !== username) {
    context.reject(['publickey']);
    return;
  }
  const isKnown = context.key.data.equals(allowed.getPublicSSH());
  const { blob, signature } = context;
  // Without a signature it only asks whether the key would do.
  const isProved =
    signature === undefined ||
    (blob !== undefined && allowed.verify(blob, signature, context.hashAlgo) === true);
  if (isKnown && isProved) context.accept();
  else context.reject(['publickey']);
}

function serveSession(session: Session, { home }: HostPlan): void {
  const environment: Record<string, string> = { HOME: home };
  const running: { child: ChildProcessWithoutNullStreams | null } = { child: null };
  let hasTerminal = false;
  const start = (channel: ServerChannel, words: readonly [string, ...string[]]): void => {
    const [program, ...args] = words;
    const child = spawn(program, args, {
      cwd: home,
      env: childEnvironment(environment),
      // It leads a process group, as behind OpenSSH.
      detached: true,
    });
    running.child = child;
    connect(child, channel);
  };
  session.on('pty', (accept, _reject, { term }: { term?: string }) => {
    hasTerminal = true;
    if (term !== undefined) environment['TERM'] = term;
    accept?.();
  });
  session.on('window-change', (accept) => accept?.());
  session.on('env', (accept, _reject, { key, val }) => {
    environment[key] = val;
    accept?.();
  });
  session.on('signal', (accept, _reject, { name }) => {
    if (running.child !== null) killGroup(running.child, name);
    accept?.();
  });
  session.on('exec', (accept, _reject, { command }) => start(accept(), [SHELL, '-c', command]));
  session.on('shell', (accept) => {
    const shell = `${SHELL} -i`;
    start(accept(), hasTerminal ? ['script', '-qfc', shell, '/dev/null'] : [SHELL, '-i']);
  });
  session.on('sftp', (accept) => serveFiles(accept(), home));
  session.once('close', () => {
    if (running.child !== null) killGroup(running.child, 'HUP');
  });
}

function connect(child: ChildProcessWithoutNullStreams, channel: ServerChannel): void {
  channel.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  channel.pipe(child.stdin);
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  child.once('error', (error) => {
    channel.stderr.write(`${error.message}\n`);
    channel.exit(127);
    channel.end();
  });
  child.once('close', (status, signal) => {
    if (signal === null) channel.exit(status ?? 1);
    else channel.exit(signal.replace(/^SIG/, ''));
    channel.end();
  });
}

function killGroup({ pid }: ChildProcessWithoutNullStreams, name: string): void {
  const signal = `SIG${name}`;
  if (pid === undefined || !isSignal(signal)) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended by itself.
  }
}

function isSignal(name: string): name is keyof SignalConstants {
  return Object.hasOwn(constants.signals, name);
}
