/**
 * Who a client is, by what it sends for it. A wrong secret, an unknown handle, a key or a token that is nobody's get
 * the same answer after the same time, and count together. Whoever is known by a key or a token enters under a grant of
 * theirs, or asks for one.
 */
import type {
  AuthContext,
  AuthenticationType,
  KeyboardAuthContext,
  PasswordAuthContext,
  PublicKeyAuthContext,
} from 'ssh2';
import { findOrTakeLogin } from '../../../access/ask-at-login.ts';
import { authorizeHostConnection, verifyGrantSecret } from '../../../access/authorize-connection.ts';
import { isHolderOf } from '../../../access/host-login.ts';
import { isAppError, messageOf } from '../../../core/errors.ts';
import { Secret } from '../../../core/secret.ts';
import type { BrokerServices } from '../../services.ts';
import type { ClientConnection } from '../client-connection.ts';
import type { Admission } from '../proxied-session.ts';
import { sendBanner } from '../ssh2-internals.ts';
import { askForAccess } from './asking.ts';
import { Attempts } from './attempts.ts';
import { Deadline } from './deadline.ts';
import { type FailuresByAddress, TOO_MANY_FAILURES } from './failures-by-address.ts';
import { type LoginName, parseLoginName } from './login-name.ts';
import { mayAsk, noKeyWords } from './login-words.ts';
import { oneLine } from './one-line.ts';
import { awaitPreparation } from './preparation.ts';
import { Prompter } from './prompter.ts';
import { type Proof, proofByKey, proofByToken } from './proofs.ts';

/** For typing a secret or the answers; who waits for people is not hurried. */
const LOGIN_MS_MAX = 120_000;
const METHODS: AuthenticationType[] = ['publickey', 'password', 'keyboard-interactive'];
const WITHOUT_QUESTIONS: AuthenticationType[] = ['publickey', 'password'];
const QUESTIONS: AuthenticationType[] = ['keyboard-interactive'];

type ResourceName = Extract<LoginName, { kind: 'resource' }>;

export interface LoginContext {
  readonly services: BrokerServices;
  readonly client: ClientConnection;
  readonly clientAddress: string;
  /** Of all connections. */
  readonly failures: FailuresByAddress;
}

/** @returns null when the client left, or was shown out */
export function authenticate(context: LoginContext): Promise<Admission | null> {
  const { client, services } = context;
  const { promise, resolve } = Promise.withResolvers<Admission | null>();
  const deadline = new Deadline(LOGIN_MS_MAX, () => client.end('The login took too long.'));
  const login = new Login(context, { deadline, admit: resolve });
  client.connection.on('authentication', (attempt) => {
    login.decide(attempt).catch((error: unknown) => {
      services.logger.error({ problem: messageOf(error) }, 'a login failed');
      client.end('Sallyport failed to check this login.');
    });
  });
  void client.closed.then(async () => {
    login.leave();
    // A session that is being opened is served to its end, or it would stay open in the store.
    await login.opened;
    resolve(null);
  });
  return promise.finally(() => deadline.suspend());
}

class Login {
  readonly #context: LoginContext;
  readonly #deadline: Deadline;
  readonly #admit: (admission: Admission) => void;
  readonly #attempts = new Attempts();
  readonly #left = new AbortController();
  /** Of somebody who may ask now: ssh2 ends a connection that changes its user name. */
  #proof: Proof | null = null;
  /** The store is asked for a session: nothing else may be tried beside it. */
  #isOpening = false;
  /** Resolves when no session is being opened. */
  opened: Promise<void> = Promise.resolve();
  #nothingTried = false;

  constructor(
    context: LoginContext,
    parts: { readonly deadline: Deadline; readonly admit: (admission: Admission) => void },
  ) {
    this.#context = context;
    this.#deadline = parts.deadline;
    this.#admit = parts.admit;
  }

  leave(): void {
    this.#left.abort();
  }

  async decide(attempt: AuthContext): Promise<void> {
    if (this.#isOpening) return this.#context.client.end('One login at a time.');
    const name = parseLoginName(attempt.username);
    switch (attempt.method) {
      case 'none':
        return this.#nothing(attempt);
      case 'publickey':
        return this.#key(attempt, name);
      case 'password':
        return name?.kind === 'resource' ? this.#token(attempt, name) : this.#secret(attempt, name);
      case 'keyboard-interactive':
        return this.#questions(attempt, name);
      default:
        return this.#fail(attempt);
    }
  }

  /** A client asks once which methods there are. */
  async #nothing(attempt: AuthContext): Promise<void> {
    if (this.#nothingTried) return this.#fail(attempt);
    this.#nothingTried = true;
    attempt.reject(METHODS);
  }

  async #key(attempt: PublicKeyAuthContext, name: LoginName | null): Promise<void> {
    const { services, client } = this.#context;
    const shown = await proofByKey(services, attempt);
    if (shown.kind === 'unusable') sendBanner(client.connection, oneLine(shown.message));
    if (shown.kind === 'acceptable') return attempt.accept();
    if (shown.kind === 'proved') return this.#enter(attempt, { name, proof: shown.proof });
    if (attempt.signature !== undefined) return this.#fail(attempt);
    if (this.#attempts.keyRefused()) attempt.reject(METHODS);
    else client.end('Too many keys.');
  }

  async #token(attempt: PasswordAuthContext, name: ResourceName): Promise<void> {
    const { services, client, clientAddress, failures } = this.#context;
    if (!failures.begin(clientAddress)) return this.#tooManyFailures(attempt);
    const shown = await proofByToken(services, new Secret(attempt.password));
    if (shown.kind === 'proved') {
      failures.forgive(clientAddress);
      return this.#enter(attempt, { name, proof: shown.proof });
    }
    if (shown.message !== null) sendBanner(client.connection, oneLine(shown.message));
    return this.#fail(attempt);
  }

