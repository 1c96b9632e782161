/** Makes the table that a drill may lose, as somebody who may make one: with their own grant, through the broker. */
import { AppError } from '../../core/errors.ts';
import { listOf } from '../../web/schemas/fields.ts';
import { GRANT, REVEALED_CONNECTION } from '../../web/schemas/grants.ts';
import type { CliContext } from '../context.ts';
import { canaryStatements, type DrillPlan } from './plan.ts';
import { connectAsThief } from './stolen-connection.ts';

/**
 * @throws AppError `not_found` without a live grant on the resource, `forbidden` when no grant may make it; both with
 *   the statements for whoever owns the schema
 */
export async function prepareCanary({ api }: CliContext, { resource, canary }: DrillPlan): Promise<void> {
  const statements = canaryStatements(canary);
  const byHand = `Have its owner run: ${statements.join('; ')}`;
  const { items } = await api.get('/grants', listOf(GRANT), { mine: true, live: true });
  const grants = items.filter((grant) => grant.resource === resource);
  if (grants.length === 0)
    throw new AppError(
      'not_found',
      `You hold no live grant on ${resource} to make ${canary.shown} with. ${byHand}`,
    );
  const refusals: string[] = [];
  for (const { id, role } of grants) {
    const path = `/grants/${encodeURIComponent(id)}/reveal`;
    const connection = await api.post(path, REVEALED_CONNECTION);
    if (connection.kind !== 'postgres') throw new AppError('invalid_input', `${resource} is no database.`);
    const session = await connectAsThief(connection, new AbortController().signal);
    try {
      const refusal = await runAll(statements, (text) => session.run(text));
      if (refusal === null) return;
      refusals.push(`as ${role}: ${refusal}`);
    } finally {
      await session.close();
    }
  }
  throw new AppError('forbidden', `${canary.shown} could not be made ${refusals.join('; ')}. ${byHand}`);
}

async function runAll(
  statements: readonly string[],
  run: (text: string) => Promise<{ readonly kind: string; readonly message?: string }>,
): Promise<string | null> {
  for (const statement of statements) {
    const { kind, message = kind } = await run(statement);
    if (kind !== 'rows') return message;
  }
  return null;
}
