/**
 * What another policy would have decided differently: stored requests and recorded statements and commands, each judged by the
 * policy in force and by the other, with the same facts. People are taken as they are known now, tickets as found.
 */
import { after } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import { POLICY_BYTES_MAX } from '../core/policy-change.ts';
import type {
  DecisionChange,
  PolicyImpact,
  SimulatedChange,
  SimulationProgress,
} from '../core/policy-impact.ts';
import { identityOf } from '../identity/persons.ts';
import { loadSqlParser } from '../policies/analyzers/sql/analyze.ts';
import type { PolicyDocument } from '../policies/document/schema.ts';
import { compareAccess } from '../policies/simulation/compare-access.ts';
import { compareSession } from '../policies/simulation/compare-session.ts';
import type { ReplayedStatement } from '../policies/simulation/replayed-statement.ts';
import type { SessionComparison } from '../policies/simulation/session-comparison.ts';
import type { RequestRow } from '../store/entities/access.ts';
import {
  countPast,
  listPastRequests,
  listPastSessions,
  type PastSession,
} from '../store/operations/past-decisions.ts';
import { type KnownPolicy, readNewPolicy, readPolicyInForce } from './apply-policy.ts';
import type { AccessContext } from './context.ts';
import { ImpactTally } from './impact-tally.ts';
import { mayReadPolicy } from './policy-rights.ts';
import type { StatementArchive } from './ports.ts';
import { SimulationPace } from './simulation-pace.ts';

export interface Simulation {
  readonly text: string;
  /** How far to look back. */
  readonly sinceMs: number;
  /** Null is the system itself. */
  readonly viewer: Identity | null;
  readonly archive: StatementArchive;
  /** For the whole of it; what was found by then is the answer. */
  readonly timeMaxMs?: number;
}

export type SimulationStep =
  | (SimulationProgress & { readonly kind: 'progress' })
  | { readonly kind: 'change'; readonly change: SimulatedChange };

const SIMULATED_SINCE_MS_MAX = 366 * 86_400_000;
const TIME_MS_MAX = 600_000;
const STATEMENTS_MAX = 1_000_000;
const PAGE_ROWS = 200;
const PROGRESS_EVERY = 200;
const TEXT_CHARACTERS_MAX = 200;

/**
 * Yields each decision that would change as it is found, and how far it is; in bounded memory, whatever the past holds.
 * @returns the counts
 * @throws AppError `forbidden`, `invalid_input` with every problem of the text, before anything is yielded
 */
export async function* simulatePolicy(
  context: AccessContext,
  simulation: Simulation,
): AsyncGenerator<SimulationStep, PolicyImpact> {
  const { viewer, sinceMs } = simulation;
  if (viewer !== null && !mayReadPolicy(context, viewer)) {
    throw new AppError('forbidden', 'Simulating is for overseers and for whom policy.who names.');
  }
  const policy = checkInput(simulation);
  await loadSqlParser();
  const inForce = await readPolicyInForce(context.store.read());
  const run = new SimulationRun(context, simulation, { before: inForce.document, after: policy.document });
  yield* run.steps();
  return run.tally.impact({ version: policy.version, baseVersion: inForce.version, sinceMs }, run.notes);
}

function checkInput({ text, sinceMs }: Simulation): KnownPolicy {
  if (Buffer.byteLength(text) > POLICY_BYTES_MAX)
    throw new AppError('too_large', 'The policy is larger than 1 MiB.');
  if (!(sinceMs > 0 && sinceMs <= SIMULATED_SINCE_MS_MAX)) {
    throw new AppError('invalid_input', 'A simulation looks back for up to 366 days.');
  }
  return readNewPolicy(text);
}

class SimulationRun {
  readonly tally = new ImpactTally();
  readonly #context: AccessContext;
  readonly #archive: StatementArchive;
  readonly #documents: { readonly before: PolicyDocument; readonly after: PolicyDocument };
  readonly #since: Date;
  readonly #pace: SimulationPace;
  #done = 0;
  #total = 0;
  #statements = 0;
  #cutShort = false;

  constructor(
    context: AccessContext,
    { sinceMs, archive, timeMaxMs = TIME_MS_MAX }: Simulation,
    documents: { before: PolicyDocument; after: PolicyDocument },
  ) {
    this.#context = context;
    this.#archive = archive;
    this.#documents = documents;
    this.#since = after(context.clock.now(), -sinceMs);
    this.#pace = new SimulationPace(timeMaxMs);
  }

  get notes(): readonly string[] {
    return this.#cutShort ? ['It was cut short: the rest of the time was not looked at.'] : [];
  }

