/** From an address to an authenticated connection: TCP, the pinned host key, the credential, which is then forgotten. */
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import ssh2, { type Client } from 'ssh2';
import type { HostCredential } from '../../../access/authorize-connection.ts';
import { AppError, isAppError, messageOf } from '../../../core/errors.ts';
import type { SshResource } from '../../../policies/document/schema.ts';
import { parseAddress } from '../../address.ts';
import { algorithms } from '../algorithms.ts';
import { type HeldCredential, holdCredential } from './held-credential.ts';
import { pinnedHostKey, unknownHostKey } from './pinned-host-key.ts';

/** For TCP and the login together. */
const LOGIN_MS_MAX = 10_000;
const KEEP_ALIVE_MS = 15_000;
const KEEP_ALIVES_UNANSWERED_MAX = 3;
const IDENT = 'Sallyport';

export interface LoggedIn {
  readonly client: Client;
  readonly socket: Socket;
}

/**
 * @returns a connection that has a listener for its errors; whoever gets it closes it
 * @throws AppError `upstream_failed` within 10 s, that names the resource and the fault and never a credential;
 *   `config_invalid` for a key of the configuration that cannot be read
 */
export async function logIn(options: {
  readonly resource: SshResource;
  readonly credential: HostCredential;
}): Promise<LoggedIn> {
  const { resource } = options;
  const pinned = pinnedHostKey(resource);
  const held = holdCredential(options.credential, resource);
  const signal = AbortSignal.timeout(LOGIN_MS_MAX);
  try {
    const socket = await openSocket(resource, signal);
    return await authenticate({ resource, pinned, held, socket, signal });
  } finally {
    held.forget();
  }
}

async function openSocket(resource: SshResource, signal: AbortSignal): Promise<Socket> {
  const { host, port } = parseAddress(resource.address);
  const socket = connectTcp({ host, port, noDelay: true });
  // `once` reports the first error; ssh2 listens for later ones.
  socket.on('error', () => undefined);
  try {
    await once(socket, 'connect', { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    const why = signal.aborted ? `no answer within ${LOGIN_MS_MAX / 1_000} s` : messageOf(error);
    throw failed(resource, `cannot be reached: ${why}`, error);
  }
}

async function authenticate(options: {
  readonly resource: SshResource;
  readonly pinned: ReturnType<typeof pinnedHostKey>;
  readonly held: HeldCredential;
  readonly socket: Socket;
  readonly signal: AbortSignal;
}): Promise<LoggedIn> {
  const { resource, pinned, held, socket, signal } = options;
  const client = new ssh2.Client();
  let refusal: AppError | null = null;
  const ready = new Promise<void>((resolve, reject) => {
    client.once('ready', resolve);
    client.on('error', reject);
    client.once('close', () => reject(new Error('the target closed the connection')));
    signal.addEventListener('abort', () =>
      reject(new Error(`no login within ${LOGIN_MS_MAX / 1_000} s: the target does not answer`)),
    );
  });
  // Errors of a live connection are told by its close; nobody listens to this promise then.
  ready.catch(() => undefined);
  try {
    client.connect({
      sock: socket,
      username: 'sallyport',
      ident: IDENT,
      algorithms: algorithms(pinned.algorithms),
      readyTimeout: 0,
      keepaliveInterval: KEEP_ALIVE_MS,
      keepaliveCountMax: KEEP_ALIVES_UNANSWERED_MAX,
      hostVerifier: (blob: Buffer) => {
        if (pinned.matches(blob)) return true;
        refusal = unknownHostKey(resource, blob);
        return false;
      },
      authHandler: (methodsLeft, _partial, next) => {
        const method = held.next(methodsLeft);
        // Its types leave out that false says that nothing is left.
        next(method as Exclude<typeof method, false>);
      },
    });
    await ready;
    return { client, socket };
  } catch (error) {
    socket.destroy();
    throw refusal ?? explained(resource, held, error);
  }
}

function explained(resource: SshResource, held: HeldCredential, error: unknown): AppError {
  if (isAppError(error)) return error;
  const message = messageOf(error);
  if (message.includes('authentication methods failed')) {
    const tried = held.tried.join(' and ');
    return failed(
      resource,
      `did not accept the configured login (${tried === '' ? 'none of its methods' : tried})`,
    );
  }
  return failed(resource, `failed the SSH handshake: ${message}`, error);
}

/** @param what continues "The target NAME …" */
function failed(resource: SshResource, what: string, cause?: unknown): AppError {
  return new AppError('upstream_failed', `The target ${resource.name} ${what}`, {
    cause,
    context: { resource: resource.name },
  });
}
