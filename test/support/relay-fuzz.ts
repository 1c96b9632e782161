/**
 * Both directions of a relay between a client that sends anything and a target that mostly keeps to the
 * protocol, without sockets. What the target gets is read back from the bytes that were forwarded.
 */
import fc from 'fast-check';
import { BackendRelay } from '../../src/broker/postgres/backend-relay.ts';
import { BodyWriter } from '../../src/broker/postgres/codec/body-writer.ts';
import { bodyOf, Framer } from '../../src/broker/postgres/codec/framer.ts';
import * as extended from '../../src/broker/postgres/codec/frontend-extended.ts';
import * as simple from '../../src/broker/postgres/codec/frontend-simple.ts';
import { encodeFunctionCall } from '../../src/broker/postgres/codec/function-call.ts';
import { BACKEND, FRONTEND } from '../../src/broker/postgres/codec/message-types.ts';
import { encodeProblem } from '../../src/broker/postgres/codec/report.ts';
import { encodeDataRow, encodeRowDescription } from '../../src/broker/postgres/codec/rows.ts';
import {
  encodeCommandComplete,
  encodeParameterStatus,
  encodeReadyForQuery,
} from '../../src/broker/postgres/codec/status.ts';
import { FrontendRelay } from '../../src/broker/postgres/frontend-relay.ts';
import { isAppError } from '../../src/core/errors.ts';
import type { RecordingInput } from '../../src/recording/events.ts';
import { frontendOutput, relayContext } from './relay-context.ts';

const STAND_IN = 'sallyport_refused_this_statement';
const ALLOWED = ['select', 'insert', 'copy-in', 'copy-out'] as const;

/** What one run of a conversation came to. */
interface FuzzOutcome {
  readonly forwarded: Buffer;
  /** Statements that were recorded as allowed before, by protocol. */
  readonly allowed: readonly { readonly protocol: string; readonly text: string }[];
  /** Why the session would have ended; null when it goes on. */
  readonly violation: unknown;
}

interface Conversation {
  /** What the client sends, cut as it arrives. */
  readonly client: readonly Buffer[];
  /** Turns the answers of a target that keeps to the protocol into what arrives. */
  readonly garble: (answer: Buffer) => readonly Buffer[];
  /** The target answers when the client has sent everything, not chunk by chunk. */
  readonly answersLate?: boolean;
}

/** @throws whatever is not a violation of the protocol: a crash */
export function converse({ client, garble, answersLate = false }: Conversation): FuzzOutcome {
  const events: RecordingInput[] = [];
  const forwarded: Buffer[] = [];
  const target = new Target();
  const { frontend, backend } = openRelays({
    record: (event) => void events.push(event),
    forward: (bytes) => void forwarded.push(Buffer.from(bytes)),
  });
  let answered = 0;
  let violation: unknown = null;
  try {
    for (const [index, chunk] of client.entries()) {
      frontend.push(chunk);
      if (answersLate && index < client.length - 1) continue;
      for (; answered < forwarded.length; answered += 1) {
        for (const answer of garble(target.answer(forwarded[answered] ?? Buffer.alloc(0))))
          backend.push(answer);
      }
    }
  } catch (error) {
    if (!isAppError(error, 'invalid_input')) throw error;
    violation = error;
  }
  const allowed = events.flatMap((event) =>
    event.type === 'statement' && event.verdict.action === 'allow'
      ? [{ protocol: event.protocol, text: event.text }]
      : [],
  );
  return { forwarded: Buffer.concat(forwarded), allowed, violation };
}

/** The statements that the target would run or prepare, and how often it would execute a portal. */
function whatReached(forwarded: Buffer): { texts: string[]; executions: number; calls: number } {
  const texts: string[] = [];
  let executions = 0;
  let calls = 0;
  new Framer({
    treat: () => 'whole',
    whole: (type, message) => {
      const body = bodyOf(message);
      if (type === FRONTEND.query) texts.push(simple.parseQuery(body).toString());
      if (type === FRONTEND.parse) texts.push(extended.parseParse(body).text.toString());
      if (type === FRONTEND.execute) executions += 1;
      if (type === FRONTEND.functionCall) calls += 1;
    },
    piece: () => undefined,
    skipped: () => undefined,
  }).push(forwarded);
  return { texts: texts.filter((text) => text !== STAND_IN), executions, calls };
}