  async *steps(): AsyncGenerator<SimulationStep> {
    const past = await countPast(this.#context.store.read(), { since: this.#since });
    this.#total = past.requests + past.statements;
    yield this.#progress();
    yield* this.#requests();
    yield* this.#sessions();
    this.#total = this.#done;
    yield this.#progress();
  }

  async *#requests(): AsyncGenerator<SimulationStep> {
    const list = (after: RequestRow | undefined) =>
      listPastRequests(this.#context.store.read(), {
        since: this.#since,
        after: after === undefined ? null : { at: after.createdAt, id: after.id },
        limit: PAGE_ROWS,
      });
    for (let rows = await list(undefined); rows.length > 0; rows = await list(rows.at(-1))) {
      for (const row of rows) {
        if (this.#isOver()) return;
        yield* this.#request(row);
        yield* this.#advance(1);
      }
    }
  }

  *#request(row: RequestRow): Generator<SimulationStep> {
    if (row.kind === 'extension') {
      // Its length counts from the start of a grant whose deadline has moved since.
      this.tally.noteSkipped('request', { why: 'extensions were not looked at' });
      return;
    }
    const change = compareAccess(this.#documents, questionOf(row));
    const changes = change === null ? [] : [requestChange(row, change)];
    this.tally.noteCompared('request', changes);
    yield* changes.map((one) => ({ kind: 'change', change: one }) as const);
  }

  async *#sessions(): AsyncGenerator<SimulationStep> {
    const list = (after: PastSession | undefined) =>
      listPastSessions(this.#context.store.read(), {
        since: this.#since,
        after: after === undefined ? null : { at: after.startedAt, id: after.id },
        limit: PAGE_ROWS,
      });
    for (let rows = await list(undefined); rows.length > 0; rows = await list(rows.at(-1))) {
      for (const row of rows) {
        if (this.#isOver()) return;
        yield* this.#session(row);
      }
    }
  }

  async *#session(session: PastSession): AsyncGenerator<SimulationStep> {
    const comparison = compareSession(this.#documents, session);
    if (comparison.isSame) {
      this.tally.noteCompared('statement', [], session.commands);
      yield* this.#advance(session.commands);
      return;
    }
    if (comparison.remark !== null) this.tally.remark(comparison.remark);
    const why = 'commands were not looked at: their recordings are not on this server, or cannot be read';
    const statements = await this.#archive.statementsOf(session.id).catch(() => null);
    if (statements === null) {
      this.tally.noteSkipped('statement', { why, times: session.commands });
      yield* this.#advance(session.commands);
      return;
    }
    try {
      for await (const statement of statements) {
        if (this.#isOver()) return;
        yield* this.#statement(session, { comparison, statement });
      }
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.tally.noteSkipped('statement', { why });
    }
  }

  async *#statement(
    session: PastSession,
    { comparison, statement }: { comparison: SessionComparison; statement: ReplayedStatement },
  ): AsyncGenerator<SimulationStep> {
    this.#statements += 1;
    const found = comparison.compare(statement);
    if (found === null) {
      const why = `commands were not looked at: ${comparison.skippedBecause}`;
      this.tally.noteSkipped('statement', { why });
    } else {
      const text = found.length === 0 ? '' : comparison.withoutValues(statement);
      const changes = found.map((change) => statementChange(session, { statement, text, change }));
      this.tally.noteCompared('statement', changes);
      yield* changes.map((one) => ({ kind: 'change', change: one }) as const);
    }
    yield* this.#advance(1);
  }

  #isOver(): boolean {
    this.#cutShort ||= this.#pace.isOver || this.#statements >= STATEMENTS_MAX;
    return this.#cutShort;
  }

  async *#advance(by: number): AsyncGenerator<SimulationStep> {
    const before = this.#done;
    this.#done += by;
    if (Math.floor(before / PROGRESS_EVERY) !== Math.floor(this.#done / PROGRESS_EVERY))
      yield this.#progress();
    await this.#pace.breathe();
  }

  #progress(): SimulationStep {
    return { kind: 'progress', done: this.#done, total: Math.max(this.#total, this.#done) };
  }
}

function questionOf(row: RequestRow) {
  return {
    kind: row.kind,
    identity: identityOf(row.beneficiary),
    resource: row.resource,
    role: row.role,
    durationMs: row.durationMs,
    reason: row.reason,
    ticket: row.ticket ?? null,
    incident: row.incident ?? null,
    at: row.createdAt,
  };
}

function requestChange(row: RequestRow, change: DecisionChange): SimulatedChange {
  return {
    ...change,
    subject: 'request',
    requestId: row.id,
    at: row.createdAt.toISOString(),
    holder: row.beneficiary.name,
    resource: row.resource,
    role: row.role,
  };
}

function statementChange(
  session: PastSession,
  { statement, text, change }: { statement: ReplayedStatement; text: string; change: DecisionChange },
): SimulatedChange {
  return {
    ...change,
    subject: 'statement',
    sessionId: session.id,
    statement: statement.statement,
    at: after(session.startedAt, statement.atMs).toISOString(),
    resource: session.resource,
    role: session.role,
    text: text.length <= TEXT_CHARACTERS_MAX ? text : `${text.slice(0, TEXT_CHARACTERS_MAX)}…`,
  };
}
