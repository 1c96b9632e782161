/** What is read from a target at the start of a session, before the client's first statement. */
import type { Socket } from 'node:net';
import { type DatabaseFacts, FACTS_QUERY, parseFacts } from '../../policies/analyzers/sql/database-facts.ts';
import { runUpstreamQuery } from './upstream-query.ts';

/**
 * Which functions and operators are not PostgreSQL's own.
 * @throws AppError `upstream_failed` when the target's catalog cannot be read
 */
export async function readTargetFacts(socket: Socket): Promise<DatabaseFacts> {
  return parseFacts(await runUpstreamQuery(socket, FACTS_QUERY));
}
