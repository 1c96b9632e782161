/**
 * Who a client is, by what it sends for it. A wrong secret, an unknown handle and an ended grant get the same answer
 * after the same work and the same time.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AuthContext, AuthenticationType, PasswordAuthContext } from 'ssh2';
import { authorizeHostConnection, verifyGrantSecret } from '../../../access/authorize-connection.ts';
import { isAppError, messageOf } from '../../../core/errors.ts';
import { Secret } from '../../../core/secret.ts';
import type { BrokerServices } from '../../services.ts';
import type { ClientConnection } from '../client-connection.ts';
import type { Admission } from '../proxied-session.ts';
import { sendBanner } from '../ssh2-internals.ts';
import { parseLoginName } from './login-name.ts';

/** Makes guessing slow for one connection; how many connections there may be is the listener's limit. */
const FAILURE_DELAY_MS = 750;
const FAILURES_MAX = 6;
/** For typing a secret; who waits for people is not hurried. */
const LOGIN_MS_MAX = 120_000;
const METHODS: AuthenticationType[] = ['publickey', 'password', 'keyboard-interactive'];

export interface LoginContext {
  readonly services: BrokerServices;
  readonly client: ClientConnection;
  readonly clientAddress: string;
}

/** @returns null when the client left, or was shown out */
export function authenticate(context: LoginContext): Promise<Admission | null> {
  const { client, services } = context;
  const { promise, resolve } = Promise.withResolvers<Admission | null>();
  const late = setTimeout(() => client.end('The login took too long.'), LOGIN_MS_MAX);
  late.unref();
  const login = new Login(context, resolve);
  client.connection.on('authentication', (attempt) => {
    login.decide(attempt).catch((error: unknown) => {
      services.logger.error({ problem: messageOf(error) }, 'a login failed');
      client.end('Sallyport failed to check this login.');
    });
  });
  void client.closed.then(() => resolve(null));
  return promise.finally(() => clearTimeout(late));
}

class Login {
  readonly #context: LoginContext;
  readonly #admit: (admission: Admission) => void;
  #failures = 0;

  constructor(context: LoginContext, admit: (admission: Admission) => void) {
    this.#context = context;
    this.#admit = admit;
  }

  async decide(attempt: AuthContext): Promise<void> {
    const name = parseLoginName(attempt.username);
    if (attempt.method === 'none') return attempt.reject(METHODS);
    if (attempt.method === 'password' && name?.kind === 'handle') return this.#secret(attempt, name.handle);
    return this.#fail(attempt);
  }

  async #secret(attempt: PasswordAuthContext, handle: string): Promise<void> {
    const { access } = this.#context.services;
    const isRight = await verifyGrantSecret(access, { handle, secret: new Secret(attempt.password) });
    if (!isRight) return this.#fail(attempt);
    await this.#open(attempt, handle);
  }

  async #open(attempt: AuthContext, handle: string): Promise<void> {
    const { services, client, clientAddress } = this.#context;
    const askedAtMs = services.monotonic();
    const answer = await authorizeHostConnection(services.access, {
      handle,
      clientAddress,
      application: client.application,
      replica: services.replica,
    }).catch((error: unknown) => {
      if (!isAppError(error)) throw error;
      return { authorized: false, reason: error.message } as const;
    });
    if (!answer.authorized) {
      sendBanner(client.connection, `Access was refused: ${answer.reason}.`);
      return this.#fail(attempt);
    }
    this.#admit({ client, answer, clientAddress, askedAtMs, accept: () => attempt.accept() });
  }

  async #fail(attempt: AuthContext): Promise<void> {
    this.#failures += 1;
    await sleep(FAILURE_DELAY_MS);
    if (this.#failures >= FAILURES_MAX) this.#context.client.end('Too many failed logins.');
    else attempt.reject(METHODS);
  }
}
