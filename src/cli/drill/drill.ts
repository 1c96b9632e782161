/** What the steps of a drill share. */
import type { DrillAnswer } from '../../web/schemas/drills.ts';
import type { RevealedAnswer } from '../../web/schemas/grants.ts';
import type { ApiClient } from '../api-client.ts';
import type { Check } from './model.ts';
import type { DrillPlan, StepName } from './plan.ts';
import type { Reference } from './reference.ts';
import type { StolenConnection } from './stolen-connection.ts';

/** What the stolen token was given. */
export interface StolenAccess {
  readonly requestId: string;
  readonly grantId: string;
  readonly connection: RevealedAnswer;
}

export interface StolenSession extends StolenConnection {
  readonly id: string;
}

export interface Drill {
  readonly plan: DrillPlan;
  readonly deployment: DrillAnswer;
  readonly workload: string;
  /** As the person who drills. */
  readonly overseer: ApiClient;
  /** As the bearer of the stolen token. */
  readonly thief: ApiClient;
  /** Another bearer. */
  readonly bearerOf: (token: string) => ApiClient;
  /** Past the broker, to see what is so; null without one. */
  readonly reference: Reference | null;
  /** Null until it was taken, and where nothing was given. */
  access: StolenAccess | null;
  /** Takes the place of `access` once it is known that there is none: why. */
  withoutAccess: string;
  /** Ids of the grants that the token was given: they are taken away again, whatever happens. */
  readonly taken: string[];
  /** Sessions in the order they were opened. */
  readonly sessions: string[];
  readonly signal: AbortSignal;
}

/** What a step did. What shows later is looked for meanwhile. */
export interface Acted {
  readonly checks: readonly (Check | Promise<Check>)[];
  readonly sessions: readonly string[];
}

export interface DrillStep {
  readonly name: StepName;
  readonly title: string;
  readonly expected: string;
  /** True for what can only be tried with what the token was given. */
  readonly needsAccess: boolean;
  run(drill: Drill): Promise<Acted>;
}
