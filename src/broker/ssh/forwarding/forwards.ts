/**
 * Connections that a client has forwarded: to where the target can connect (`ssh -L`), and from where the target
 * listens (`ssh -R`). Each is judged as the program `ssh-forward` before anything is opened, and recorded as a channel.
 * Sockets in the file system, the agent and X11 are not forwarded: without a listener ssh2 refuses them.
 */
import type {
  AcceptConnection,
  RejectConnection,
  ServerChannel,
  TcpConnectionDetails,
  TcpipBindInfo,
  TcpipRequestInfo,
} from 'ssh2';
import { messageOf } from '../../../core/errors.ts';
import { forwardStatement } from '../../../policies/analyzers/files/file-statement.ts';
import { canonicalHost } from '../../../policies/rules/canonical-host.ts';
import { destinationOf } from '../../../policies/rules/decide-forward.ts';
import type { Judged } from '../../gate.ts';
import type { ClientConnection } from '../client-connection.ts';
import { oneLine } from '../commands/command-words.ts';
import type { Exit, HostInspection, HostSession, TargetPipe } from '../host-session.ts';
import { carry, clientSide, type ForwardedBytes } from './forwarded-connection.ts';

/** Open at once, in both directions. */
const FORWARDS_MAX = 64;
/** That the target listens at for one connection. */
const LISTENERS_MAX = 16;
const HOST = /^[A-Za-z0-9._:%-]{1,253}$/;
/** Some servers take a port of more bits for the one that its last 16 are. */
const PORT_MAX = 65_535;
/** A listener at every address of the target. */
const EVERYWHERE = '*';
const OVER: Exit = { status: null, signal: null };
const UNREADABLE = { rule: 'unreadable-name', reason: 'The host or its port is none that could be judged.' };

type Statement = Judged<HostInspection>;

interface Address {
  readonly host: string;
  readonly port: number;
}

interface ListensAt {
  readonly judged: Statement;
  readonly asked: TcpipBindInfo;
  readonly startedAtMs: number;
}

export class Forwards {
  readonly #session: HostSession;
  readonly #client: ClientConnection;
  readonly #nextNumber: () => number;
  /** By `address:port` as the client asked for it, with the port that was chosen. */
  readonly #listeners = new Map<string, ListensAt>();
  #open = 0;
  #asked = 0;

