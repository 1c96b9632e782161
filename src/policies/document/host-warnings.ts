/** What may be written about hosts, and protects less than it seems to. */
import { type HostPolicy, hostPolicy } from '../rules/host-policy.ts';
import { rulesAgainstTerminal } from '../rules/terminal-rules.ts';
import type { PolicyDocument, SshResource } from './schema.ts';
import type { ShellRole } from './shell-role.ts';

interface Warning {
  readonly path: string;
  readonly message: string;
}

const NO_KEY = 'this is no public key of a host: no connection to it is made. ssh-keyscan HOST shows them.';
const BOTH = 'with a password and a private key, the password opens the host as well: keep the key alone.';
const RAW_UNDER_RULES =
  'rules that apply here mean commands, so no raw terminal is opened: in one nothing is judged. Use shell: guided.';
const RAW_UNDER_MASKS =
  'masks find less in a raw terminal, which is shown as it is typed. Use shell: guided, or give the role to few people.';
const WRITES =
  'who may write files may replace what the listed programs read, or the programs themselves: sftp: read keeps the list a limit.';
const ANYWHERE = 'the client may be connected to anything that the host reaches: list host and port.';
const AGENT =
  "what is done with a forwarded agent is seen by no rule and no list of programs: whoever is on the host as its account may log in elsewhere with the client's keys while the session lasts. Prefer a credential of the host's own.";
const X11 =
  "programs on the host can see and type into the client's windows, and no rule sees what they do there: leave x11 out where nobody needs it.";

const KEY = /^(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) AAAA[A-Za-z0-9+/]{32,}={0,2}(?: .*)?$/;

export function hostWarnings(document: Pick<PolicyDocument, 'resources' | 'rules' | 'masks'>): Warning[] {
  return document.resources.flatMap((resource, index) =>
    resource.kind === 'ssh' ? warningsOf(document, resource, `resources[${index}]`) : [],
  );
}

function warningsOf(
  document: Parameters<typeof hostWarnings>[0],
  resource: SshResource,
  path: string,
): Warning[] {
  const { password, privateKey } = resource.credential;
  return [
    ...(isPublicKey(resource.hostKey) ? [] : [{ path: `${path}.hostKey`, message: NO_KEY }]),
    ...(password !== undefined && privateKey !== undefined
      ? [{ path: `${path}.credential`, message: BOTH }]
      : []),
    ...Object.entries(resource.roles).flatMap(([name, role]) => {
      const found = hostPolicy(document, { resource: resource.name, role: name });
      return [
        ...warningsOfTerminal(role, found),
        ...warningsOfRole(role),
        ...warningsOfOffers(role, found),
      ].map(({ path: within, message }) => {
        return { path: `${path}.roles.${name}.${within}`, message };
      });
    }),
  ];
}

function warningsOfTerminal({ shell }: ShellRole, found: HostPolicy | null): Warning[] {
  if (shell !== 'raw' || found === null) return [];
  if (rulesAgainstTerminal(found.rules).length > 0) return [{ path: 'shell', message: RAW_UNDER_RULES }];
  return found.masks.length > 0 ? [{ path: 'shell', message: RAW_UNDER_MASKS }] : [];
}

function warningsOfRole({ programs, sftp, forwarding }: ShellRole): Warning[] {
  return [
    ...(programs !== undefined && sftp === 'write' ? [{ path: 'sftp', message: WRITES }] : []),
    ...(forwarding?.to.includes('*:*') === true ? [{ path: 'forwarding.to', message: ANYWHERE }] : []),
  ];
}

/** Where somebody relies on what is judged: what a forwarded agent or screen is used for is not. */
function warningsOfOffers({ programs, allow, forwarding }: ShellRole, found: HostPolicy | null): Warning[] {
  const rules = found?.rules ?? [];
  const isLimited = programs !== undefined || allow !== undefined || rulesAgainstTerminal(rules).length > 0;
  if (!isLimited) return [];
  return [
    ...(forwarding?.agent === true ? [{ path: 'forwarding.agent', message: AGENT }] : []),
    ...(forwarding?.x11 === true ? [{ path: 'forwarding.x11', message: X11 }] : []),
  ];
}

/** One a line, each as ssh-keyscan shows it behind the host. */
function isPublicKey(text: string): boolean {
  return text
    .trim()
    .split('\n')
    .every((line) => KEY.test(line.trim()));
}
