/** Sessions under what the stolen token was given, and which of Sallyport's sessions they are. */
import { AppError } from '../../core/errors.ts';
import { SESSION_PAGE } from '../../web/schemas/sessions.ts';
import type { Drill, StolenSession } from './drill.ts';
import { eventually } from './eventually.ts';
import { connectAsThief } from './stolen-connection.ts';

/** @throws AppError `unavailable` when nothing is opened, or when Sallyport knows of no session then */
export async function openStolenSession(drill: Drill): Promise<StolenSession> {
  const { access, signal } = drill;
  if (access === null || access.connection.kind !== 'postgres')
    throw new AppError('unavailable', drill.withoutAccess);
  const since = performance.now();
  const connection = await connectAsThief(access.connection, signal);
  const seen = await findNewSession(drill, { requestId: access.requestId, since });
  if (seen.found === null) {
    await connection.close();
    throw new AppError('unavailable', `A session was opened that Sallyport does not show: ${seen.why}`);
  }
  return { ...connection, id: seen.found.id };
}

/** The session of the request that the drill has not seen before. */
export async function findNewSession(
  drill: Drill,
  of: { readonly requestId: string; readonly since: number },
) {
  const { overseer, plan, signal, sessions } = drill;
  const seen = await eventually(
    async () => {
      const { items } = await overseer.get('/sessions', SESSION_PAGE, { request: of.requestId });
      return items.find(({ id }) => !sessions.includes(id)) ?? 'no session of this request';
    },
    { since: of.since, withinMs: plan.limits.recordedMs, signal },
  );
  if (seen.found !== null) sessions.push(seen.found.id);
  return seen;
}