function openRelays(output: { record: (event: RecordingInput) => void; forward: (bytes: Buffer) => void }): {
  frontend: FrontendRelay;
  backend: BackendRelay;
} {
  const context = relayContext({ allow: ALLOWED, record: output.record });
  const frontend = new FrontendRelay(context, frontendOutput(output.forward));
  let resolvable = true;
  const backend = new BackendRelay(context, {
    send: () => undefined,
    resolved: () => {
      // As the relay does it, but within the turn: what was held back follows once.
      if (!resolvable) return;
      resolvable = false;
      frontend.resolved();
      resolvable = true;
    },
    wait: (_ready, goOn) => goOn(),
    stop: () => undefined,
  });
  return { frontend, backend };
}

/** Answers what it is sent as PostgreSQL would, as far as the shape of the conversation goes. */
class Target {
  #skipping = false;
  #copying = false;
  #answers: Buffer[] = [];
  readonly #framer = new Framer({
    treat: () => 'whole',
    whole: (type, message) => this.#one(type, bodyOf(message)),
    piece: () => undefined,
    skipped: () => undefined,
  });

  answer(bytes: Buffer): Buffer {
    this.#answers = [];
    this.#framer.push(bytes);
    return Buffer.concat(this.#answers);
  }

  #one(type: number, body: Buffer): void {
    if (this.#copying) {
      if (type !== FRONTEND.copyDone && type !== FRONTEND.copyFail) return;
      this.#copying = false;
      this.#answers.push(type === FRONTEND.copyDone ? encodeCommandComplete('COPY 1') : ERROR, READY);
      return;
    }
    if (type === FRONTEND.sync) {
      this.#skipping = false;
      this.#answers.push(READY);
    } else if (!this.#skipping) {
      this.#answers.push(...this.#answersTo(type, body));
    }
  }

  #answersTo(type: number, body: Buffer): Buffer[] {
    switch (type) {
      case FRONTEND.query:
        return this.#answersToQuery(simple.parseQuery(body).toString());
      case FRONTEND.parse:
        return extended.parseParse(body).text.toString() === STAND_IN
          ? this.#fail()
          : [bare(BACKEND.parseComplete)];
      case FRONTEND.bind:
        return [bare(BACKEND.bindComplete)];
      case FRONTEND.describe:
        return extended.parseDescribe(body).target === 'statement'
          ? [new BodyWriter().int16(0).message(BACKEND.parameterDescription), COLUMNS]
          : [COLUMNS];
      case FRONTEND.execute:
        return [ROW, encodeCommandComplete('SELECT 1')];
      case FRONTEND.close:
        return [bare(BACKEND.closeComplete)];
      case FRONTEND.functionCall:
        return [new BodyWriter().value(Buffer.of(7)).message(BACKEND.functionCallResponse), READY];
      default:
        return [];
    }
  }

  #answersToQuery(text: string): Buffer[] {
    if (text === STAND_IN) return [ERROR, READY];
    if (text.startsWith('copy')) {
      this.#copying = true;
      return [new BodyWriter().int8(0).int16(0).message(BACKEND.copyInResponse)];
    }
    return [COLUMNS, ROW, STATUS, encodeCommandComplete('SELECT 1'), READY];
  }

  #fail(): Buffer[] {
    this.#skipping = true;
    return [ERROR];
  }
}

const bare = (type: number): Buffer => new BodyWriter().message(type);
const READY = encodeReadyForQuery('I');
const ERROR = encodeProblem({ severity: 'ERROR', sqlState: '42601', message: 'no' });
const STATUS = encodeParameterStatus({ name: 'TimeZone', value: 'UTC' });
const ROW = encodeDataRow([Buffer.from('7')]);
const COLUMNS = encodeRowDescription([
  {
    name: 'n',
    tableOid: 0,
    attributeNumber: 0,
    typeOid: 25,
    typeSize: -1,
    typeModifier: -1,
    format: 0,
  },
]);

const sql = fc.constantFrom(
  'select 1',
  'delete from customers',
  'select 1; drop table customers',
  'with d as (delete from customers returning *) select * from d',
  'not sql at all',
  '',
  `select '${'x'.repeat(1_500)}'`,
  'copy customers from stdin',
  "select 'é', $1",
);
const name = fc.constantFrom('', 'a', 'b');
const messages = fc.oneof(
  sql.map((text) => simple.encodeQuery(text)),
  fc.tuple(name, sql).map(([of, text]) => extended.encodeParse({ name: of, text })),
  fc
    .tuple(name, name)
    .map(([portal, statement]) =>
      extended.encodeBind({ portal, statement, parameterFormats: [], parameters: [null], resultFormats: [] }),
    ),
  name.map((portal) => extended.encodeExecute({ portal, rowsMax: 0 })),
  fc
    .tuple(fc.constantFrom<'statement' | 'portal'>('statement', 'portal'), name)
    .map(([target, of]) => extended.encodeDescribe({ target, name: of })),
  fc
    .tuple(fc.constantFrom<'statement' | 'portal'>('statement', 'portal'), name)
    .map(([target, of]) => extended.encodeClose({ target, name: of })),
  fc.constant(simple.encodeSync()),
  fc.constant(simple.encodeFlush()),
  fc.constant(simple.encodeCopyData(Buffer.from('delete from customers'))),
  fc.constant(simple.encodeCopyDone()),
  fc.constant(simple.encodeCopyFail('no')),
  fc.constantFrom(954, 955, 764).map((functionOid) =>
    encodeFunctionCall({
      functionOid,
      argumentFormats: [1],
      arguments: [Buffer.from([0, 0, 0, 1]), Buffer.from([0, 0, 0, 9])],
      resultFormat: 1,
    }),
  ),
);

