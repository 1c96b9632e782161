/**
 * From the client to the target. Every message is read, judged where it carries a statement, and put
 * aside; the caller releases what a chunk held through the gate, at once. A message type that is not in
 * the table ends the session.
 *
 * Reading stops behind a message whose fate is open: a statement that people must agree to (in the extended
 * protocol the Bind of one, because only then are its parameters known, and because planning it could run
 * functions already), and one that is so large that a worker thread inspects it.
 */
import type { Judged } from '../gate.ts';
import { boundParameters, isRecordedWhole } from './bound-parameters.ts';
import { decodeStatement } from './client-encoding.ts';
import { NAMES_MAX } from './client-names.ts';
import { bodyOf, Framer, type FrameSink, type Treatment } from './codec/framer.ts';
import {
  type BindMessage,
  encodeDescribe,
  encodeParse,
  type ParseMessage,
  parseBind,
  parseClose,
  parseDescribe,
  parseExecute,
  parseParse,
} from './codec/frontend-extended.ts';
import { encodeCopyFail, encodeQuery, parseQuery } from './codec/frontend-simple.ts';
import { parseFunctionCall } from './codec/function-call.ts';
import { BIND_BYTES_MAX, SMALL_MESSAGE_BYTES_MAX, STREAMED_BYTES_MAX } from './codec/limits.ts';
import { FRONTEND, typeName } from './codec/message-types.ts';
import { violation } from './codec/violation.ts';
import type { Portal, Prepared } from './exchange.ts';
import { type Exposure, exposureOf, LiveExposure } from './exposure.ts';
import { asStatement } from './large-object-call.ts';
import { type Denial, denialOf, syntaxDenial } from './problems.ts';
import {
  BOUND_UNDER_ANOTHER_POLICY,
  CHANGED_WHILE_INSPECTED,
  FUNCTION_CALL,
  hiddenStatement,
  MASK_WRITTEN_BACK,
  NOT_UTF8,
  namedUnderAnotherPolicy,
  nameTooLong,
  PARAMETERS_NOT_REVIEWABLE,
  PREPARED_UNDER_ANOTHER_POLICY,
  parametersTooLarge,
  type Refusal,
  STALE_PORTAL,
  statementTooLarge,
  TOO_MANY_PORTALS,
  TOO_MANY_STATEMENTS,
  unknownPortal,
  unknownStatement,
} from './refusals.ts';
import type { RelayContext } from './relay-context.ts';
import type { SqlInspection } from './sql-judge.ts';
import type { HeldStatement } from './statement-holds.ts';
import { StatementRun } from './statement-run.ts';

/** Certain to be refused by the target's grammar, and telling for whoever reads the target's log. */
const STAND_IN = 'sallyport_refused_this_statement';
/** Parse also carries a name and the types of its parameters. */
const PARSE_OVERHEAD_BYTES = 300_000;
/** Longer statements are inspected by a worker thread: 64 KiB already take some 10 ms. */
const INSPECTED_HERE_CHARACTERS_MAX = 65_536;

/** Besides CopyData. */
const DURING_COPY_IN: ReadonlySet<number> = new Set([
  FRONTEND.copyDone,
  FRONTEND.copyFail,
  FRONTEND.sync,
  FRONTEND.flush,
  FRONTEND.terminate,
]);

/** The masks may have changed since the statement was judged. */
function changedMasks(exposure: Exposure | null): Refusal | null {
  const objection = exposure instanceof LiveExposure ? exposure.objection : null;
  return objection === null ? null : { rule: 'masks', reason: objection };
}

/** And they are not to be written back. */
function maskObjection({ prepared, parameters }: Portal): Refusal | null {
  const { exposure } = prepared;
  const changed = changedMasks(exposure);
  if (changed !== null || !(exposure instanceof LiveExposure)) return changed;
  return exposure.writesMaskBack(parameters) ? MASK_WRITTEN_BACK : null;
}

