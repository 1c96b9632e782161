/**
 * The masks of one session, always those of the catalog as it is: looked up before statements are judged, and again
 * before what they bring out is shown, because others change the catalog at any moment. What the session itself has
 * changed and not committed only its own connection can see.
 */
import type { SqlStatement } from '../../policies/analyzers/sql/statement.ts';
import {
  CATALOG_QUERY,
  definitionsOf,
  FUNCTION_QUERY,
  parseCatalog,
  parseFunctions,
} from '../../policies/masks/catalog.ts';
import { NamedStatements } from '../../policies/masks/named-statements.ts';
import { type MaskPlan, withoutKeys } from '../../policies/masks/plan.ts';
import { runsUnclearCode } from '../../policies/masks/statement.ts';
import type { CatalogState, MaskCatalog } from './mask-catalog.ts';
import type { JudgeSettings, SqlInspection } from './sql-judge.ts';
import type { TextRow } from './upstream-query.ts';

/** Runs a query on the session's own connection, between two statements of the client. */
export type OwnQuery = (text: string) => Promise<readonly TextRow[]>;

const CHANGING: ReadonlySet<string> = new Set(['create', 'alter', 'drop', 'grant', 'call', 'do', 'unknown']);
const SETTINGS_QUERY = `select pg_catalog.current_setting('transaction_isolation') as isolation`;

export class SessionMasks implements MaskPlan {
  readonly #catalog: MaskCatalog;
  readonly #names = new NamedStatements();
  #state: CatalogState;
  #plan: MaskPlan;
  #settings: { readonly of: JudgeSettings; readonly masked: JudgeSettings } | null = null;
  /** The session may have changed the catalog in the transaction that is open. */
  #changing = false;
  /** The state of the shared catalog when the plan was last read over the session's own connection. */
  #ownSince: CatalogState | null = null;
  #frozen = false;

  private constructor(catalog: MaskCatalog, state: CatalogState) {
    this.#catalog = catalog;
    this.#state = state;
    this.#plan = state.plan;
  }

  /** @throws AppError `upstream_failed` when the target's catalog cannot be read */
  static async open(catalog: MaskCatalog): Promise<SessionMasks> {
    return new SessionMasks(catalog, await catalog.check());
  }

  get version(): number {
    return this.#plan.version;
  }

  get byOid(): MaskPlan['byOid'] {
    return this.#plan.byOid;
  }

  get byName(): MaskPlan['byName'] {
    return this.#plan.byName;
  }

  get maskedNames(): MaskPlan['maskedNames'] {
    return this.#plan.maskedNames;
  }

  get functions(): MaskPlan['functions'] {
    return this.#plan.functions;
  }

  get byFilter(): MaskPlan['byFilter'] {
    return this.#plan.byFilter;
  }

  get review(): MaskPlan['review'] {
    return this.#plan.review;
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  behindName(kind: 'portal' | 'statement', name: string): readonly SqlStatement[] | null {
    return this.#names.behind(kind, name);
  }

  /** What another thread judges by at the moment: the same object while nothing changes. */
  settings(settings: JudgeSettings): JudgeSettings {
    const known = this.#settings;
    if (known?.of === settings && known.masked.masks?.version === this.#plan.version) return known.masked;
    const masked = { ...settings, masks: withoutKeys(this.#plan) };
    this.#settings = { of: settings, masked };
    return masked;
  }

  /** Call it for what will run: names are given a meaning, and the catalog may change. */
  note(found: SqlInspection): void {
    for (const statement of found.statements)
      this.#names.remember(statement, runsUnclearCode(this, [statement]));
    if (this.changes(found)) this.#changing = true;
  }

  /** True for statements that may change the catalog. */
  changes(found: SqlInspection | null): boolean {
    if (found === null) return true;
    const runsUnseen = found.runs.some(({ kind }) => kind === 'statement');
    return runsUnseen || found.analysis.some(({ effects }) => effects.some((effect) => CHANGING.has(effect)));
  }

  /**
   * Before statements are judged.
   * @param session.prepared some statement that is prepared could change the catalog when it is executed
   * @throws AppError `upstream_failed` when the target's catalog cannot be read
   */
  async refresh(session: {
    readonly inTransaction: boolean;
    readonly idle: boolean;
    readonly preparedChanges: () => boolean;
    readonly ownQuery: OwnQuery;
  }): Promise<void> {
    const state = await this.#catalog.check();
    if (!session.inTransaction) {
      if (session.idle && this.#changing) this.#changing = session.preparedChanges();
      this.#frozen = false;
      this.#ownSince = null;
      this.#adopt(state);
      return;
    }
    if (!this.#changing) {
      this.#adopt(state);
      return;
    }
    // A plan of the session's own stays until it can be read again.
    if (session.idle) await this.#readOwn(state, session.ownQuery);
    else if (this.#ownSince === null) this.#adopt(state);
    else if (state !== this.#ownSince) this.#frozen = true;
  }

  /** Before results are shown. @returns false when they cannot be told apart from masked ones any more */
  async verify(): Promise<boolean> {
    const state = await this.#catalog.check();
    if (this.#ownSince !== null) return state === this.#ownSince;
    this.#adopt(state);
    return true;
  }

  async #readOwn(state: CatalogState, ownQuery: OwnQuery): Promise<void> {
    const [settings] = await ownQuery(SETTINGS_QUERY);
    const others = this.#ownSince !== null && this.#ownSince !== state;
    // Such a transaction sees its own changes and not those of others, and nobody sees both.
    if (others && settings?.['isolation'] !== 'read committed') this.#frozen = true;
    const functions = parseFunctions(await ownQuery(FUNCTION_QUERY));
    const catalog = parseCatalog(await ownQuery(CATALOG_QUERY), definitionsOf(state.catalog));
    this.#state = state;
    this.#ownSince = state;
    this.#plan = this.#catalog.plan(catalog, functions);
  }

  #adopt(state: CatalogState): void {
    if (this.#state === state && this.#plan === state.plan) return;
    this.#state = state;
    this.#plan = state.plan;
  }
}
