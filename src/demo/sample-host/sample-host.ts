/**
 * The host that the demo protects: OpenSSH's server where it is installed and starts, else one made for the demo. It
 * runs on this machine as whoever runs the demo, in a directory of its own, which it takes for its home.
 */
import { mkdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../core/errors.ts';
import { startContainedHost } from './contained-host.ts';
import { keepHostKeys } from './host-keys.ts';
import type { HostPlan, HostServer } from './host-plan.ts';
import { startOpenSshHost } from './openssh-host.ts';
import { MAINTENANCE, writeSampleFiles } from './sample-files.ts';

export interface SampleHost extends HostServer {
  readonly port: number;
  /** `ssh-ed25519 AAAA…`, for the policy to pin. */
  readonly hostKey: string;
  readonly username: string;
  /** Lets the broker in, and nobody else. */
  readonly privateKeyFile: string;
  /** Where a session begins, from `/`. */
  readonly home: string;
  /** A script of the sample app, from `/`. */
  readonly maintenance: string;
}

/** @throws the error of `listen` when the port is taken */
export async function startSampleHost(of: {
  readonly directory: string;
  readonly port: number;
}): Promise<SampleHost> {
  const { directory, port } = of;
  const home = join(directory, 'home');
  mkdirSync(home, { recursive: true, mode: 0o700 });
  writeSampleFiles(home);
  const keys = keepHostKeys(directory);
  const plan: HostPlan = {
    directory,
    home,
    port,
    username: userInfo().username,
    hostKeyFile: keys.host.file,
    loginKey: keys.login.publicKey,
  };
  const { description, stop } = await startServer(plan, keys.login.file);
  return {
    port,
    hostKey: keys.host.publicKey,
    username: plan.username,
    privateKeyFile: keys.login.file,
    home,
    maintenance: join(home, MAINTENANCE),
    description,
    stop,
  };
}

async function startServer(plan: HostPlan, loginKeyFile: string): Promise<HostServer> {
  try {
    const openSsh = await startOpenSshHost(plan, loginKeyFile);
    if (openSsh !== null) return openSsh;
    return await startContainedHost(plan, 'OpenSSH’s server is not installed');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') throw error;
    return await startContainedHost(plan, messageOf(error));
  }
}