  /** @param options.nextNumber of a channel of the connection */
  constructor(
    session: HostSession,
    options: { readonly client: ClientConnection; readonly nextNumber: () => number },
  ) {
    this.#session = session;
    this.#client = options.client;
    this.#nextNumber = options.nextNumber;
    session.target.connection.on('tcp connection', (details, accept, reject) => {
      void this.#incoming(details, accept, reject);
    });
    session.live.onEnd(() => {
      for (const { judged, startedAtMs } of this.#listeners.values())
        this.#complete(judged, { startedAtMs, tags: ['cut'], problem: null });
      this.#listeners.clear();
    });
  }

  /** The client wants to be connected through the target. Never throws. */
  async connect(
    accept: AcceptConnection<ServerChannel>,
    reject: RejectConnection,
    info: TcpipRequestInfo,
  ): Promise<void> {
    // What is judged, in its one form, is also what the target is asked for.
    const to = { host: canonicalHost(info.destIP), port: info.destPort };
    const judged = this.#judge('to', to);
    if (judged === null) return reject();
    const startedAtMs = this.#session.live.ageMs;
    this.#open += 1;
    try {
      const pipe = await this.#released(() => this.#session.target.openTcp(to));
      if (pipe === null) return reject();
      const channel = accept();
      this.#client.watchWindow(channel);
      await this.#carry(pipe, { channel, judged, startedAtMs, detail: destinationOf(to) });
    } catch (error) {
      this.#complete(judged, { startedAtMs, tags: [], problem: oneLine(messageOf(error)) });
      reject();
    } finally {
      this.#open -= 1;
    }
  }

  /** The client wants the target to listen, or to stop. Never throws. */
  async request(
    answer: {
      readonly accept: ((chosenPort?: number) => void) | undefined;
      readonly reject: (() => void) | undefined;
    },
    name: string,
    info: TcpipBindInfo,
  ): Promise<void> {
    try {
      if (name === 'tcpip-forward') return answer.accept?.(await this.#listen(info));
      if (name === 'cancel-tcpip-forward') {
        await this.#stopListening(info);
        return answer.accept?.();
      }
    } catch (error) {
      this.#session.logger.info({ problem: messageOf(error) }, 'a forward was refused');
    }
    answer.reject?.();
  }

  /** @returns the port that the target listens at */
  async #listen(asked: TcpipBindInfo): Promise<number> {
    if (this.#listeners.size + this.#asked >= LISTENERS_MAX)
      throw new Error(`more than ${LISTENERS_MAX} listeners`);
    const host = asked.bindAddr === '' ? EVERYWHERE : asked.bindAddr;
    const judged = this.#judge('listen', { host, port: asked.bindPort });
    if (judged === null) throw new Error('the policy refuses it');
    const startedAtMs = this.#session.live.ageMs;
    this.#asked += 1;
    try {
      const { connection } = this.#session.target;
      const port = await this.#released(
        () =>
          new Promise<number>((resolve, fail) => {
            connection.forwardIn(asked.bindAddr, asked.bindPort, (error, chosen) => {
              if (error !== undefined) return fail(error);
              // At once: the first connection may be in the same packet.
              this.#listeners.set(keyOf({ host: asked.bindAddr, port: chosen }), {
                judged,
                asked,
                startedAtMs,
              });
              resolve(chosen);
            });
          }),
      );
      if (port === null) throw new Error('the session has ended');
      return port;
    } catch (error) {
      this.#complete(judged, { startedAtMs, tags: [], problem: oneLine(messageOf(error)) });
      throw error;
    } finally {
      this.#asked -= 1;
    }
  }

  async #stopListening({ bindAddr, bindPort }: TcpipBindInfo): Promise<void> {
    const key = keyOf({ host: bindAddr, port: bindPort });
    const listener = this.#listeners.get(key);
    if (listener === undefined) throw new Error('the target does not listen there for this connection');
    this.#listeners.delete(key);
    this.#complete(listener.judged, { startedAtMs: listener.startedAtMs, tags: ['ok'], problem: null });
    const { connection } = this.#session.target;
    await new Promise<void>((resolve) => {
      connection.unforwardIn(bindAddr, bindPort, () => resolve());
    });
  }

  /** Somebody connected to where the target listens. */
  async #incoming(
    details: TcpConnectionDetails,
    accept: AcceptConnection,
    reject: RejectConnection,
  ): Promise<void> {
    const { destIP, destPort, srcIP, srcPort } = details;
    const listener = this.#listeners.get(keyOf({ host: destIP, port: destPort }));
    if (listener === undefined || this.#open >= FORWARDS_MAX || this.#session.live.obstacle() !== null)
      return reject();
    this.#open += 1;
    const startedAtMs = this.#session.live.ageMs;
    try {
      const channel = await new Promise<ServerChannel>((resolve, fail) => {
        this.#client.connection.forwardOut(destIP, destPort, srcIP, srcPort, (error, opened) => {
          if (error === undefined) resolve(opened);
          else fail(error);
        });
      });
      this.#client.watchWindow(channel);
      const side = clientSide(accept(), { socket: this.#client.socket });
      const from = `${destinationOf({ host: destIP === '' ? EVERYWHERE : destIP, port: destPort })} from ${destinationOf({ host: srcIP, port: srcPort })}`;
      await this.#carry(side, { channel, judged: listener.judged, startedAtMs, detail: from, goesOn: true });
    } catch (error) {
      this.#session.logger.info({ problem: messageOf(error) }, 'the client took no forwarded connection');
      reject();
    } finally {
      this.#open -= 1;
    }
  }

  /** Null when it is refused: that is in the recording then. */
  #judge(direction: 'to' | 'listen', { host, port }: Address): Statement | null {
    const { gate, policy } = this.#session;
    if (!policy.renew() || this.#open >= FORWARDS_MAX) return null;
    const isNamed = HOST.test(host) || (direction === 'listen' && host === EVERYWHERE);
    const isReadable = isNamed && port <= PORT_MAX;
    const statement = forwardStatement({
      direction,
      destination: isReadable ? destinationOf({ host, port }) : '(a name)',
    });
    const judged = gate.judge({
      protocol: 'simple',
      text: statement.text,
      parameters: [],
      prepared: null,
      inspected: { analysis: [statement], parseError: null, canonical: null },
      refusal: isReadable ? null : UNREADABLE,
    });
    if (judged.verdict.action === 'allow') return judged;
    gate.release(() => undefined);
    return null;
  }

  /** What is done once the verdict is in the recording; null when the session has ended. */
  #released<Result>(act: () => Promise<Result>): Promise<Result> | null {
    let acting: Promise<Result> | null = null;
    this.#session.gate.release(() => {
      acting = act();
    });
    return acting;
  }

  async #carry(
    pipe: TargetPipe,
    of: {
      readonly channel: ServerChannel;
      readonly judged: Statement;
      readonly startedAtMs: number;
      readonly detail: string;
      /** The statement is about a listener, which stays. */
      readonly goesOn?: true;
    },
  ): Promise<void> {
    const { channel, judged, startedAtMs, detail } = of;
    const number = this.#nextNumber();
    const record = this.#session.record.openChannel({ number, kind: 'forward', terminal: null, detail });
    const client = clientSide(channel, this.#client);
    const bytes: ForwardedBytes = { fromClient: 0, fromTarget: 0 };
    let isOver = false;
    const finish = (): void => {
      if (isOver) return;
      isOver = true;
      const tags = [`${bytes.fromClient} bytes to the host`, `${bytes.fromTarget} bytes from the host`];
      record.mark(tags.join(', '));
      record.close(OVER);
      if (of.goesOn !== true) this.#complete(judged, { startedAtMs, tags, problem: null });
    };
    const forget = this.#session.live.onEnd(finish);
    await carry(this.#session, { client, target: pipe, judged, bytes });
    forget();
    finish();
  }

  #complete(
    judged: Statement,
    of: { readonly startedAtMs: number; readonly tags: readonly string[]; readonly problem: string | null },
  ): void {
    const { gate, live } = this.#session;
    const durationMs = live.ageMs - of.startedAtMs;
    const error = of.problem === null ? null : { sqlState: '', message: of.problem };
    gate.complete(judged, { durationMs, tags: of.tags, rows: 0, maskedCells: 0, error });
  }
}

function keyOf({ host, port }: Address): string {
  return `${host}:${port}`;
}
