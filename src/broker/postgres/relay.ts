/**
 * Joins the two sockets of a session: each chunk is read, judged and recorded as a whole, then written at
 * once; a side that cannot keep up holds the other. A fault on either side ends the session.
 */
import type { Socket } from 'node:net';
import { messageOf } from '../../core/errors.ts';
import { oncePerTurn } from '../turn.ts';
import { BackendRelay } from './backend-relay.ts';
import { runBetweenStatements } from './catalog-query.ts';
import { UNCLEAR } from './exposure.ts';
import { FrontendRelay } from './frontend-relay.ts';
import { MaskedPassage, type PassageSide } from './masked-passage.ts';
import { Outbox, Valve } from './outbox.ts';
import { WITHDRAWN } from './refusals.ts';
import type { WaitingContext } from './relay-context.ts';
import type { OwnQuery } from './session-masks.ts';
import type { SqlInspection } from './sql-judge.ts';
import { StatementHolds } from './statement-holds.ts';

/** Unanswered messages of one client; PostgreSQL's own buffer empties long before, so this cannot lock up. */
const PENDING_MAX = 10_000;
const PENDING_RESUME = 5_000;
/**
 * While nothing is read behind a held statement, the socket is, so that the client's going away is noticed:
 * up to so much, where each chunk counts for at least so much.
 */
const WAITING_BYTES_MAX = 1_048_576;
const CHUNK_BYTES_MIN = 1_024;

export interface Relay {
  /** Stops both directions; what was not forwarded stays so. */
  stop(): void;
  /** Holds results back while the session's right to exist is not confirmed. */
  setConfirmed(confirmed: boolean): void;
  /** The client asks to cancel. @returns false when that is for the target */
  giveUp(): boolean;
  /** True while the target owes an answer. */
  readonly busy: boolean;
  /** True once the client has said goodbye in the protocol. */
  readonly clientTerminated: boolean;
}

/** As if the policy had refused it: the client gave it up before anybody knew what it would do. */
function withdrawn(found: SqlInspection): SqlInspection {
  const verdict = { action: 'deny', ...WITHDRAWN } as const;
  return { ...found, decided: { exposure: UNCLEAR, normalized: null, ...found.decided, verdict } };
}

function sideOf(valve: Valve, take: (chunk: Buffer) => void): PassageSide {
  return { take, hold: () => valve.hold('masks'), release: () => valve.release('masks') };
}

