/** Adds up what the recordings of an incident say, in bounded memory, and keeps count of what is beyond the limits. */
import { maskDetected } from '../../../policies/detectors/detection.ts';
import type { AccessContext } from '../../context.ts';
import { detectorsOn } from '../../detectors-on.ts';
import { mayUpload } from '../../documents.ts';
import type { RecordedWork } from '../../search/ports.ts';
import type { SessionView } from '../../views.ts';
import type { RecordedEvidence, RecordedFile, RecordedMask } from './ports.ts';
import type { Audience, ReportedCommand, ReportedFile, ReportedMask, ReportedTable } from './report.ts';

const COMMANDS_MAX = 100;
const DENIALS_MAX = 100;
const TABLES_MAX = 300;
const FILES_MAX = 300;
const MASKS_MAX = 300;
const PEOPLE_MAX = 10;
const TEXT_CHARACTERS_MAX = 1_500;
/** A value that begins before the cut is masked, too, unless it is longer than this. */
const BEHIND_CUT_CHARACTERS = 8_000;
const PATH_CHARACTERS_MAX = 500;
/** What only reads a file changes none. */
const NO_CHANGE = 'downloaded';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

interface Ranked {
  readonly session: SessionView;
  readonly work: RecordedWork;
}

export class Tally {
  readonly #context: AccessContext;
  readonly audience: Audience;
  readonly #detectors = new Map<string, readonly string[]>();
  readonly #tables = new Map<string, Mutable<ReportedTable>>();
  readonly #masks = new Map<string, Mutable<ReportedMask>>();
  readonly #files: ReportedFile[] = [];
  #commands: Ranked[] = [];
  #denials: Ranked[] = [];
  readonly #summaries: ReportedCommand[] = [];
  readonly leftOut = { commands: 0, denials: 0, tables: 0, files: 0, masks: 0, takenBack: 0, quietFiles: 0 };
  statements = 0;
  filesChanged = 0;

  constructor(context: AccessContext, audience: Audience) {
    this.#context = context;
    this.audience = audience;
  }

  /** What everybody may read of it; for a person, where its recording cannot be read. */
  addSummary(session: SessionView): void {
    for (const { at, text, operation, action, rule } of session.riskiest) {
      const denied = action === 'deny';
      const held = action === 'review';
      const of = {
        sessionId: session.id,
        statement: null,
        at,
        who: session.holder,
        resource: session.resource,
      };
      const marks = { denied, held, masked: false, failed: false, rule };
      this.#summaries.push({ ...of, ...marks, text: cut(text), operation, risk: 0 });
    }
  }

  addEvidence(session: SessionView, evidence: RecordedEvidence): void {
    this.statements += evidence.statements;
    if (this.audience === 'person') this.#addCommands(session, evidence);
    this.#addTables(session, evidence);
    this.#addFiles(session, evidence);
    for (const mask of evidence.masked) this.#addMask(session, mask);
    if (evidence.maskedCellsOmitted > 0) this.leftOut.masks += 1;
  }

