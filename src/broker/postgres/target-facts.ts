/** What is read from a target at the start of a session, before the client's first statement. */
import type { Socket } from 'node:net';
import type { Mask } from '../../policies/document/schema.ts';
import { CATALOG_QUERY, parseCatalog } from '../../policies/masks/catalog.ts';
import { compileMaskPlan, isEmptyPlan, type MaskPlan } from '../../policies/masks/plan.ts';
import { runUpstreamQuery } from './upstream-query.ts';

/** Functions that are not PostgreSQL's own: a call of one is `call`, whatever it is named. */
const FUNCTIONS_QUERY = `
select distinct p.proname::text as name
from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
where n.nspname not in ('pg_catalog', 'information_schema')`;

export interface TargetFacts {
  readonly userFunctions: ReadonlySet<string>;
  /** Null where no mask applies to anything in the database. */
  readonly masks: MaskPlan | null;
}

/** @throws AppError `upstream_failed` when the target's catalog cannot be read */
export async function readTargetFacts(socket: Socket, masks: readonly Mask[]): Promise<TargetFacts> {
  const functions = await runUpstreamQuery(socket, FUNCTIONS_QUERY);
  const userFunctions = new Set(functions.map((row) => row['name'] ?? ''));
  if (masks.length === 0) return { userFunctions, masks: null };
  const catalog = parseCatalog(await runUpstreamQuery(socket, CATALOG_QUERY));
  const plan = compileMaskPlan({ masks, catalog });
  return { userFunctions, masks: isEmptyPlan(plan) ? null : plan };
}
