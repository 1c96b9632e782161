/** The real server before a sample shop, for drills: whatever its policy says next, and whoever has whichever token. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { waitFor } from '../../../src/demo/tour/wait-for.ts';
import { type TestShop, useTestDatabase, useTestShop } from '../../support/database.ts';
import { freePort } from '../../support/free-port.ts';
import { type TestIssuer, useTestIssuer } from '../../support/issuer.ts';
import { buildProgram } from '../../support/program.ts';
import { type ServerProcess, startServerProcess } from '../../support/server-process.ts';

/** What a policy does against a stolen token; each can be left out. */
export interface Protections {
  readonly masks: boolean;
  readonly rowLimit: boolean;
  readonly alerts: boolean;
  /** What the workload's role allows, and how a DROP is answered where it does. */
  readonly drop: 'denied' | 'held' | 'allowed';
}

export const PROTECTED: Protections = { masks: true, rowLimit: true, alerts: true, drop: 'denied' };
export const ROWS_MAX = 500;
export const CANARY = 'sallyport_drill_canary';

export interface DrillDeployment {
  readonly url: string;
  readonly directory: string;
  readonly recordings: string;
  readonly shop: TestShop;
  readonly issuer: TestIssuer;
  /** Of the workload. @returns the file that holds it */
  tokenFile(name: string, claims?: Readonly<Record<string, unknown>>): Promise<string>;
  tokenOf(name: string, groups: readonly string[]): Promise<string>;
  call<Answer>(token: string, path: string): Promise<Answer>;
  /** Has the server protect like this from now on. */
  protect(protections: Protections): Promise<void>;
  makeCanary(): Promise<void>;
}

const BUILD = { sub: 'job', repository: 'acme/shop' };

export function useDrillDeployment(): { readonly current: DrillDeployment } {
  const root = mkdtempSync(join(tmpdir(), 'sallyport-drill-'));
  const database = useTestDatabase();
  const shop = useTestShop();
  const issuer = useTestIssuer();
  let server: ServerProcess | null = null;
  let deployment: DrillDeployment | null = null;
  beforeAll(async () => {
    const parts = { root, shop: shop.current, issuer: issuer.current };
    const started = await start({ ...parts, databaseUrl: database.current.url.reveal() });
    server = started.server;
    deployment = started.deployment;
  });
  afterAll(async () => {
    if (server?.running === true) await server.stop();
    rmSync(root, { recursive: true, force: true });
  });
  return {
    get current() {
      if (deployment === null) throw new Error('The deployment exists only while tests run.');
      return deployment;
    },
  };
}

interface Parts {
  readonly root: string;
  readonly shop: TestShop;
  readonly issuer: TestIssuer;
  readonly databaseUrl: string;
}