  /** The riskiest first; of those the denied ones by themselves, too. */
  commands(): {
    readonly commands: readonly ReportedCommand[];
    readonly denials: readonly ReportedCommand[];
  } {
    const own = this.#commands
      .toSorted(byRisk)
      .slice(0, COMMANDS_MAX)
      .map((one) => this.#shown(one));
    const denied = this.#denials
      .toSorted(byRisk)
      .slice(0, DENIALS_MAX)
      .map((one) => this.#shown(one));
    const summarised = this.#summaries.filter((one) => one.denied);
    return {
      commands: [...own, ...this.#summaries].slice(0, COMMANDS_MAX),
      denials: [...denied, ...summarised].slice(0, DENIALS_MAX),
    };
  }

  tables(): readonly ReportedTable[] {
    return [...this.#tables.values()].toSorted((one, other) => (other.rows ?? 0) - (one.rows ?? 0));
  }

  get files(): readonly ReportedFile[] {
    return this.#files.toSorted((one, other) => one.at.getTime() - other.at.getTime());
  }

  masks(): readonly ReportedMask[] {
    return [...this.#masks.values()].toSorted((one, other) => other.cells - one.cells);
  }

  #addCommands(session: SessionView, evidence: RecordedEvidence): void {
    for (const work of evidence.riskiest) {
      this.#commands.push({ session, work });
      if (work.denied) this.#denials.push({ session, work });
    }
    this.#commands = this.#kept(this.#commands, COMMANDS_MAX, 'commands');
    this.#denials = this.#kept(this.#denials, DENIALS_MAX, 'denials');
    // Of a long session its recording gave out only the riskiest.
    const denied = evidence.riskiest.filter((work) => work.denied).length;
    this.leftOut.denials += Math.max(0, evidence.denied - denied);
  }

  #kept(ranked: Ranked[], max: number, what: 'commands' | 'denials'): Ranked[] {
    this.leftOut[what] += Math.max(0, ranked.length - max);
    return ranked.length <= max ? ranked : ranked.toSorted(byRisk).slice(0, max);
  }

  #addTables({ resource, holder }: SessionView, { tables }: RecordedEvidence): void {
    this.leftOut.takenBack += tables.takenBack;
    this.leftOut.tables += tables.omitted;
    for (const { table, operation, statements, rows } of tables.changes) {
      const key = JSON.stringify([resource, table, operation]);
      const known = this.#tables.get(key);
      if (known !== undefined) {
        known.statements += statements;
        if (rows !== null) known.rows = (known.rows ?? 0) + rows;
        if (known.who.length < PEOPLE_MAX && !known.who.includes(holder.name))
          known.who = [...known.who, holder.name];
      } else if (this.#tables.size < TABLES_MAX) {
        this.#tables.set(key, { resource, table, operation, statements, rows, who: [holder.name] });
      } else {
        this.leftOut.tables += 1;
      }
    }
  }

  #addFiles(session: SessionView, { files, filesOmitted }: RecordedEvidence): void {
    const changed = files.filter(({ act }) => act !== NO_CHANGE).length;
    this.filesChanged += changed + filesOmitted;
    this.leftOut.files += filesOmitted;
    // Names of files come from what was done, which a channel sees only where transcripts may be posted.
    if (this.audience === 'channel' && !mayUpload(this.#context, session.resource)) {
      this.leftOut.quietFiles += files.length;
      return;
    }
    for (const file of files) {
      if (this.#files.length < FILES_MAX) this.#files.push(this.#file(session, file));
      else this.leftOut.files += 1;
    }
  }

  #file({ id, holder, resource, startedAt }: SessionView, file: RecordedFile): ReportedFile {
    const { statement, atMs, act, path, to, bytes, sha256, complete } = file;
    const at = new Date(startedAt.getTime() + atMs);
    const shown = (text: string): string => this.#masked(resource, text, PATH_CHARACTERS_MAX);
    return {
      ...{ sessionId: id, statement, at, who: holder.name, resource, act, bytes, sha256, complete },
      path: shown(path),
      to: to === null ? null : shown(to),
    };
  }

  #addMask({ resource }: SessionView, { columns, tables, cells, statements }: RecordedMask): void {
    const key = JSON.stringify([resource, columns, tables]);
    const known = this.#masks.get(key);
    if (known !== undefined) {
      known.cells += cells;
      known.statements += statements;
    } else if (this.#masks.size < MASKS_MAX) {
      this.#masks.set(key, { resource, columns, tables, cells, statements });
    } else {
      this.leftOut.masks += 1;
    }
  }

  #shown({ session, work }: Ranked): ReportedCommand {
    const { id, holder, resource, startedAt } = session;
    const { statement, atMs, operation, risk, denied, held, masked, failed, rule } = work;
    return {
      ...{ sessionId: id, statement, who: holder, resource, risk, denied, held, masked, failed, rule },
      at: new Date(startedAt.getTime() + atMs),
      text: this.#masked(resource, work.text, TEXT_CHARACTERS_MAX),
      operation: operation ?? (work.kind === 'guess' ? 'typed' : 'ran'),
    };
  }

  #masked(resource: string, text: string, charactersMax: number): string {
    const detectors = this.#detectors.get(resource) ?? detectorsOn(this.#context, resource);
    this.#detectors.set(resource, detectors);
    return cut(
      maskDetected(text.slice(0, charactersMax + BEHIND_CUT_CHARACTERS), detectors).text,
      charactersMax,
    );
  }
}

function byRisk(one: Ranked, other: Ranked): number {
  return other.work.risk - one.work.risk || Number(other.work.held) - Number(one.work.held);
}

function cut(text: string, charactersMax = TEXT_CHARACTERS_MAX): string {
  return text.length <= charactersMax ? text : `${text.slice(0, charactersMax).toWellFormed()}…`;
}
