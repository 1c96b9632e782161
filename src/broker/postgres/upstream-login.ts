/** Logs in to a target with the credential that Sallyport holds. */
import type { Socket } from 'node:net';
import { AppError } from '../../core/errors.ts';
import {
  encodeSaslInitialResponse,
  encodeSaslResponse,
  parseAuthenticationRequest,
} from './codec/authentication.ts';
import { BACKEND_MESSAGE_BYTES_MAX } from './codec/limits.ts';
import { BACKEND, typeName } from './codec/message-types.ts';
import { parseReport } from './codec/report.ts';
import { type CancelKey, encodeCancelRequest, encodeStartup } from './codec/startup.ts';
import { parseBackendKeyData, parseParameterStatus } from './codec/status.ts';
import { type RawMessage, readMessage } from './handshake-reader.ts';
import type { ScramClient } from './scram/client.ts';
import { chooseScram, plainAnswer, type UpstreamCredential } from './upstream-password.ts';
import { openTransport, type UpstreamTarget, upstreamFailed } from './upstream-transport.ts';

/** For connecting, TLS, authentication and the first ReadyForQuery together. */
const LOGIN_MS_MAX = 10_000;
const CANCEL_MS_MAX = 5_000;
const NONCE_BYTES = 18;
const PLAIN_METHODS = { cleartext: 'a cleartext', md5: 'an md5' } as const;

export interface Upstream {
  readonly socket: Socket;
  /** What the target reported about itself: server_version, client_encoding, … */
  readonly parameters: ReadonlyMap<string, string>;
  /** Asks the target to cancel what it is doing for this connection. Never throws. */
  cancel(): Promise<void>;
}

/**
 * Connects, logs in and waits until the target is ready for the first query.
 * @param options.parameters start-up parameters besides user and database
 * @throws AppError `upstream_failed`; its message is fit for the person and holds no secret
 */
export async function openUpstream(options: {
  readonly resource: UpstreamTarget;
  readonly credential: UpstreamCredential;
  readonly parameters: ReadonlyMap<string, string>;
  readonly random: (bytes: number) => Uint8Array;
}): Promise<Upstream> {
  const { resource } = options;
  const deadline = AbortSignal.timeout(LOGIN_MS_MAX);
  const socket = await openTransport(resource, deadline);
  const onDeadline = (): void => void socket.destroy();
  deadline.addEventListener('abort', onDeadline, { once: true });
  try {
    const { parameters, cancelKey } = await logIn(socket, options);
    return { socket, parameters, cancel: () => cancelUpstream(resource, cancelKey) };
  } catch (error) {
    socket.destroy();
    if (deadline.aborted)
      throw upstreamFailed(resource, `did not answer within ${LOGIN_MS_MAX / 1_000} seconds`);
    if (error instanceof AppError && error.code !== 'upstream_failed')
      throw upstreamFailed(resource, 'failed the login', error);
    throw error;
  } finally {
    deadline.removeEventListener('abort', onDeadline);
  }
}

async function logIn(
  socket: Socket,
  options: Parameters<typeof openUpstream>[0],
): Promise<{ parameters: Map<string, string>; cancelKey: CancelKey | null }> {
  const { resource, credential } = options;
  const startup = new Map([
    ['user', credential.username],
    ['database', resource.database],
    ...options.parameters,
  ]);
  socket.write(encodeStartup({ parameters: startup }));
  await authenticate(socket, options);
  const parameters = new Map<string, string>();
  let cancelKey: CancelKey | null = null;
  for (;;) {
    const { type, body } = await readOrRefused(socket, resource);
    if (type === BACKEND.readyForQuery) return { parameters, cancelKey };
    if (type === BACKEND.parameterStatus) {
      const { name, value } = parseParameterStatus(body);
      parameters.set(name, value);
    } else if (type === BACKEND.backendKeyData) {
      cancelKey = parseBackendKeyData(body);
    } else if (type !== BACKEND.notice) {
      throw upstreamFailed(resource, `sent an unexpected message ${typeName(type)} after the login`);
    }
  }
}

