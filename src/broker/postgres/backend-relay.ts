/**
 * From the target to the client. Every answer must fit the question at the head of the exchange; one that
 * does not ends the session. What is returned goes its way through `result-flow.ts`.
 */
import type { EgressStop } from '../egress.ts';
import { bodyOf, Framer, type FrameSink, type Treatment } from './codec/framer.ts';
import { BACKEND_MESSAGE_BYTES_MAX, STREAMED_BYTES_MAX } from './codec/limits.ts';
import { type MessageHandler, messageTable } from './codec/message-table.ts';
import { BACKEND, typeName } from './codec/message-types.ts';
import { encodeProblem, parseReport } from './codec/report.ts';
import { type Column, parseRowDescription } from './codec/rows.ts';
import { parseCommandComplete, parseParameterStatus, parseReadyForQuery } from './codec/status.ts';
import { violation } from './codec/violation.ts';
import { isDetectedInParameter, maskNotification, maskReport } from './detected-messages.ts';
import type { Expected } from './exchange.ts';
import { denialProblem } from './problems.ts';
import type { RelayContext } from './relay-context.ts';
import { confirmedPortal, ResultFlow } from './result-flow.ts';
import { exposureOfAsked, failureOf, shownReport } from './shown-reports.ts';
import type { StatementRun } from './statement-run.ts';

/** What the analysis of SQL relies on; a target that reports something else is not analysed rightly. */
const PINNED = new Map([
  ['client_encoding', 'UTF8'],
  ['standard_conforming_strings', 'on'],
]);
const SKIPPED = { sqlState: '25000', message: 'Not run: an earlier message of the same pipeline failed' };

/** Longer descriptions are read again each time. */
const REMEMBERED_BYTES_MAX = 16_384;

export interface BackendOutput {
  /** To the client, with the next send. */
  send(bytes: Buffer): void;
  /** It is known again how the target takes what the client sends next. */
  resolved(): void;
  /** Nothing more of the target is read until `ready` has resolved and `goOn` has run. */
  wait(ready: Promise<void>, goOn: () => void): void;
  /** A limit on what is returned is reached; nothing more of the target is read. */
  stop(stop: EgressStop): void;
}

export class BackendRelay implements FrameSink {
  readonly batched = BACKEND.dataRow;
  readonly #context: RelayContext;
  readonly #output: BackendOutput;
  readonly #framer: Framer;
  readonly #handlers: readonly (MessageHandler | null)[];
  readonly #flow: ResultFlow;
  #waits = false;
  #lastDescription: { readonly message: Buffer; readonly columns: readonly Column[] } | null = null;