async function start(
  parts: Parts,
): Promise<{ readonly server: ServerProcess; readonly deployment: DrillDeployment }> {
  const { root, shop, issuer } = parts;
  const ports = { web: await freePort(), broker: await freePort() };
  const url = `http://127.0.0.1:${ports.web}`;
  const recordings = join(root, 'recordings');
  const configFile = join(root, 'sallyport.yaml');
  const state = join(root, 'state');
  mkdirSync(state, { mode: 0o700 });
  const write = (protections: Protections): void =>
    writeFileSync(configFile, policyFor({ ...parts, ports, recordings, protections }), { mode: 0o600 });
  for (const { username, password } of Object.values(shop.credentials))
    writeFileSync(join(root, username), password, { mode: 0o600 });
  write(PROTECTED);
  const server = await startServerProcess({
    program: await buildProgram(),
    configFile,
    environment: { SALLYPORT_DATA: state, DATABASE_URL: parts.databaseUrl },
  });
  const tokenOf = (name: string, groups: readonly string[]): Promise<string> =>
    issuer.sign({ sub: name, aud: url, name, email: `${name}@example.com`, groups: [...groups] });
  const call = async <Answer>(token: string, path: string): Promise<Answer> => {
    const response = await fetch(`${url}/api/v1/${path}`, { headers: { authorization: `Bearer ${token}` } });
    if (!response.ok) throw new Error(`${path} was answered with ${response.status}`);
    return (await response.json()) as Answer;
  };
  const deployment: DrillDeployment = {
    url,
    directory: root,
    recordings,
    shop,
    issuer,
    tokenOf,
    call,
    tokenFile: async (name, claims = {}) => {
      const file = join(root, `${name}.jwt`);
      writeFileSync(file, `${await issuer.sign({ aud: url, ...BUILD, ...claims })}\n`, { mode: 0o600 });
      return file;
    },
    protect: async (protections) => {
      const carol = await tokenOf('carol', ['responders']);
      const version = async () => (await call<{ version: string }>(carol, 'policy')).version;
      const before = await version();
      write(protections);
      server.hangUp();
      await waitFor('The changed policy', async () => ((await version()) === before ? null : true));
    },
    makeCanary: async () => {
      await shop.query(`create table if not exists ${CANARY} (note text not null)`);
      await shop.query(`alter table ${CANARY} owner to ${shop.credentials.owner.username}`);
      await shop.query(`insert into ${CANARY} (note) values ('lost if a drill is not stopped')`);
      await shop.query(`grant select, insert on ${CANARY} to public`);
    },
  };
  return { server, deployment };
}

function policyFor(
  of: Parts & {
    readonly ports: { readonly web: number; readonly broker: number };
    readonly recordings: string;
    readonly protections: Protections;
  },
): string {
  const { root, shop, issuer, ports, protections } = of;
  const { masks, rowLimit, alerts, drop } = protections;
  const credential = (role: keyof TestShop['credentials']): string => {
    const { username } = shop.credentials[role];
    return `{ username: ${username}, password: { file: ${join(root, username)} } }`;
  };
  const role =
    drop === 'denied'
      ? '{ allow: [select, insert, update, delete] }'
      : `{ allow: all, credential: ${credential('owner')} }`;
  return `
server: { address: "127.0.0.1:${ports.web}" }
broker: { postgres: { address: "127.0.0.1:${ports.broker}" }, ssh: { address: "127.0.0.1:0" } }
recording: { directory: ${of.recordings} }
identity: { oidc: { issuer: "${issuer.url}", clientId: sallyport, groupsClaim: groups } }
workloads:
  - { name: deployer, owner: dana@example.com, issuer: "${issuer.url}", claims: { repository: ${BUILD.repository} } }
oversight: { groups: [responders] }
chat: { approvals: access, audit: access-audit, web: { channels: [access, access-audit] } }
${alerts ? 'alerts: {}' : ''}
resources:
  - name: orders-db
    kind: postgres
    address: "127.0.0.1:${shop.port}"
    database: ${shop.name}
    credential: ${credential('writer')}
    tls: { mode: disable }
    labels: { env: prod }
    roles: { deploy: ${role} }
access:
  - { name: builds, who: { workloads: [deployer] }, to: { kind: postgres }, roles: [deploy], approval: auto }
rules:
  - { name: no-reindex, on: { kind: postgres }, match: { effects: [maintenance] }, action: deny }
${rowLimit ? `  - { name: bulk-egress, on: { kind: postgres }, match: { rowsOver: ${ROWS_MAX} }, action: stop }` : ''}
${drop === 'held' ? '  - { name: drops, on: { kind: postgres }, match: { effects: [drop] }, action: review, approval: { from: [{ group: dba, count: 1 }], within: 5m } }' : ''}
masks:
  - { name: dates, columns: ["public.orders.placed_at"], with: redact }
${masks ? '  - { name: contact, columns: ["public.customers.email"], with: redact }\n  - { name: cards, columns: ["*.payments.card_number"], with: { keepLast: 4 } }' : ''}
`;
}