  async #secret(
    attempt: PasswordAuthContext | KeyboardAuthContext,
    name: LoginName | null,
    typed?: string,
  ): Promise<void> {
    const { services, clientAddress, failures } = this.#context;
    if (!failures.begin(clientAddress)) return this.#tooManyFailures(attempt);
    const secret = new Secret(typed ?? (attempt.method === 'password' ? attempt.password : ''));
    // A name that can be no handle costs the same.
    const handle = name?.kind === 'handle' ? name.handle : '';
    if (!(await verifyGrantSecret(services.access, { handle, secret }))) return this.#fail(attempt);
    failures.forgive(clientAddress);
    await this.#open(attempt, handle);
  }

  async #questions(attempt: KeyboardAuthContext, name: LoginName | null): Promise<void> {
    const { client } = this.#context;
    const given = new AbortController();
    // Another attempt takes the place of this one (RFC 4252, section 5.1).
    attempt.on('abort', () => given.abort());
    const gone = AbortSignal.any([this.#left.signal, given.signal]);
    const isOpenSsh = client.application.startsWith('OpenSSH');
    const banner = isOpenSsh ? (text: string) => sendBanner(client.connection, text) : null;
    const prompter = new Prompter(attempt, { gone, banner });
    if (name?.kind === 'resource' && this.#proof !== null)
      return this.#ask(attempt, { name, proof: this.#proof, prompter, gone });
    if (name?.kind === 'resource') {
      prompter.tell(noKeyWords(name.resource));
      await prompter.settled();
      return this.#fail(attempt, WITHOUT_QUESTIONS);
    }
    const typed = await prompter.ask({ prompt: `Secret of ${oneLine(attempt.username)}: `, echo: false });
    if (gone.aborted) return;
    return typed === null ? this.#fail(attempt) : this.#secret(attempt, name, typed);
  }

  /** Somebody who is known: under their own grants alone. */
  async #enter(
    attempt: AuthContext,
    { name, proof }: { readonly name: LoginName | null; readonly proof: Proof },
  ): Promise<void> {
    const { services, client } = this.#context;
    const { by } = proof;
    if (name === null) return this.#fail(attempt);
    if (name.kind === 'handle') {
      const isHolder = await isHolderOf(services.access, { handle: name.handle, by });
      return isHolder ? this.#open(attempt, name.handle) : this.#fail(attempt);
    }
    const wish = { by, resource: name.resource, role: name.role };
    const found = await findOrTakeLogin(services.access, wish).catch(asRefusal);
    const login =
      found.kind === 'preparing'
        ? await awaitPreparation(services.access, { requestId: found.requestId, left: this.#left.signal })
        : found;
    if (login === null) return;
    if (login.kind === 'granted') return this.#open(attempt, login.handle);
    if (login.kind === 'refused') return client.end(oneLine(login.message));
    if (by.kind === 'workload') return client.end(oneLine(mayAsk(name.resource, { isWorkload: true })));
    this.#proof = proof;
    sendBanner(client.connection, oneLine(mayAsk(name.resource, { isWorkload: false })));
    attempt.reject(QUESTIONS, true);
  }

  async #ask(
    attempt: KeyboardAuthContext,
    asked: {
      readonly name: ResourceName;
      readonly proof: Proof;
      readonly prompter: Prompter;
      readonly gone: AbortSignal;
    },
  ): Promise<void> {
    const { services, client } = this.#context;
    const { name, proof, prompter, gone } = asked;
    this.#deadline.restart();
    const end = await askForAccess({
      services,
      prompter,
      wish: { by: proof.by, resource: name.resource, role: name.role },
      deadline: this.#deadline,
      gone,
      onSilent: () => client.end('The client does not answer.'),
    }).catch(asRefusal);
    await prompter.settled();
    if (end === null || gone.aborted) return;
    if (end.kind === 'refused') return client.end(oneLine(end.message));
    // People take their time: the key may have been removed since.
    if (!(await proof.stillHolds())) return client.end('The key that you logged in with was removed.');
    if (!gone.aborted) await this.#open(attempt, end.handle);
  }

  async #open(attempt: AuthContext, handle: string): Promise<void> {
    if (this.#left.signal.aborted) return;
    this.#isOpening = true;
    const opening = this.#openNow(attempt, handle);
    this.opened = opening.catch(() => undefined);
    await opening;
  }

  async #openNow(attempt: AuthContext, handle: string): Promise<void> {
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
      this.#isOpening = false;
      sendBanner(client.connection, oneLine(`Access was refused: ${answer.reason}.`));
      return this.#fail(attempt);
    }
    this.#admit({ client, answer, clientAddress, askedAtMs, accept: () => attempt.accept() });
  }

  async #tooManyFailures(attempt: AuthContext): Promise<void> {
    sendBanner(this.#context.client.connection, TOO_MANY_FAILURES);
    return this.#fail(attempt);
  }

  async #fail(attempt: AuthContext, methods = METHODS): Promise<void> {
    if (await this.#attempts.failed()) attempt.reject(methods);
    else this.#context.client.end('Too many failed logins.');
  }
}

/** What the use cases refuse in words for the person; every other error is a fault. */
function asRefusal(error: unknown): { readonly kind: 'refused'; readonly message: string } {
  if (!isAppError(error)) throw error;
  return { kind: 'refused', message: error.message };
}