/** A valid stream of messages. */
export const streams = fc.array(messages, { maxLength: 16 }).map((parts) => Buffer.concat(parts));

/** What line noise and an attacker do to bytes; positions are shares of the length. */
const mutation = fc.record({
  kind: fc.constantFrom('flip', 'insert', 'remove', 'repeat', 'zero'),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.integer({ min: 1, max: 12 }),
  byte: fc.integer({ min: 0, max: 255 }),
});
const mutations = fc.oneof(
  { weight: 3, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.array(mutation, { minLength: 1, maxLength: 3 }) },
);

function mutate(
  bytes: Buffer,
  changes: readonly { kind: string; at: number; length: number; byte: number }[],
): Buffer {
  let result = Buffer.from(bytes);
  for (const { kind, at, length, byte } of changes) {
    const start = Math.min(result.length, Math.floor(at * result.length));
    const end = Math.min(result.length, start + length);
    const [before, middle, after] = [
      result.subarray(0, start),
      result.subarray(start, end),
      result.subarray(end),
    ];
    if (kind === 'flip') result = Buffer.concat([before, middle.map((one) => one ^ byte), after]);
    else if (kind === 'insert') result = Buffer.concat([before, Buffer.alloc(length, byte), middle, after]);
    else if (kind === 'remove') result = Buffer.concat([before, after]);
    else if (kind === 'repeat') result = Buffer.concat([before, middle, middle, after]);
    else result = Buffer.concat([before, Buffer.alloc(middle.length), after]);
  }
  return result;
}

/** Cuts at the given positions, wherever they fall. */
function cut(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const edges = [0, ...cuts.map((at) => Math.min(at, bytes.length)).toSorted((a, b) => a - b), bytes.length];
  return edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
}

/**
 * Garbles both sides of random conversations for a while.
 * @throws with the seed when a run crashes, or forwards what was not judged and allowed before
 */
export function fuzzRelays(options: { durationMs: number; seed?: number }): {
  runs: number;
  violations: number;
} {
  let runs = 0;
  let violations = 0;
  fc.assert(
    fc.property(
      streams,
      mutations,
      mutations,
      fc.array(fc.nat({ max: 500 }), { maxLength: 8 }),
      fc.array(fc.nat({ max: 60 }), { maxLength: 3 }),
      (stream, clientChanges, targetChanges, clientCuts, targetCuts) => {
        const outcome = converse({
          client: cut(mutate(stream, clientChanges), clientCuts),
          garble: (answer) => cut(mutate(answer, targetChanges), targetCuts),
        });
        runs += 1;
        if (outcome.violation !== null) violations += 1;
        checkForwarded(outcome);
      },
    ),
    {
      numRuns: Number.MAX_SAFE_INTEGER,
      interruptAfterTimeLimit: options.durationMs,
      ...(options.seed === undefined ? {} : { seed: options.seed }),
    },
  );
  return { runs, violations };
}

function checkForwarded({ forwarded, allowed }: FuzzOutcome): void {
  const reached = whatReached(forwarded);
  const texts = allowed.filter(({ protocol }) => protocol !== 'execute').map(({ text }) => text);
  const calls = texts.filter((text) => text.startsWith('select pg_catalog.lo'));
  const others = texts.filter((text) => !text.startsWith('select pg_catalog.lo'));
  if (JSON.stringify(reached.texts) !== JSON.stringify(others))
    throw new Error(`Forwarded ${JSON.stringify(reached.texts)}, allowed ${JSON.stringify(others)}`);
  if (reached.calls !== calls.length) throw new Error('A function call was forwarded that was not judged.');
  const executions = allowed.filter(({ protocol }) => protocol === 'execute').length;
  if (reached.executions !== executions) throw new Error('An execution was forwarded that was not judged.');
}
