/**
 * What is masked in one database, kept in step with its catalog for all sessions that share a login and masks. Over
 * a connection of its own: a session's is busy with the client's work, and inside a transaction it may see the
 * catalog as it was, while PostgreSQL resolves names in statements as they are.
 */
import { AppError } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import type { Mask } from '../../policies/document/schema.ts';
import {
  CATALOG_QUERY,
  DEFINITION_QUERY,
  epochQuery,
  FUNCTION_QUERY,
  PREPARE_EPOCH,
  parseCatalog,
  parseDefinitions,
  parseFunctions,
} from '../../policies/masks/catalog.ts';
import { compileMaskPlan, namedColumns } from '../../policies/masks/compile-plan.ts';
import type { CatalogFunction, CatalogRelation, MaskPlan } from '../../policies/masks/plan.ts';
import { runCatalogQuery } from './catalog-query.ts';
import { closeUpstream } from './session-end.ts';
import type { Upstream } from './upstream-login.ts';

/** The catalog changes while it is read; more often in a row, and it is not worth waiting for its end. */
const READS_MAX = 5;
/** While some view is locked by others, what it reads is not known, and is looked up again after this. */
const DEFINITIONS_AGAIN_MS = 1_000;

const PINNED_MAX = 1_000_000;

/** Start-up parameters of the connection. */
export const CATALOG_PARAMETERS: ReadonlyMap<string, string> = new Map([
  ['application_name', 'sallyport catalog'],
  ['search_path', 'pg_catalog, pg_temp'],
  ['default_transaction_read_only', 'on'],
  // A view's definition cannot be had while others lock what it reads.
  ['lock_timeout', '300'],
  ['statement_timeout', '20000'],
  ['idle_session_timeout', '0'],
  ['plan_cache_mode', 'force_generic_plan'],
]);

/** A state of the catalog, and what is masked in it. */
export interface CatalogState {
  readonly epoch: string;
  readonly catalog: readonly CatalogRelation[];
  readonly plan: MaskPlan;
}

export class MaskCatalog {
  readonly #masks: readonly Mask[];
  readonly #hashKey: Secret<Buffer>;
  readonly #open: () => Promise<Upstream>;
  readonly #monotonic: () => number;
  readonly #pinned: Map<string, Mask>;
  #upstream: Upstream | null = null;
  #state: CatalogState | null = null;
  /** As PostgreSQL prints it: while it stays the same, nobody has committed anything. */
  #snapshot = '';
  #definitionsMissingSinceMs: number | null = null;
  #running: Promise<CatalogState> | null = null;
  #next: Promise<CatalogState> | null = null;
  #closed = false;

  constructor(options: {
    readonly masks: readonly Mask[];
    readonly hashKey: Secret<Buffer>;
    readonly open: () => Promise<Upstream>;
    readonly monotonic: () => number;
    /** Columns that have, or had, a name that the masks know: added to, and never taken from. */
    readonly pinned: Map<string, Mask>;
  }) {
    this.#masks = options.masks;
    this.#hashKey = options.hashKey;
    this.#open = options.open;
    this.#monotonic = options.monotonic;
    this.#pinned = options.pinned;
  }

  /**
   * The catalog as it is after this call. Those who ask while it is being read share the next answer.
   * @throws AppError `upstream_failed` or `gone` when the target does not say
   */
  check(): Promise<CatalogState> {
    if (this.#running === null) return this.#start();
    this.#next ??= this.#running.then(
      () => this.#start(),
      () => this.#start(),
    );
    return this.#next;
  }

  /** Whoever renames a column or a table does not take its mask away. */
  plan(catalog: readonly CatalogRelation[], functions: readonly CatalogFunction[]): MaskPlan {
    const masks = this.#masks;
    for (const [pin, mask] of namedColumns(masks, catalog)) {
      if (this.#pinned.size < PINNED_MAX && !this.#pinned.has(pin)) this.#pinned.set(pin, mask);
    }
    return compileMaskPlan({ masks, catalog, functions, pinned: this.#pinned, hashKey: this.#hashKey });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#running?.catch(() => undefined);
    const upstream = this.#upstream;
    this.#upstream = null;
    if (upstream !== null) await closeUpstream(upstream, { busy: false });
  }

  #start(): Promise<CatalogState> {
    this.#next = null;
    const running = this.#look().finally(() => {
      if (this.#running === running) this.#running = null;
    });
    this.#running = running;
    return running;
  }

  /** A connection that broke since the last time is opened again, once. */
  async #look(): Promise<CatalogState> {
    const upstream = this.#upstream;
    if (upstream !== null && !upstream.socket.destroyed) {
      try {
        return await this.#read(upstream);
      } catch {
        upstream.socket.destroy();
      }
    }
    const fresh = await this.#open();
    fresh.socket.on('error', () => undefined);
    if (this.#closed) {
      await closeUpstream(fresh, { busy: false });
      throw new Error('The catalog is not asked any more');
    }
    this.#upstream = fresh;
    await runCatalogQuery(fresh.socket, PREPARE_EPOCH);
    return this.#read(fresh);
  }

  async #read({ socket }: Upstream): Promise<CatalogState> {
    const known = this.#state;
    const again =
      this.#definitionsMissingSinceMs !== null &&
      this.#monotonic() - this.#definitionsMissingSinceMs > DEFINITIONS_AGAIN_MS;
    for (let reads = 0; reads < READS_MAX; reads += 1) {
      const { snapshot, epoch } = await this.#askEpoch(socket, known === null || again ? '' : this.#snapshot);
      const current = this.#state;
      if (current !== null && !(again && reads === 0) && (epoch === null || epoch === current.epoch)) {
        this.#snapshot = snapshot;
        return current;
      }
      this.#state = await this.#load(socket, epoch ?? '');
    }
    this.#snapshot = '';
    if (this.#state === null) throw new Error('The catalog cannot be read');
    return this.#state;
  }

  async #load(socket: Upstream['socket'], epoch: string): Promise<CatalogState> {
    const rows = await runCatalogQuery(socket, CATALOG_QUERY);
    const functions = parseFunctions(await runCatalogQuery(socket, FUNCTION_QUERY));
    const definitions = await runCatalogQuery(socket, DEFINITION_QUERY).catch(() => null);
    this.#definitionsMissingSinceMs = definitions === null ? this.#monotonic() : null;
    const catalog = parseCatalog(rows, parseDefinitions(definitions ?? []));
    return { epoch, catalog, plan: this.plan(catalog, functions) };
  }

  async #askEpoch(
    socket: Upstream['socket'],
    snapshot: string,
  ): Promise<{ readonly snapshot: string; readonly epoch: string | null }> {
    const [row] = await runCatalogQuery(socket, epochQuery(snapshot));
    if (row === undefined)
      throw new AppError('upstream_failed', 'The target does not say how its catalog is');
    return { snapshot: row['snapshot'] ?? '', epoch: row['epoch'] ?? null };
  }
}
