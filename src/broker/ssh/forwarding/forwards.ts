/**
 * Connections that a client has forwarded: to where the target can connect (`ssh -L`), and from where the target
 * listens (`ssh -R`). Each is judged as the program `ssh-forward` before anything is opened, and recorded as a channel.
 * Sockets in the file system are not forwarded: without a listener ssh2 refuses them.
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
import { canonicalHost } from '../../../policies/rules/canonical-host.ts';
import { destinationOf } from '../../../policies/rules/decide-forward.ts';
import type { ClientConnection } from '../client-connection.ts';
import { oneLine } from '../commands/command-words.ts';
import type { HostSession } from '../host-session.ts';
import { rejectOpen } from '../ssh2-internals.ts';
import { clientSide } from './forwarded-connection.ts';
import type { Judgement, RecordedForwards, Statement } from './recorded-forwards.ts';

/** That the target listens at for one connection. */
const LISTENERS_MAX = 16;
const HOST = /^[A-Za-z0-9._:%-]{1,253}$/;
/** Some servers take a port of more bits for the one that its last 16 are. */
const PORT_MAX = 65_535;
/** A listener at every address of the target. */
const EVERYWHERE = '*';
const UNREADABLE = { rule: 'unreadable-name', reason: 'The host or its port is none that could be judged.' };

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
  readonly #forwards: RecordedForwards;
  readonly #onRefusal: (line: string) => void;
  /** By `address:port` as the client asked for it, with the port that was chosen. */
  readonly #listeners = new Map<string, ListensAt>();
  #asked = 0;

  constructor(
    session: HostSession,
    options: {
      readonly client: ClientConnection;
      readonly forwards: RecordedForwards;
      /** Why a listener was refused, which the protocol has no words for: a sentence. */
      readonly onRefusal: (line: string) => void;
    },
  ) {
    this.#session = session;
    this.#client = options.client;
    this.#forwards = options.forwards;
    this.#onRefusal = options.onRefusal;
    session.target.connection.on('tcp connection', (details, accept, reject) => {
      void this.#incoming(details, accept, reject);
    });
    session.live.onEnd(() => {
      for (const { judged, startedAtMs } of this.#listeners.values())
        this.#forwards.complete(judged, { startedAtMs, tags: ['cut'], problem: null });
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
    const { connection } = this.#client;
    const judgement = this.#judge('to', to);
    if (judgement.kind === 'refused')
      return rejectOpen(connection, { reject, failure: 'prohibited', reason: oneLine(judgement.reason) });
    const { judged } = judgement;
    const startedAtMs = this.#session.live.ageMs;
    await this.#forwards.counted(async () => {
      try {
        const pipe = await this.#forwards.released(() => this.#session.target.openTcp(to));
        if (pipe === null) return reject();
        await this.#forwards.carry(pipe, {
          channel: accept(),
          judged,
          startedAtMs,
          detail: destinationOf(to),
        });
      } catch (error) {
        const reason = oneLine(messageOf(error));
        this.#forwards.complete(judged, { startedAtMs, tags: [], problem: reason });
        rejectOpen(connection, { reject, failure: 'connectFailed', reason });
      }
    });
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
      this.#session.logger.info({ problem: oneLine(messageOf(error)) }, 'a forward was refused');
    }
    answer.reject?.();
  }

  /** @returns the port that the target listens at */
  async #listen(asked: TcpipBindInfo): Promise<number> {
    if (this.#listeners.size + this.#asked >= LISTENERS_MAX)
      throw this.#refusal(asked, `More than ${LISTENERS_MAX} are asked for.`);
    const host = asked.bindAddr === '' ? EVERYWHERE : asked.bindAddr;
    const judgement = this.#judge('listen', { host, port: asked.bindPort });
    if (judgement.kind === 'refused') throw this.#refusal(asked, judgement.reason);
    const { judged } = judgement;
    const startedAtMs = this.#session.live.ageMs;
    this.#asked += 1;
    try {
      const { connection } = this.#session.target;
      const port = await this.#forwards.released(
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
      this.#forwards.complete(judged, { startedAtMs, tags: [], problem: oneLine(messageOf(error)) });
      throw error;
    } finally {
      this.#asked -= 1;
    }
  }

  #refusal({ bindAddr, bindPort }: TcpipBindInfo, reason: string): Error {
    const where = destinationOf({ host: bindAddr === '' ? EVERYWHERE : bindAddr, port: bindPort });
    this.#onRefusal(oneLine(`The host does not listen at ${where}: ${reason}`));
    return new Error(reason);
  }

  async #stopListening({ bindAddr, bindPort }: TcpipBindInfo): Promise<void> {
    const key = keyOf({ host: bindAddr, port: bindPort });
    const listener = this.#listeners.get(key);
    if (listener === undefined) throw new Error('the target does not listen there for this connection');
    this.#listeners.delete(key);
    this.#forwards.complete(listener.judged, {
      startedAtMs: listener.startedAtMs,
      tags: ['ok'],
      problem: null,
    });
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
    if (listener === undefined || this.#forwards.isFull || this.#session.live.obstacle() !== null)
      return reject();
    const startedAtMs = this.#session.live.ageMs;
    await this.#forwards.counted(async () => {
      try {
        const channel = await new Promise<ServerChannel>((resolve, fail) => {
          this.#client.connection.forwardOut(destIP, destPort, srcIP, srcPort, (error, opened) => {
            if (error === undefined) resolve(opened);
            else fail(error);
          });
        });
        const side = clientSide(accept(), { socket: this.#client.socket });
        const from = `${destinationOf({ host: destIP === '' ? EVERYWHERE : destIP, port: destPort })} from ${destinationOf({ host: srcIP, port: srcPort })}`;
        const { judged } = listener;
        await this.#forwards.carry(side, { channel, judged, startedAtMs, detail: from, goesOn: true });
      } catch (error) {
        this.#session.logger.info({ problem: messageOf(error) }, 'the client took no forwarded connection');
        reject();
      }
    });
  }

  #judge(direction: 'to' | 'listen', { host, port }: Address): Judgement {
    const isNamed = HOST.test(host) || (direction === 'listen' && host === EVERYWHERE);
    const isReadable = isNamed && port <= PORT_MAX;
    const destination = isReadable ? destinationOf({ host, port }) : '(a name)';
    return this.#forwards.judge({ direction, destination }, isReadable ? null : UNREADABLE);
  }
}

function keyOf({ host, port }: Address): string {
  return `${host}:${port}`;
}