/** What needs approval is held when it is bound; afterwards it is too late to ask. */
function mustAsk({ prepared }: Portal): Refusal | null {
  return prepared.judged.verdict.action === 'review' ? BOUND_UNDER_ANOTHER_POLICY : null;
}

function endsDiscarding(type: number): boolean {
  return type === FRONTEND.sync || type === FRONTEND.terminate;
}

/** The same for a statement only with the same types and the same bytes of every parameter. */
function identityOf(
  { text, parameterTypes }: Prepared,
  { parameterFormats, parameters }: BindMessage,
): string {
  const values = parameters.map((value) => value?.toString('base64') ?? null);
  return JSON.stringify([text, parameterTypes, parameterFormats, values]);
}

export interface FrontendOutput {
  /** To the target, with the next release. */
  forward(bytes: Buffer): void;
  /** Nothing more is read until `copyResolved`. */
  awaitingCopy(): void;
  /** Nothing more is read until `then` was called, with what the statement would do. */
  inspect(text: string, then: (found: SqlInspection) => void): void;
  /** Nothing more is read until one of the statement's ways on was taken. */
  hold(statement: HeldStatement): void;
  /** The client said goodbye. */
  terminated(): void;
}

export class FrontendRelay implements FrameSink {
  readonly #context: RelayContext;
  readonly #output: FrontendOutput;
  readonly #framer: Framer;
  readonly #handlers: ReadonlyMap<number, (message: Buffer) => void>;
  #terminated = false;
  #awaitsCopy = false;
  #suspended = false;