async function authenticate(socket: Socket, options: Parameters<typeof openUpstream>[0]): Promise<void> {
  const { resource, credential } = options;
  let scram: ScramClient | null = null;
  let check: ((serverFinal: string) => void) | null = null;
  let state: 'fresh' | 'begun' | 'answered' | 'proven' = 'fresh';
  for (;;) {
    const { type, body } = await readOrRefused(socket, resource);
    if (type !== BACKEND.authentication)
      throw upstreamFailed(resource, `sent ${typeName(type)} instead of an authentication request`);
    const request = parseAuthenticationRequest(body);
    if (request.kind === 'ok' && (state === 'fresh' || state === 'proven')) return;
    if (request.kind === 'sasl' && state === 'fresh') {
      const nonce = Buffer.from(options.random(NONCE_BYTES)).toString('base64');
      const chosen = chooseScram(request.mechanisms, { socket, credential, nonce });
      if (chosen === null) throw refusedMethod(resource, request.mechanisms.join(', '));
      const { mechanism, client } = chosen;
      socket.write(encodeSaslInitialResponse({ mechanism, data: client.clientFirst }));
      scram = client;
      state = 'begun';
    } else if (request.kind === 'sasl-continue' && state === 'begun' && scram !== null) {
      const answer = await scram.answer(request.data);
      check = answer.check;
      socket.write(encodeSaslResponse(answer.clientFinal));
      state = 'answered';
    } else if ((request.kind === 'md5' || request.kind === 'cleartext') && state === 'fresh') {
      const answer = plainAnswer(request, { resource, credential });
      if (answer === null) throw refusedMethod(resource, `${PLAIN_METHODS[request.kind]} password`);
      socket.write(answer);
      state = 'proven';
    } else if (request.kind === 'sasl-final' && state === 'answered' && check !== null) {
      check(request.data);
      state = 'proven';
    } else if (request.kind === 'other') {
      throw refusedMethod(resource, request.method);
    } else {
      throw upstreamFailed(resource, 'did not follow the order of a SCRAM login');
    }
  }
}

function refusedMethod(resource: UpstreamTarget, method: string): AppError {
  return upstreamFailed(
    resource,
    `asks for ${method}, which is refused because a compromised target could ask for the password that way. Set password_encryption = scram-sha-256 on the target, set the password again, and use scram-sha-256 in its pg_hba.conf`,
  );
}

async function readOrRefused(socket: Socket, resource: UpstreamTarget): Promise<RawMessage> {
  const message = await readMessage(socket, BACKEND_MESSAGE_BYTES_MAX);
  if (message.type !== BACKEND.error) return message;
  const fields = parseReport(message.body);
  const sqlState = fields.get('C') ?? 'XX000';
  // What the target says about a failed login names its accounts; that is for the operator's eyes.
  const why = sqlState.startsWith('28')
    ? 'the credential that Sallyport holds for it'
    : (fields.get('M') ?? 'no reason given');
  throw upstreamFailed(resource, `refused the login (${sqlState}): ${why}`);
}

/** A connection of its own, as the protocol wants it; the target closes it when the signal is sent. */
async function cancelUpstream(resource: UpstreamTarget, key: CancelKey | null): Promise<void> {
  if (key === null) return;
  const deadline = AbortSignal.timeout(CANCEL_MS_MAX);
  try {
    const socket = await openTransport(resource, deadline);
    await new Promise<void>((resolve) => {
      deadline.addEventListener('abort', () => socket.destroy(), { once: true });
      socket.once('close', () => resolve());
      socket.resume();
      socket.end(encodeCancelRequest(key));
    });
  } catch {
    // The target cannot be reached for a cancel; the caller closes the connection itself as well.
  }
}
