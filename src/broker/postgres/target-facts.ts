/** What is read from a target at the start of a session, before the client's first statement. */
import type { Socket } from 'node:net';
import { type DatabaseFacts, FACTS_QUERY, parseFacts } from '../../policies/analyzers/sql/database-facts.ts';
import type { Mask } from '../../policies/document/schema.ts';
import { CATALOG_QUERY, parseCatalog } from '../../policies/masks/catalog.ts';
import { compileMaskPlan } from '../../policies/masks/compile-plan.ts';
import { isEmptyPlan, type MaskPlan } from '../../policies/masks/plan.ts';
import { runUpstreamQuery } from './upstream-query.ts';

export interface TargetFacts {
  /** Which functions and operators are not PostgreSQL's own. */
  readonly database: DatabaseFacts;
  /** Null where no mask applies to anything in the database. */
  readonly masks: MaskPlan | null;
}

/** @throws AppError `upstream_failed` when the target's catalog cannot be read */
export async function readTargetFacts(socket: Socket, masks: readonly Mask[]): Promise<TargetFacts> {
  const database = parseFacts(await runUpstreamQuery(socket, FACTS_QUERY));
  if (masks.length === 0) return { database, masks: null };
  const catalog = parseCatalog(await runUpstreamQuery(socket, CATALOG_QUERY));
  const plan = compileMaskPlan({ masks, catalog });
  return { database, masks: isEmptyPlan(plan) ? null : plan };
}