  constructor(context: RelayContext, output: FrontendOutput) {
    this.#context = context;
    this.#output = output;
    this.#framer = new Framer(this);
    this.#handlers = new Map<number, (message: Buffer) => void>([
      [FRONTEND.query, (message) => this.#query(message)],
      [FRONTEND.parse, (message) => this.#parse(message)],
      [FRONTEND.bind, (message) => this.#bind(message)],
      [FRONTEND.describe, (message) => this.#describe(message)],
      [FRONTEND.execute, (message) => this.#execute(message)],
      [FRONTEND.close, (message) => this.#close(message)],
      [FRONTEND.sync, (message) => this.#sync(message)],
      [FRONTEND.flush, (message) => this.#output.forward(message)],
      [FRONTEND.copyDone, (message) => this.#endCopy(message)],
      [FRONTEND.copyFail, (message) => this.#endCopy(message)],
      [FRONTEND.functionCall, (message) => this.#functionCall(message)],
      [FRONTEND.terminate, (message) => this.#terminate(message)],
    ]);
  }

  /** @throws AppError `invalid_input` for anything that breaks the protocol */
  push(chunk: Buffer): void {
    this.#framer.push(chunk);
  }

  /** Bytes that arrived behind a message whose fate is open. */
  get waitingBytes(): number {
    return this.#framer.waitingBytes;
  }

  /** The target has said whether it reads CopyData now: what was held back can follow. */
  copyResolved(): void {
    this.#awaitsCopy = false;
    this.#readOn();
  }

  treat(type: number, bodyBytes: number): Treatment {
    if (bodyBytes > STREAMED_BYTES_MAX) throw violation(`Message ${typeName(type)} is too long`);
    if (this.#terminated) return 'skip';
    const { exchange, limits } = this.#context;
    if (type === FRONTEND.copyData) return this.#treatCopyData();
    this.#mustBeExpected(type);
    if (exchange.discarding && !endsDiscarding(type)) return 'skip';
    if (type === FRONTEND.query) return bodyBytes > limits.statementBytesMax + 1 ? 'skip' : 'whole';
    if (type === FRONTEND.parse)
      return bodyBytes > limits.statementBytesMax + PARSE_OVERHEAD_BYTES ? 'skip' : 'whole';
    if (type === FRONTEND.bind || type === FRONTEND.functionCall)
      return bodyBytes > BIND_BYTES_MAX ? 'skip' : 'whole';
    if (type === FRONTEND.copyFail) return bodyBytes > limits.statementBytesMax ? 'skip' : 'whole';
    if (bodyBytes > SMALL_MESSAGE_BYTES_MAX) throw violation(`Message ${typeName(type)} is too long`);
    return 'whole';
  }

  whole(type: number, message: Buffer): void {
    // An error of the target can arrive while the message does: from then on it is skipped like the rest.
    if (this.#context.exchange.discarding && !endsDiscarding(type)) return;
    if (!this.#context.policy.renew()) return;
    this.#handlers.get(type)?.(message);
  }

  /** CopyData is the one streamed message. */
  piece(_type: number, bytes: Buffer): void {
    this.#output.forward(bytes);
  }

  skipped(type: number, bodyBytes: number): void {
    if (this.#terminated || this.#context.exchange.discarding) return;
    const kind = type === FRONTEND.parse ? 'prepare' : type === FRONTEND.bind ? 'execute' : 'simple';
    if (type === FRONTEND.query || type === FRONTEND.parse) this.#refuseTooLarge(kind, bodyBytes);
    else if (type === FRONTEND.bind || type === FRONTEND.functionCall)
      this.#refuse(kind, parametersTooLarge({ bytes: bodyBytes, bytesMax: BIND_BYTES_MAX }));
  }

  #query(message: Buffer): void {
    const text = this.#readable(parseQuery(bodyOf(message)), 'simple');
    if (text === null) return;
    if (text.length <= INSPECTED_HERE_CHARACTERS_MAX) this.#judgeQuery(message, text, null);
    else {
      const statement = { protocol: 'simple', text } as const;
      this.#inspectElsewhere(statement, (inspected) => this.#judgeQuery(message, text, inspected));
    }
  }

  #judgeQuery(message: Buffer, text: string, inspected: SqlInspection | null): void {
    const judged = this.#context.gate.judge({
      protocol: 'simple',
      text,
      parameters: [],
      prepared: null,
      inspected,
      refusal: null,
    });
    if (judged.verdict.action === 'deny') {
      this.#denied('simple', judged);
      return;
    }
    if (judged.verdict.action === 'allow') {
      this.#forwardQuery(message, judged);
      return;
    }
    const { masks } = this.#context;
    const exposure = masks === null || judged.found === null ? null : new LiveExposure(masks, judged.found);
    this.#hold({
      judged,
      text,
      parameters: [],
      identity: text,
      objection: () => changedMasks(exposure),
      forward: () => this.#forwardQuery(message, judged),
      refuse: (denial) => this.#standIn('simple', denial),
    });
  }

  #forwardQuery(message: Buffer, judged: Judged<SqlInspection>): void {
    this.#output.forward(message);
    this.#context.exchange.asked.forgetUnnamed();
    const run = this.#run(judged, this.#exposure(judged));
    this.#context.exchange.expect({ kind: 'query', run, denial: null });
    if (run.copiesIn) this.#awaitCopy();
  }

  /** Judged as the SELECT that makes the same call; functions without one that is certain are refused. */
  #functionCall(message: Buffer): void {
    const statement = asStatement(parseFunctionCall(bodyOf(message)));
    if (statement === null) {
      this.#refuse('simple', FUNCTION_CALL);
      return;
    }
    const { gate, exchange } = this.#context;
    const judged = gate.judge({ protocol: 'simple', ...statement, prepared: null, refusal: null });
    if (judged.verdict.action !== 'allow') {
      this.#denied('simple', judged);
      return;
    }
    exchange.expect({ kind: 'function-call', run: this.#run(judged, this.#exposure(judged)) });
    this.#output.forward(message);
  }

  #parse(message: Buffer): void {
    const parsed = parseParse(bodyOf(message));
    const { name } = parsed;
    const { exchange } = this.#context;
    // Whatever becomes of this message, PostgreSQL forgets the unnamed statement when it reads one.
    if (name === '') exchange.asked.statements.delete('');
    const text = this.#readable(parsed.text, 'prepare');
    if (text === null) return;
    const full = exchange.asked.statements.size >= NAMES_MAX && !exchange.asked.statements.has(name);
    const refusal = nameTooLong(name) ?? (full ? TOO_MANY_STATEMENTS : null);
    if (refusal !== null) {
      this.#refuse('prepare', refusal);
      return;
    }
    if (text.length <= INSPECTED_HERE_CHARACTERS_MAX) this.#judgeParse(message, parsed, text, null);
    else {
      const statement = { protocol: 'prepare', text } as const;
      this.#inspectElsewhere(statement, (inspected) => this.#judgeParse(message, parsed, text, inspected));
    }
  }

  /** One that needs approval is prepared, since that runs nothing; its Bind is held. */
  #judgeParse(
    message: Buffer,
    { name, parameterTypes }: ParseMessage,
    text: string,
    inspected: SqlInspection | null,
  ): void {
    const { exchange, gate, policy } = this.#context;
    const judged = gate.judge({
      protocol: 'prepare',
      text,
      parameters: [],
      prepared: null,
      inspected,
      refusal: null,
    });
    if (judged.verdict.action === 'deny') {
      this.#denied('prepare', judged);
      return;
    }
    const exposure = this.#exposure(judged);
    const prepared: Prepared = {
      name,
      text,
      parameterTypes,
      judged,
      policyVersion: policy.version,
      exposure,
      described: false,
      columns: null,
    };
    exchange.asked.statements.set(name, prepared);
    exchange.clientNames.take('statement', name);
    exchange.expect({ kind: 'parse', prepared });
    this.#output.forward(message);
  }

  #bind(message: Buffer): void {
    const bind = parseBind(bodyOf(message));
    const { exchange } = this.#context;
    const prepared = exchange.asked.statements.get(bind.statement);
    if (prepared === undefined) {
      this.#refuse('execute', nameTooLong(bind.statement) ?? unknownStatement(bind.statement));
      return;
    }
    const full = exchange.asked.portals.size >= NAMES_MAX && !exchange.asked.portals.has(bind.portal);
    const obstacle =
      this.#context.session.obstacle() ?? nameTooLong(bind.portal) ?? (full ? TOO_MANY_PORTALS : null);
    if (obstacle !== null) {
      this.#refuse('execute', obstacle);
      return;
    }
    if (!this.#isStillPrepared(prepared)) return;
    const portal: Portal = {
      name: bind.portal,
      prepared,
      parameters: boundParameters(bind),
      resultFormats: bind.resultFormats,
      approved: null,
      described: false,
      executed: false,
      columns: null,
    };
    if (prepared.judged.verdict.action === 'allow') this.#forwardBind(message, portal);
    else this.#holdBind(message, { bind, portal });
  }

  #holdBind(message: Buffer, { bind, portal }: { bind: BindMessage; portal: Portal }): void {
    const { prepared, parameters } = portal;
    const judged = this.#context.gate.judge({
      protocol: 'execute',
      text: prepared.text,
      parameters,
      prepared: prepared.judged,
      refusal: isRecordedWhole(bind) ? null : PARAMETERS_NOT_REVIEWABLE,
    });
    if (judged.verdict.action !== 'review') {
      this.#denied('execute', judged);
      return;
    }
    this.#hold({
      judged,
      text: prepared.text,
      parameters,
      identity: identityOf(prepared, bind),
      objection: () => maskObjection(portal),
      forward: (hold) => {
        const { version: policyVersion } = this.#context.policy;
        this.#forwardBind(message, { ...portal, approved: { hold, judged, policyVersion } });
      },
      refuse: (denial) => this.#standIn('execute', denial),
    });
  }

  #forwardBind(message: Buffer, portal: Portal): void {
    const { exchange } = this.#context;
    exchange.asked.portals.set(portal.name, portal);
    exchange.clientNames.take('portal', portal.name);
    exchange.expect({ kind: 'bind', portal });
    this.#output.forward(message);
  }

