/**
 * The real server in front of a real OpenSSH server, for people and workloads who come with tokens: nobody signs in on a
 * page.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { waitFor } from '../../../src/demo/tour/wait-for.ts';
import { recordingPath, SIGNING_KEY_FILE } from '../../../src/recording/layout.ts';
import { type Verification, verifyRecording } from '../../../src/recording/verify.ts';
import type { WireGrant, WireRequest } from '../../../src/web/wire.ts';
import { useTestDatabase } from '../../support/database.ts';
import { freePort } from '../../support/free-port.ts';
import { type TestIssuer, useTestIssuer } from '../../support/issuer.ts';
import { buildProgram } from '../../support/program.ts';
import { type ServerProcess, startServerProcess } from '../../support/server-process.ts';
import { type Sshd, TARGET_ACCOUNT, useSshd } from '../../support/ssh/sshd.ts';

/** Of tokens that a build has; the workload `deployer` of the policy. */
export const BUILD = { sub: 'job', repository: 'acme/shop' };

export interface HostDeployment {
  readonly url: string;
  readonly sshd: Sshd;
  readonly sshPort: number;
  readonly server: ServerProcess;
  /** Starts the server again, on everything that the one before left. */
  restart(): Promise<void>;
  /** An access token of the identity provider. @param more claims */
  tokenOf(name: string, groups: readonly string[], more?: Readonly<Record<string, unknown>>): Promise<string>;
  workloadToken(claims?: Readonly<Record<string, unknown>>): Promise<string>;
  /** One call of the API; a POST with a body. */
  call<Answer>(token: string, path: string, body?: unknown): Promise<Answer>;
  /** Asks for a role of the host, which the policy gives at once. @returns the grant, prepared */
  grant(token: string, role: string): Promise<string>;
  verify(sessionId: string): Promise<Verification>;
}

export function useHostDeployment(): { readonly current: HostDeployment } {
  const root = mkdtempSync(join(tmpdir(), 'sallyport-host-server-'));
  const database = useTestDatabase();
  const issuer = useTestIssuer();
  const sshd = useSshd();
  let deployment: HostDeployment | null = null;
  beforeAll(async () => {
    deployment = await start({
      root,
      issuer: issuer.current,
      sshd: sshd.current,
      database: database.current,
    });
  });
  afterAll(async () => {
    if (deployment?.server.running === true) await deployment.server.stop();
    rmSync(root, { recursive: true, force: true });
  });
  return {
    get current() {
      if (deployment === null) throw new Error('The deployment exists only while tests run.');
      return deployment;
    },
  };
}

async function start(of: {
  readonly root: string;
  readonly issuer: TestIssuer;
  readonly sshd: Sshd;
  readonly database: { readonly url: { reveal(): string } };
}): Promise<HostDeployment> {
  const { root, issuer, sshd } = of;
  const [web, ssh] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${web}`;
  const recordings = join(root, 'recordings');
  const state = join(root, 'state');
  mkdirSync(state, { mode: 0o700 });
  const configFile = join(root, 'sallyport.yaml');
  writeFileSync(configFile, policyFor({ issuer, sshd, recordings, web, ssh }), { mode: 0o600 });
  const program = await buildProgram();
  const environment = { SALLYPORT_DATA: state, DATABASE_URL: of.database.url.reveal() };
  const launch = (): Promise<ServerProcess> => startServerProcess({ program, configFile, environment });
  let server = await launch();

  const call: HostDeployment['call'] = async <Answer>(token: string, path: string, body?: unknown) => {
    const response = await fetch(`${url}/api/v1/${path}`, {
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} was answered with ${response.status}: ${text}`);
    return (
      response.headers.get('content-type')?.includes('ndjson') === true ? text : JSON.parse(text)
    ) as Answer;
  };
  return {
    url,
    sshd,
    sshPort: ssh,
    get server() {
      return server;
    },
    restart: async () => {
      server = await launch();
    },
    tokenOf: (name, groups, more = {}) =>
      issuer.sign({ sub: name, aud: url, name, email: `${name}@example.com`, groups: [...groups], ...more }),
    workloadToken: (claims = BUILD) => issuer.sign({ aud: url, ...claims }),
    call,
    grant: async (token, role) => {
      const asked = { resource: 'web-1', role, duration: '1h', reason: 'the pages are slow' };
      const { id, grant } = await call<WireRequest>(token, 'requests', asked);
      if (grant === null) throw new Error(`${id} was not approved`);
      await waitFor('The prepared connection', async () => {
        const { state: now } = await call<WireGrant>(token, `grants/${grant.id}`);
        return now === 'active' ? now : null;
      });
      return grant.id;
    },
    verify: (sessionId) =>
      verifyRecording({
        path: recordingPath(recordings, sessionId),
        publicKeyPem: readFileSync(join(recordings, SIGNING_KEY_FILE), 'utf8'),
      }),
  };
}

function policyFor(of: {
  readonly issuer: TestIssuer;
  readonly sshd: Sshd;
  readonly recordings: string;
  readonly web: number;
  readonly ssh: number;
}): string {
  const { issuer, sshd } = of;
  return `
server: { address: "127.0.0.1:${of.web}" }
broker: { postgres: { address: "127.0.0.1:0" }, ssh: { address: "127.0.0.1:${of.ssh}" } }
recording: { directory: ${of.recordings} }
identity: { oidc: { issuer: "${issuer.url}", clientId: sallyport, groupsClaim: groups, sshKeysClaim: ssh_keys } }
workloads:
  - { name: deployer, owner: dana@example.com, issuer: "${issuer.url}", claims: { repository: ${BUILD.repository} } }
oversight: { groups: [responders] }
resources:
  - name: web-1
    kind: ssh
    address: ${sshd.address}
    hostKey: ${sshd.hostKey}
    credential: { username: ${TARGET_ACCOUNT}, privateKey: { file: ${sshd.privateKeyFile} } }
    roles:
      runner: { shell: exec, sftp: write }
      operator: { shell: guided }
      breakglass: { shell: raw }
access:
  - { name: people, who: { groups: [engineering] }, to: { kind: ssh }, roles: [runner, operator, breakglass], approval: auto }
  - { name: builds, who: { workloads: [deployer] }, to: { kind: ssh }, roles: [runner], approval: auto }
`;
}