export function startRelay(context: WaitingContext, sockets: { client: Socket; upstream: Socket }): Relay {
  const { client, upstream } = sockets;
  const { session, gate, exchange } = context;
  const toUpstream = new Outbox(upstream);
  const toClient = new Outbox(client);
  const clientValve = new Valve(client);
  const upstreamValve = new Valve(upstream);
  let clientTerminated = false;
  let confirmed = true;

  let suspended = false;
  let waitingBytes = 0;
  /** Of a large statement, while it is not known what it would do. */
  let inspection: { givenUp: boolean } | null = null;

  const frontend = new FrontendRelay(context, {
    forward: (bytes) => toUpstream.push(bytes),
    awaitingTarget: () => clientValve.hold('target'),
    terminated: () => {
      clientTerminated = true;
    },
    inspect: (text, then) => {
      suspended = true;
      const mine = { givenUp: false };
      inspection = mine;
      void context.inspectLarge(text).then((found) =>
        goOn(() => {
          inspection = null;
          then(mine.givenUp ? withdrawn(found) : found);
        }),
      );
    },
    hold: (statement) => {
      suspended = true;
      holds.begin(statement);
    },
  });
  const backend = new BackendRelay(context, {
    send: (bytes) => toClient.push(bytes),
    resolved: () => void queueMicrotask(resumeReading),
    wait: (ready, goOn) => {
      upstreamValve.hold('limits');
      void ready.then(() => resumeResults(goOn));
    },
    // What may pass is sent before the session ends.
    stop: (stop) => queueMicrotask(() => context.stop(stop)),
  });

  // While nothing is confirmed, no result passes; that a statement was refused is no result.
  const holdResults = (): void => {
    if (confirmed || exchange.owesRefusalsOnly) upstreamValve.release('unconfirmed');
    else upstreamValve.hold('unconfirmed');
  };
  const release = (): void => {
    gate.release(() => {
      if (!toUpstream.send()) clientValve.hold('upstream');
    });
    if (exchange.pending > PENDING_MAX) clientValve.hold('pending');
    if (!confirmed) holdResults();
  };
  const guarded = (work: () => void, side: 'client' | 'target'): void => {
    if (session.ended !== null) return;
    try {
      work();
    } catch (error) {
      context.logger.warn(
        { sessionId: session.id, side, problem: messageOf(error) },
        'the session broke the protocol',
      );
      session.end('protocol-error');
    }
  };
  const releaseSoon = oncePerTurn(() => guarded(release, 'client'));
  const goOn = (way: () => void): void =>
    guarded(() => {
      suspended = false;
      way();
      release();
      waitingBytes = suspended ? frontend.waitingBytes : 0;
      if (waitingBytes <= WAITING_BYTES_MAX) clientValve.release('suspended');
    }, 'client');
  const send = (): void => {
    session.count({ bytes: toClient.bytes });
    if (!toClient.send()) upstreamValve.hold('client');
  };
  const sendSoon = oncePerTurn(() => guarded(send, 'target'));
  const holds = new StatementHolds(context, {
    toTarget: (bytes) => {
      if (session.ended !== null) return;
      toUpstream.push(bytes);
      // It takes along what stands before the held statement.
      release();
    },
    toClient: (bytes) => {
      if (session.ended !== null) return;
      toClient.push(bytes);
      send();
    },
    goOn,
    fromTarget: (bytes) => backend.push(bytes),
    get targetBetweenMessages() {
      return !backend.midMessage;
    },
  });
  const resumeReading = (): void =>
    guarded(() => {
      clientValve.release('target');
      frontend.resolved();
      release();
    }, 'client');
  const takeFromClient = (chunk: Buffer): void =>
    guarded(() => {
      frontend.push(chunk);
      releaseSoon();
      if (suspended) holdBack(chunk.length);
    }, 'client');
  const holdBack = (bytes: number): void => {
    waitingBytes += Math.max(bytes, CHUNK_BYTES_MIN);
    if (waitingBytes > WAITING_BYTES_MAX) clientValve.hold('suspended');
  };
  const takeFromTarget = (chunk: Buffer): void =>
    guarded(() => {
      if (holds.asks) holds.fromTarget(chunk);
      else backend.push(chunk);
      sendSoon();
      if (suspended) holds.noteAnswers();
      if (exchange.pending < PENDING_RESUME) clientValve.release('pending');
      if (!confirmed) holdResults();
    }, 'target');
  const passage =
    context.masks === null
      ? null
      : new MaskedPassage({
          masks: context.masks,
          exchange,
          client: sideOf(clientValve, takeFromClient),
          target: sideOf(upstreamValve, takeFromTarget),
          ownQuery: (text) => askTarget(text),
          betweenMessages: () => !backend.midMessage && !holds.asks && !suspended,
          fail: (error, side) =>
            guarded(() => {
              throw error;
            }, side),
        });
  const resumeResults = (goOn: () => void): void =>
    guarded(() => {
      upstreamValve.release('limits');
      goOn();
      send();
    }, 'target');
  const onClientData = (chunk: Buffer): void =>
    passage === null ? takeFromClient(chunk) : passage.fromClient(chunk);
  const onUpstreamData = (chunk: Buffer): void =>
    passage === null || holds.asks ? takeFromTarget(chunk) : passage.fromTarget(chunk);
  const askTarget: OwnQuery = async (text) => {
    upstream.off('data', onUpstreamData);
    upstreamValve.hold('own query');
    try {
      return await runBetweenStatements(upstream, text);
    } finally {
      if (session.ended === null) upstream.on('data', onUpstreamData);
      upstreamValve.release('own query');
    }
  };
  const onUpstreamDrain = (): void => clientValve.release('upstream');
  const onClientDrain = (): void => upstreamValve.release('client');

  client.on('data', onClientData).on('drain', onClientDrain).resume();
  upstream.on('data', onUpstreamData).on('drain', onUpstreamDrain).resume();

  return {
    stop: () => {
      holds.stop();
      passage?.stop();
      // What the target has said may pass; what the client asked for last has not been released.
      send();
      client.off('data', onClientData).off('drain', onClientDrain);
      upstream.off('data', onUpstreamData).off('drain', onUpstreamDrain);
      toUpstream.discard();
      toClient.discard();
    },
    setConfirmed: (isConfirmed) => {
      confirmed = isConfirmed;
      holdResults();
    },
    giveUp: () => {
      // What runs before it is what the client means.
      if (inspection === null || exchange.pending > 0) return holds.giveUp();
      inspection.givenUp = true;
      return true;
    },
    get busy() {
      return exchange.pending > 0;
    },
    get clientTerminated() {
      return clientTerminated;
    },
  };
}