  #describe(message: Buffer): void {
    const { target, name } = parseDescribe(bodyOf(message));
    if (this.#refusedName(name)) return;
    const { asked } = this.#context.exchange;
    const described = target === 'statement' ? asked.statements.get(name) : asked.portals.get(name);
    if (described !== undefined) described.described = true;
    this.#context.exchange.expect({ kind: 'describe', target, name, hidden: false });
    this.#output.forward(message);
  }

  #execute(message: Buffer): void {
    const { portal: name } = parseExecute(bodyOf(message));
    const { exchange, gate } = this.#context;
    const portal = exchange.asked.portals.get(name);
    if (portal === undefined) {
      this.#refuse('execute', nameTooLong(name) ?? unknownPortal(name));
      return;
    }
    const { prepared, parameters } = portal;
    if (!this.#isStillPrepared(prepared)) return;
    const judged =
      this.#judgeApproved(portal) ??
      gate.judge({
        protocol: 'execute',
        text: prepared.text,
        parameters,
        prepared: prepared.judged,
        refusal: this.#objectionToRun(portal) ?? mustAsk(portal),
      });
    if (judged.verdict.action !== 'allow') {
      this.#denied('execute', judged);
      return;
    }
    this.#describeFirst(portal);
    portal.executed = true;
    const run = this.#run(judged, prepared.exposure, portal);
    exchange.expect({ kind: 'execute', portal, run });
    this.#output.forward(message);
    if (run.copiesIn) this.#awaitCopy();
  }