  constructor(context: RelayContext, output: BackendOutput) {
    this.#context = context;
    this.#output = output;
    this.#framer = new Framer(this);
    this.#flow = new ResultFlow(context, {
      send: (bytes) => this.#output.send(bytes),
      wait: (ready, goOn) => this.#wait(ready, goOn),
      stop: (stop) => {
        this.#framer.pause();
        this.#output.stop(stop);
      },
    });
    const pass = (message: Buffer): void => this.#output.send(message);
    this.#handlers = messageTable([
      [BACKEND.parseComplete, (message) => this.#parseComplete(message)],
      [BACKEND.bindComplete, (message) => this.#bindComplete(message)],
      [BACKEND.closeComplete, (message) => this.#closeComplete(message)],
      [BACKEND.parameterDescription, (message) => this.#parameterDescription(message)],
      [BACKEND.rowDescription, (message) => this.#rowDescription(message)],
      [BACKEND.noData, (message) => this.#described(message, null)],
      [BACKEND.dataRow, (message) => this.#flow.row(this.#runOfHead(BACKEND.dataRow), message)],
      [BACKEND.commandComplete, (message) => this.#commandComplete(message)],
      [BACKEND.emptyQuery, (message) => this.#executed(message)],
      [BACKEND.portalSuspended, (message) => this.#executed(message)],
      [BACKEND.copyInResponse, (message) => this.#copyIn(message)],
      [BACKEND.copyOutResponse, (message) => this.#copyOut(message)],
      [BACKEND.copyData, (message) => this.#flow.copyData(this.#runOfHead(BACKEND.copyData), message)],
      [BACKEND.copyDone, pass],
      [BACKEND.functionCallResponse, (message) => this.#flow.functionResult(this.#runOfCall(), message)],
      [BACKEND.error, (message) => this.#error(message)],
      [BACKEND.notice, (message) => this.#notice(message)],
      [BACKEND.notification, (message) => this.#notification(message)],
      [BACKEND.parameterStatus, (message) => this.#parameterStatus(message)],
      [BACKEND.readyForQuery, (message) => this.#ready(message)],
    ]);
  }

  /** True while a message of the target has arrived in part. */
  get midMessage(): boolean {
    return this.#framer.midMessage;
  }

  /** @throws AppError `invalid_input` when the target breaks the protocol */
  push(chunk: Buffer): void {
    this.#flow.begin(chunk);
    this.#framer.push(chunk);
    this.#flow.end();
  }

  #wait(ready: Promise<void>, goOn: () => void): void {
    this.#waits = true;
    this.#framer.pause();
    this.#output.wait(ready, () => {
      this.#waits = false;
      goOn();
      if (this.#waits) return;
      this.#framer.resume();
      this.#flow.end();
    });
  }

  treat(type: number, bodyBytes: number, chunkBytes: number): Treatment {
    if (type === BACKEND.dataRow && bodyBytes <= STREAMED_BYTES_MAX)
      return this.#flow.treatRow(this.#runOfHead(type), bodyBytes, chunkBytes);
    if (this.#handlers[type] == null)
      throw violation(`The target sent message ${typeName(type)}, which is unknown or not expected`);
    if (bodyBytes > STREAMED_BYTES_MAX)
      throw violation(`The target sent message ${typeName(type)} with an impossible length`);
    if (type === BACKEND.copyData)
      return this.#flow.treatCopyData(this.#runOfHead(type), bodyBytes, chunkBytes);
    if (type === BACKEND.functionCallResponse)
      return this.#flow.treatFunctionResult(this.#runOfCall(), bodyBytes);
    if (bodyBytes > BACKEND_MESSAGE_BYTES_MAX)
      throw violation(`The target sent message ${typeName(type)} of ${bodyBytes} bytes`);
    return 'whole';
  }

  whole(type: number, message: Buffer): void {
    this.#handlers[type]?.(message);
  }

  piece(_type: number, bytes: Buffer): void {
    this.#output.send(bytes);
  }

  skipped(): void {
    // Nothing of the target is skipped.
  }

  #rowDescription(message: Buffer): void {
    const columns = this.#columnsOf(message);
    const { head } = this.#context.exchange;
    if (head?.kind !== 'query') {
      this.#described(message, columns);
      return;
    }
    this.#flow.beginResult(this.#runOfHead(BACKEND.rowDescription), columns, null);
    this.#output.send(message);
  }

  /** Results repeat their description to the byte; the columns are the same object then. */
  #columnsOf(message: Buffer): readonly Column[] {
    if (this.#lastDescription?.message.equals(message) === true) return this.#lastDescription.columns;
    const columns = parseRowDescription(bodyOf(message));
    if (message.length <= REMEMBERED_BYTES_MAX)
      this.#lastDescription = { message: Buffer.from(message), columns };
    return columns;
  }

  #described(message: Buffer, columns: readonly Column[] | null): void {
    const { exchange } = this.#context;
    const head = this.#headOfKind('describe', message);
    const { confirmed } = exchange;
    const described =
      head.target === 'statement' ? confirmed.statements.get(head.name) : confirmed.portals.get(head.name);
    if (described !== undefined) described.columns = columns ?? [];
    if (described !== undefined && 'prepared' in described) described.prepared.columns ??= columns ?? [];
    exchange.shift();
    if (!head.hidden) this.#output.send(message);
  }

  #parameterDescription(message: Buffer): void {
    this.#headOfKind('describe', message);
    this.#output.send(message);
  }

  #parseComplete(message: Buffer): void {
    const { prepared } = this.#headOfKind('parse', message);
    this.#context.exchange.confirmed.statements.set(prepared.name, prepared);
    this.#context.exchange.shift();
    this.#output.send(message);
  }

  #bindComplete(message: Buffer): void {
    const { portal } = this.#headOfKind('bind', message);
    const { confirmed } = this.#context.exchange;
    if (confirmed.statements.get(portal.prepared.name) !== portal.prepared) {
      throw violation('A prepared statement is not the one that was judged; its name was used twice at once');
    }
    confirmed.portals.set(portal.name, portal);
    this.#context.exchange.shift();
    this.#output.send(message);
  }

  #closeComplete(message: Buffer): void {
    const { target, name } = this.#headOfKind('close', message);
    const { confirmed } = this.#context.exchange;
    if (target === 'statement') confirmed.statements.delete(name);
    else confirmed.portals.delete(name);
    this.#context.exchange.shift();
    this.#output.send(message);
  }

  #commandComplete(message: Buffer): void {
    const tag = parseCommandComplete(bodyOf(message));
    const run = this.#runOfHead(BACKEND.commandComplete);
    run.tag(tag);
    this.#context.egress?.noteTag(tag, run);
    this.#executed(message);
    this.#context.exchange.noteTag(tag);
  }

  /** The end of an Execute; within a Query more may follow. */
  #executed(message: Buffer): void {
    const run = this.#runOfHead(message.readUInt8(0));
    const { exchange } = this.#context;
    if (exchange.head?.kind === 'execute') {
      confirmedPortal(this.#context, exchange.head);
      run.finish();
      exchange.shift();
      this.#leaveCopy(run);
    }
    this.#output.send(message);
  }

  #copyIn(message: Buffer): void {
    if (!this.#runOfHead(BACKEND.copyInResponse).copiesIn)
      throw violation('The target began a copy that was not judged');
    this.#context.exchange.copyIn = true;
    this.#output.send(message);
    this.#output.resolved();
  }

  #copyOut(message: Buffer): void {
    const run = this.#runOfHead(BACKEND.copyOutResponse);
    if (!run.copiesOut) throw violation('The target began a copy that was not judged');
    this.#flow.beginCopy(run, bodyOf(message));
    this.#output.send(message);
  }

  #error(message: Buffer): void {
    const { exchange } = this.#context;
    const { head } = exchange;
    // The severity in words is localised; "V" is not, and every supported version sends it.
    const ends = parseReport(bodyOf(message)).get('V') !== 'ERROR';
    if (ends) exchange.targetLeft = true;
    if (head === null || ends) {
      this.#report('error', message);
      return;
    }
    const denial = head.kind === 'refused' || head.kind === 'query' ? head.denial : null;
    if (denial !== null) this.#output.send(encodeProblem(denialProblem(denial)));
    else this.#report('error', message);
    if (head.kind === 'sync') return;
    const failure = failureOf({
      message: this.#detected('error', message),
      masks: this.#context.masks,
      asked: head,
    });
    if (head.kind === 'query' || head.kind === 'function-call') {
      head.run?.fail(failure);
      return;
    }
    this.#giveUp(exchange.skipToSync(), failure);
  }

  /** Records that what a pipeline asked for after the failed message did not run. */
  #giveUp(entries: readonly Expected[], failure: { sqlState: string; message: string }): void {
    let reason = failure;
    for (const entry of entries) {
      if (entry.kind === 'parse') {
        const outcome = { durationMs: 0, tags: [], rows: 0, maskedCells: 0, error: reason };
        this.#context.gate.complete(entry.prepared.judged, outcome);
        reason = SKIPPED;
      } else if (entry.kind === 'execute' || entry.kind === 'query') {
        entry.run?.fail(reason);
        entry.run?.finish();
        if (entry.run?.copiesIn === true) this.#leaveCopy(entry.run);
        reason = SKIPPED;
      }
    }
  }

  #notice(message: Buffer): void {
    this.#report('notice', message);
  }

  #report(kind: 'error' | 'notice', message: Buffer): void {
    const { masks, exchange } = this.#context;
    const detected = this.#detected(kind, message);
    const shown = shownReport(kind, { message: detected, masks, asked: exchange.head });
    this.#flow.report(this.#running(), shown);
  }

  #detected(kind: 'error' | 'notice', message: Buffer): Buffer {
    const { detection } = this.#context;
    return detection === null ? message : maskReport(kind, message, detection);
  }

  #notification(message: Buffer): void {
    const { detection } = this.#context;
    const shown = detection === null ? message : maskNotification(message, detection);
    this.#flow.report(this.#running(), shown);
  }

  #parameterStatus(message: Buffer): void {
    const { name, value } = parseParameterStatus(bodyOf(message));
    const { exchange } = this.#context;
    const isFree = name === 'client_encoding' && exchange.clientEncoding !== null;
    if (isFree) exchange.clientEncoding = value;
    const pinned = isFree ? undefined : PINNED.get(name);
    if (pinned !== undefined && pinned !== value)
      throw violation(`The target changed ${name}, which statements are judged by`);
    // A value can be carried into a parameter, and its status would carry it out.
    const { masks, detection } = this.#context;
    const { head } = exchange;
    const running = head?.kind === 'query' || head?.kind === 'execute';
    if (masks !== null && running && exposureOfAsked(head).readsMasked) return;
    if (detection !== null && isDetectedInParameter(message, detection)) return;
    this.#output.send(message);
  }

  #ready(message: Buffer): void {
    const { exchange } = this.#context;
    const { head } = exchange;
    if (head?.kind !== 'query' && head?.kind !== 'sync' && head?.kind !== 'function-call')
      throw violation('The target is ready without having been asked');
    const status = parseReadyForQuery(bodyOf(message));
    exchange.shift();
    if (head.kind === 'query') {
      exchange.confirmed.forgetUnnamed();
      head.run?.finish();
      if (head.run?.copiesIn === true) this.#leaveCopy(head.run);
    }
    if (head.kind === 'function-call') head.run.finish();
    if (head.kind === 'sync' && exchange.nameRetaken && exchange.pending === 0) {
      exchange.nameRetaken = false;
      this.#output.resolved();
    }
    exchange.noteStatus(status);
    this.#output.send(message);
  }

  #leaveCopy(run: StatementRun): void {
    if (!run.copiesIn) return;
    this.#context.exchange.copyIn = false;
    this.#output.resolved();
  }

  /** What runs now, if anything does. */
  #running(): StatementRun | null {
    const { head } = this.#context.exchange;
    return head?.kind === 'query' || head?.kind === 'execute' || head?.kind === 'function-call'
      ? head.run
      : null;
  }

  #runOfCall(): StatementRun {
    const { head } = this.#context.exchange;
    if (head?.kind === 'function-call') return head.run;
    throw violation('The target answered a function call that was not made');
  }

  /** The execution that this answer belongs to. A stand-in has none: the target must refuse it. */
  #runOfHead(type: number): StatementRun {
    const { head } = this.#context.exchange;
    const run = head?.kind === 'query' || head?.kind === 'execute' ? head.run : null;
    if (run === null) throw violation(`The target sent message ${typeName(type)} without having been asked`);
    return run;
  }

  #headOfKind<Kind extends Expected['kind']>(kind: Kind, message: Buffer): Extract<Expected, { kind: Kind }> {
    const { head } = this.#context.exchange;
    if (head !== null && isKind(head, kind)) return head;
    throw violation(`The target sent message ${typeName(message.readUInt8(0))} without having been asked`);
  }
}

function isKind<Kind extends Expected['kind']>(
  entry: Expected,
  kind: Kind,
): entry is Extract<Expected, { kind: Kind }> {
  return entry.kind === kind;
}
