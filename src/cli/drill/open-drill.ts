/** What has to be so before anything is tried, and what the deployment is told of it. */
import { AppError, isAppError } from '../../core/errors.ts';
import { DRILL } from '../../web/schemas/drills.ts';
import { listOf } from '../../web/schemas/fields.ts';
import { ME } from '../../web/schemas/parties.ts';
import { REQUESTABLE } from '../../web/schemas/resources.ts';
import { SESSION_PAGE } from '../../web/schemas/sessions.ts';
import type { ApiClient } from '../api-client.ts';
import type { CliContext } from '../context.ts';
import type { Drill } from './drill.ts';
import type { DrillPlan } from './plan.ts';
import { openReference, type Reference } from './reference.ts';
import { sayHowItEnded } from './say-how-it-ended.ts';

/**
 * @param of.confirm asks the person, and throws when they do not want it
 * @param of.prepare what to do before anything is tried; null for nothing
 * @throws AppError `unauthenticated` for a token that is accepted nowhere, `invalid_input` for a person's,
 *   `forbidden` when the person may not see what a drill looks at
 */
export async function openDrill(
  context: CliContext,
  of: {
    readonly plan: DrillPlan;
    readonly signal: AbortSignal;
    readonly confirm: (question: string) => Promise<void>;
    readonly prepare: (() => Promise<void>) | null;
  },
): Promise<{ readonly drill: Drill; readonly close: () => Promise<void> }> {
  const { plan, signal } = of;
  const overseer = context.api;
  const thief = context.apiOf(plan.token.reveal());
  const { name: workload } = await workloadOf(thief);
  await overseer.get('/sessions', SESSION_PAGE, { limit: 1 });
  const labels = await labelsOf(thief, plan.resource);
  await of.confirm(
    `As ${workload}, this takes access to ${plan.resource}${labels}, tries to drop ${plan.canary.shown} there and sets off alerts.`,
  );
  const body = { resource: plan.resource, workload, announced: plan.announced };
  const deployment = await overseer.post('/drills', DRILL, body);
  const reference = await prepared(of).catch(async (error: unknown) => {
    await sayHowItEnded(
      { overseer, deployment },
      { outcome: 'interrupted', passed: 0, failed: 0, unknown: 0 },
    );
    throw error;
  });
  const drill: Drill = {
    plan,
    deployment,
    workload,
    overseer,
    thief,
    bearerOf: context.apiOf,
    reference,
    access: null,
    withoutAccess: '',
    taken: [],
    sessions: [],
    signal,
  };
  return { drill, close: async () => reference?.close() };
}

async function prepared(of: {
  readonly plan: DrillPlan;
  readonly prepare: (() => Promise<void>) | null;
}): Promise<Reference | null> {
  await of.prepare?.();
  return of.plan.reference === null ? null : openReference(of.plan.reference);
}

async function workloadOf(thief: ApiClient): Promise<{ readonly name: string }> {
  try {
    const me = await thief.get('/me', ME);
    if (me.kind === 'workload') return me;
    throw new AppError(
      'invalid_input',
      `The token is that of a person, ${me.name}: a drill plays a workload.`,
    );
  } catch (error) {
    if (!isAppError(error, 'unauthenticated')) throw error;
    const text = `The token to play is not accepted, so it gives nothing to try: ${error.message}`;
    throw new AppError('unauthenticated', text, { cause: error });
  }
}

/** For the question: what the resource is, as far as the workload may know. */
async function labelsOf(thief: ApiClient, resource: string): Promise<string> {
  const { items } = await thief.get('/resources', listOf(REQUESTABLE));
  const labels = Object.entries(items.find((one) => one.resource === resource)?.labels ?? {});
  return labels.length === 0 ? '' : ` (${labels.map(([name, value]) => `${name}=${value}`).join(', ')})`;
}
