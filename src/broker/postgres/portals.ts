/** Bind and Execute: a prepared statement gets its parameters, waits for people where it must, and runs. */
import type { Judged } from '../gate.ts';
import { boundParameters, isRecordedWhole } from './bound-parameters.ts';
import { NAMES_MAX } from './client-names.ts';
import { bodyOf } from './codec/framer.ts';
import { type BindMessage, encodeDescribe, parseBind, parseExecute } from './codec/frontend-extended.ts';
import type { Portal, Prepared } from './exchange.ts';
import { LiveExposure } from './exposure.ts';
import { beginRun, changedMasks, type FrontendParts } from './frontend-parts.ts';
import type { PreparedStatements } from './prepared-statements.ts';
import {
  BOUND_UNDER_ANOTHER_POLICY,
  hiddenStatement,
  MASK_WRITTEN_BACK,
  namedUnderAnotherPolicy,
  nameTooLong,
  PARAMETERS_NOT_REVIEWABLE,
  type Refusal,
  STALE_PORTAL,
  TOO_MANY_PORTALS,
  unknownPortal,
  unknownStatement,
} from './refusals.ts';
import type { SqlInspection } from './sql-judge.ts';

/** The masks may have changed, and they are not to be written back. */
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

/** The same for a statement only with the same types and the same bytes of every parameter. */
function identityOf(
  { text, parameterTypes }: Prepared,
  { parameterFormats, parameters }: BindMessage,
): string {
  const values = parameters.map((value) => value?.toString('base64') ?? null);
  return JSON.stringify([text, parameterTypes, parameterFormats, values]);
}

export class Portals {
  readonly #parts: FrontendParts;
  readonly #statements: PreparedStatements;

  constructor(parts: FrontendParts, statements: PreparedStatements) {
    this.#parts = parts;
    this.#statements = statements;
  }

  bind(message: Buffer): void {
    const { context, denials } = this.#parts;
    const bind = parseBind(bodyOf(message));
    const { asked } = context.exchange;
    const prepared = asked.statements.get(bind.statement);
    if (prepared === undefined) {
      denials.refuse('execute', nameTooLong(bind.statement) ?? unknownStatement(bind.statement));
      return;
    }
    const full = asked.portals.size >= NAMES_MAX && !asked.portals.has(bind.portal);
    const obstacle =
      context.session.obstacle() ?? nameTooLong(bind.portal) ?? (full ? TOO_MANY_PORTALS : null);
    if (obstacle !== null) {
      denials.refuse('execute', obstacle);
      return;
    }
    if (!this.#statements.isStillAllowed(prepared)) return;
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
    const { context, denials, reading } = this.#parts;
    const { prepared, parameters } = portal;
    const judged = context.gate.judge({
      protocol: 'execute',
      text: prepared.text,
      parameters,
      prepared: prepared.judged,
      refusal: isRecordedWhole(bind) ? null : PARAMETERS_NOT_REVIEWABLE,
    });
    if (judged.verdict.action !== 'review') {
      denials.denied('execute', judged);
      return;
    }
    reading.hold({
      judged,
      text: prepared.text,
      parameters,
      identity: identityOf(prepared, bind),
      objection: () => maskObjection(portal),
      forward: (hold) => {
        const { version: policyVersion } = context.policy;
        this.#forwardBind(message, { ...portal, approved: { hold, judged, policyVersion } });
      },
      refuse: (denial) => denials.standIn('execute', denial),
    });
  }

  #forwardBind(message: Buffer, portal: Portal): void {
    const { context, forward } = this.#parts;
    const { exchange } = context;
    exchange.asked.portals.set(portal.name, portal);
    exchange.clientNames.take('portal', portal.name);
    exchange.expect({ kind: 'bind', portal });
    forward(message);
  }

  execute(message: Buffer): void {
    const { context, denials, forward, reading } = this.#parts;
    const { portal: name } = parseExecute(bodyOf(message));
    const { exchange, gate } = context;
    const portal = exchange.asked.portals.get(name);
    if (portal === undefined) {
      denials.refuse('execute', nameTooLong(name) ?? unknownPortal(name));
      return;
    }
    const { prepared, parameters } = portal;
    if (!this.#statements.isStillAllowed(prepared)) return;
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
      denials.denied('execute', judged);
      return;
    }
    this.#describeFirst(portal);
    portal.executed = true;
    const run = beginRun(context, judged, { exposure: prepared.exposure, portal });
    exchange.expect({ kind: 'execute', portal, run });
    forward(message);
    if (run.copiesIn) reading.awaitTarget();
  }

  /**
   * What was approved when it was bound runs under the number it was held by; more of its rows are fetched
   * under numbers of their own, without asking again.
   * @returns null for everything that needed no approval, and for what must not run now
   */
  #judgeApproved(portal: Portal): Judged<SqlInspection> | null {
    const { gate, policy, session } = this.#parts.context;
    const { approved, prepared, parameters } = portal;
    if (approved === null || approved.judged.verdict.action !== 'review') return null;
    if (approved.policyVersion !== policy.version) return null;
    if ((session.obstacle() ?? this.#objectionToRun(portal)) !== null) return null;
    const { rule } = approved.judged.verdict;
    const allowed: Judged<SqlInspection> = {
      ...approved.judged,
      verdict: { action: 'allow', rule, reason: `Approved: ${approved.hold}.` },
    };
    if (!portal.executed) return allowed;
    const { text } = prepared;
    return gate.judge({ protocol: 'execute', text, parameters, prepared: allowed, refusal: null });
  }

  /** A statement that runs another by its name shows neither that statement nor, once bound, its columns. */
  #objectionToRun(portal: Portal): Refusal | null {
    const { exchange, masks, detection } = this.#parts.context;
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
    const { context, forward } = this.#parts;
    const { judged, described } = portal.prepared;
    const runsByName = (judged.found?.runs ?? []).length > 0;
    if (portal.described || (context.masks === null && described && !runsByName)) return;
    portal.described = true;
    portal.prepared.described = true;
    context.exchange.expect({ kind: 'describe', target: 'portal', name: portal.name, hidden: true });
    forward(encodeDescribe({ target: 'portal', name: portal.name }));
  }
}