  /** Judges what was prepared under another policy again. @returns false when it was refused */
  #isStillPrepared(prepared: Prepared): boolean {
    const { gate, policy } = this.#context;
    if (prepared.policyVersion === policy.version) return true;
    const { found: inspected } = prepared.judged;
    const judged = gate.judge({
      protocol: 'prepare',
      text: prepared.text,
      parameters: [],
      prepared: null,
      inspected,
      refusal: inspected?.decided == null ? null : PREPARED_UNDER_ANOTHER_POLICY,
    });
    if (judged.verdict.action === 'deny') {
      this.#denied('execute', judged);
      return false;
    }
    prepared.judged = judged;
    prepared.policyVersion = policy.version;
    return true;
  }

  /**
   * What was approved when it was bound runs under the number it was held by; more of its rows are fetched
   * under numbers of their own, without asking again.
   * @returns null for everything that needed no approval, and for what must not run now
   */
  #judgeApproved(portal: Portal): Judged<SqlInspection> | null {
    const { approved, prepared, parameters } = portal;
    if (approved === null || approved.judged.verdict.action !== 'review') return null;
    if (approved.policyVersion !== this.#context.policy.version) return null;
    if ((this.#context.session.obstacle() ?? this.#objectionToRun(portal)) !== null) return null;
    const { rule } = approved.judged.verdict;
    const allowed: Judged<SqlInspection> = {
      ...approved.judged,
      verdict: { action: 'allow', rule, reason: `Approved: ${approved.hold}.` },
    };
    if (!portal.executed) return allowed;
    const { text } = prepared;
    return this.#context.gate.judge({
      protocol: 'execute',
      text,
      parameters,
      prepared: allowed,
      refusal: null,
    });
  }

  /** A statement that runs another by its name shows neither that statement nor, once bound, its columns. */
  #objectionToRun(portal: Portal): Refusal | null {
    const { exchange, masks, detection } = this.#context;
    const runs = portal.prepared.judged.found?.runs ?? [];
    const described = (masks !== null || detection !== null) && !portal.executed;
    const stale = described && runs.length > 0 && !exchange.isFresh(portal);
    const hidden = exchange.clientNames.hiddenAmong(runs);
    if (hidden !== null) return hiddenStatement(hidden);
    const outdated = exchange.sqlNames.outdatedAmong(runs);
    if (outdated !== null) return namedUnderAnotherPolicy(outdated);
    return stale ? STALE_PORTAL : maskObjection(portal);
  }

  /**
   * Rows are masked and recorded by their description, so there must be one: of this very portal with masks, and
   * where it runs something by its name, which may have been something else when the statement was described.
   */
  #describeFirst(portal: Portal): void {
    const { judged, described } = portal.prepared;
    const runsByName = (judged.found?.runs ?? []).length > 0;
    if (portal.described || (this.#context.masks === null && described && !runsByName)) return;
    portal.described = true;
    portal.prepared.described = true;
    this.#context.exchange.expect({ kind: 'describe', target: 'portal', name: portal.name, hidden: true });
    this.#output.forward(encodeDescribe({ target: 'portal', name: portal.name }));
  }

  #close(message: Buffer): void {
    const { target, name } = parseClose(bodyOf(message));
    if (this.#refusedName(name)) return;
    const { asked } = this.#context.exchange;
    if (target === 'statement') asked.statements.delete(name);
    else asked.portals.delete(name);
    this.#context.exchange.expect({ kind: 'close', target, name });
    this.#output.forward(message);
  }

  #sync(message: Buffer): void {
    const { exchange } = this.#context;
    // In copy-in the target reads Sync and ignores it: there will be no answer to expect.
    if (exchange.copyIn) return;
    exchange.discarding = false;
    exchange.expect({ kind: 'sync' });
    this.#output.forward(message);
  }

  /** What follows means one thing while data is copied in and another otherwise, so it waits for the target. */
  #awaitCopy(): void {
    this.#awaitsCopy = true;
    this.#framer.pause();
    this.#output.awaitingCopy();
  }

  /** The answer may come when an error of the target has made the statement moot. */
  #inspectElsewhere(
    { protocol, text }: { protocol: 'simple' | 'prepare'; text: string },
    then: (found: SqlInspection) => void,
  ): void {
    const { exchange, policy } = this.#context;
    const { version } = policy;
    this.#suspend();
    this.#output.inspect(text, (found) => {
      this.#goOn(() => {
        if (exchange.discarding) return;
        if (policy.version === version) then(found);
        else this.#refuse(protocol, CHANGED_WHILE_INSPECTED, text);
      });
    });
  }

  #hold(statement: Omit<HeldStatement, 'skip'>): void {
    this.#suspend();
    this.#output.hold({
      ...statement,
      forward: (hold) => this.#goOn(() => statement.forward(hold)),
      refuse: (denial) => this.#goOn(() => statement.refuse(denial)),
      skip: () => this.#goOn(() => undefined),
    });
  }

  #suspend(): void {
    this.#suspended = true;
    this.#framer.pause();
  }

  /** What is done first may stop the reading again. */
  #goOn(first: () => void): void {
    this.#suspended = false;
    // The session may be over, and what was held with it.
    if (!this.#context.policy.renew()) return;
    first();
    this.#readOn();
  }

  #readOn(): void {
    if (!this.#suspended && !this.#awaitsCopy) this.#framer.resume();
  }

  #treatCopyData(): Treatment {
    const { exchange, session } = this.#context;
    if (!exchange.copyIn || !this.#context.policy.renew()) return 'skip';
    if (session.obstacle() === null) return 'stream';
    exchange.copyIn = false;
    this.#output.forward(encodeCopyFail('Sallyport cannot confirm that this access is still valid'));
    return 'skip';
  }

  /** After a failed copy the rest of it may still arrive; the target would drop it as well. */
  #endCopy(message: Buffer): void {
    if (!this.#context.exchange.copyIn) return;
    const { exchange } = this.#context;
    exchange.copyIn = false;
    this.#output.forward(message);
    // The next statement of the same text may copy in as well; until the target says so, nothing may follow.
    if (exchange.head?.kind === 'query') this.#awaitCopy();
  }

  #terminate(message: Buffer): void {
    this.#terminated = true;
    this.#output.forward(message);
    this.#output.terminated();
  }

  /** While the target reads CopyData, any other message would be swallowed and the answers would shift. */
  #mustBeExpected(type: number): void {
    if (!this.#handlers.has(type))
      throw violation(`Message ${typeName(type)} is unknown or not expected now`);
    if (!this.#context.exchange.copyIn || DURING_COPY_IN.has(type)) return;
    throw violation(`Message ${typeName(type)} is not allowed while data is copied in`);
  }

  #readable(bytes: Buffer, protocol: 'simple' | 'prepare'): string | null {
    if (bytes.length > this.#context.limits.statementBytesMax) {
      this.#refuseTooLarge(protocol, bytes.length);
      return null;
    }
    const text = decodeStatement(bytes, this.#context.exchange.clientEncoding);
    if (text === null) this.#refuse(protocol, NOT_UTF8);
    return text;
  }

  #refusedName(name: string): boolean {
    const refusal = nameTooLong(name);
    if (refusal !== null) this.#refuse('execute', refusal);
    return refusal !== null;
  }

  #refuseTooLarge(protocol: 'simple' | 'prepare' | 'execute', bytes: number): void {
    const bytesMax = this.#context.limits.statementBytesMax;
    this.#refuse(protocol, statementTooLarge({ bytes, bytesMax }));
  }

  /** Denies a message that cannot be judged as a statement; it is recorded without its text by default. */
  #refuse(protocol: 'simple' | 'prepare' | 'execute', refusal: Refusal, text = ''): void {
    const command = { protocol, text, parameters: [], prepared: null, refusal };
    this.#denied(protocol, this.#context.gate.judge(command));
  }

  /** A statement that cannot be read is answered as PostgreSQL answers it, with the place of the error. */
  #denial(judged: Judged<SqlInspection>, { rule, reason }: { rule: string; reason: string }): Denial {
    const { exchange, session } = this.#context;
    const denial = denialOf({ rule, reason, grant: session.grant });
    const { parseError = null, errorPosition } = judged.found ?? {};
    if (rule !== 'unparsable' || parseError === null || errorPosition === undefined) return denial;
    const plain = exchange.clientEncoding !== null;
    return syntaxDenial({ denial, message: parseError, position: errorPosition, plain });
  }

  #denied(protocol: 'simple' | 'prepare' | 'execute', judged: Judged<SqlInspection>): void {
    const { rule, reason } = judged.verdict;
    this.#standIn(protocol, this.#denial(judged, { rule: rule ?? 'policy', reason }));
  }

  /** Instead of what was denied, the target gets something it refuses; its error is answered with ours. */
  #standIn(protocol: 'simple' | 'prepare' | 'execute', denial: Denial): void {
    const { exchange } = this.#context;
    if (protocol === 'simple') {
      exchange.asked.forgetUnnamed();
      exchange.expect({ kind: 'query', run: null, denial });
      this.#output.forward(encodeQuery(STAND_IN));
      return;
    }
    exchange.expect({ kind: 'refused', denial });
    exchange.discarding = true;
    this.#output.forward(encodeParse({ name: STAND_IN, text: STAND_IN }));
  }

  #exposure(judged: Judged<SqlInspection>): Exposure {
    const { masks } = this.#context;
    const { found } = judged;
    if (masks === null || found === null) return exposureOf(masks, found);
    masks.note(found);
    return new LiveExposure(masks, found);
  }

  #run(judged: Judged<SqlInspection>, exposure: Exposure, portal: Portal | null = null): StatementRun {
    const { exchange, gate, limits, monotonic } = this.#context;
    // What follows in the pipeline must not be recorded as what a name meant before.
    for (const release of judged.found?.releases ?? []) exchange.asked.release(release);
    if (judged.found !== null) exchange.sqlNames.note(judged.found);
    return new StatementRun({
      judged,
      exposure,
      egress: this.#context.egress?.begin(judged.found, portal) ?? null,
      gate,
      rowsMax: limits.rowsPerStatementMax,
      monotonic,
    });
  }
}
