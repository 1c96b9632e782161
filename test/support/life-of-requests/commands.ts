/** Random interleavings of everything that happens to requests and grants, as fast-check's commands. */
import fc from 'fast-check';
import { isAppError, messageOf } from '../../../src/core/errors.ts';
import type { TestAccess } from '../access.ts';
import { ACCOUNT_NAMES, type Action } from './actions.ts';
import { brokenInvariants, leftBehind } from './invariants.ts';
import { World } from './world.ts';

/** The newest first. */
const INDEX = fc.constantFrom(0, 0, 0, 1, 2);
const WHO = fc.constantFrom(...ACCOUNT_NAMES);
const HOLDER = fc.constantFrom('alice' as const, 'erin' as const, 'migrator' as const);
const VERDICT = fc.constantFrom('approve' as const, 'approve' as const, 'approve' as const, 'deny' as const);
/** Who may decide is tried more often than who may not. */
const VOTER = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('bob' as const, 'dana' as const, 'carol' as const, 'gina' as const),
  },
  { weight: 2, arbitrary: WHO },
);

const ACTION: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('request' as const),
      who: HOLDER,
      for: HOLDER,
      minutes: fc.constantFrom(5, 60, 240, 241),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('vote' as const),
      who: VOTER,
      request: INDEX,
      verdict: VERDICT,
      minutes: fc.constantFrom(null, null, 1, 30, 300),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('consent' as const), who: WHO, request: INDEX, verdict: VERDICT }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('delegate' as const),
      who: WHO,
      to: fc.oneof(fc.constant('gina' as const), WHO),
      minutes: fc.constantFrom(10, 1_440),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('issue' as const), grant: INDEX, fails: fc.boolean() }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('extend' as const),
      grant: INDEX,
      minutes: fc.constantFrom(5, 120, 400),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('get' as const), who: HOLDER }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('agree' as const), request: INDEX }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), request: INDEX }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('accept delegations' as const),
      who: fc.oneof(fc.constant('gina' as const), WHO),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('end delegations' as const), who: WHO }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('revoke' as const), grant: INDEX, who: VOTER }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('done' as const), grant: INDEX }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('take' as const),
      who: fc.constantFrom('bob' as const, 'erin' as const),
      how: fc.constantFrom('automatic' as const, 'break-glass' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'freeze' as const,
        'unfreeze' as const,
        'unfreeze' as const,
        'unfreeze' as const,
        'sweep' as const,
        'restart' as const,
      ),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'revoke everything' } as const) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sign in' as const), who: WHO }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      minutes: fc.constantFrom(1, 1, 1, 29, 31, 240, 721),
    }),
  },
);

/** Nothing is foreseen but what must hold, so the model holds nothing. */
type Nothing = Readonly<Record<string, never>>;

/** Some actions at once. Each may be refused; none may fail in any other way. */
class Together implements fc.AsyncCommand<Nothing, World> {
  readonly #actions: readonly Action[];

  constructor(actions: readonly Action[]) {
    this.#actions = actions;
  }

  check(): boolean {
    return true;
  }

  async run(_model: Nothing, world: World): Promise<void> {
    const before = await standing(world);
    const outcomes = await Promise.allSettled(this.#actions.map((action) => world.act(action)));
    const faults = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' && !isExpected(outcome.reason) ? [messageOf(outcome.reason)] : [],
    );
    const broken = [
      ...faults,
      ...(await brokenInvariants(world)),
      ...(await this.#grantedWhileFrozen(world, before)),
    ];
    if (broken.length > 0) throw new Error(broken.join('\n'));
  }

  async #grantedWhileFrozen(world: World, before: Standing): Promise<readonly string[]> {
    const moves = this.#actions.some(({ do: what }) => what === 'freeze' || what === 'unfreeze');
    if (moves || !before.frozen) return [];
    const now = await standing(world);
    return [...now.grants]
      .filter(([id, { active, expiresAt }]) => {
        const known = before.grants.get(id);
        return known === undefined || (active && !known.active) || expiresAt > known.expiresAt;
      })
      .map(([id]) => `grant ${id} was given, issued or extended during a freeze`);
  }

  toString(): string {
    return JSON.stringify(this.#actions);
  }
}

interface Standing {
  readonly frozen: boolean;
  readonly grants: ReadonlyMap<string, { readonly active: boolean; readonly expiresAt: number }>;
}

async function standing(world: World): Promise<Standing> {
  const rows = await world.context.store
    .read()
    .execute<{ id: string; active: boolean; expiresAt: string }[]>(
      `select id, state = 'active' as active, expires_at as "expiresAt" from access_grant where request_id = any(?::text[])`,
      [`{${world.requestIds.join(',')}}`],
    );
  const grants = rows.map(
    ({ id, active, expiresAt }) => [id, { active, expiresAt: Date.parse(expiresAt) }] as const,
  );
  return { frozen: await world.isFrozen(), grants: new Map(grants) };
}

/** A target that does not answer fails the job, which is tried again. */
function isExpected(error: unknown): boolean {
  return isAppError(error) ? error.code !== 'internal' : /^could not prepare grant/.test(messageOf(error));
}

/**
 * Runs random interleavings, and at the end of each the sweep.
 * @throws with the seed, the smallest interleaving that was found and what it broke
 */
export async function checkLives(
  access: TestAccess,
  limits: { readonly runs: number; readonly commandsMax: number; readonly timeMaxMs: number },
): Promise<void> {
  const command = fc.array(ACTION, { minLength: 1, maxLength: 4 }).map((actions) => new Together(actions));
  const live = async (commands: Iterable<fc.AsyncCommand<Nothing, World, boolean>>): Promise<void> => {
    const world = await World.create(access);
    await fc.asyncModelRun(() => ({ model: {}, real: world }), commands);
    if (world.requestIds.length === 0) return;
    await world.sweep();
    const broken = [...(await brokenInvariants(world)), ...(await leftBehind(world))];
    if (broken.length > 0) throw new Error(broken.join('\n'));
  };
  let last = Promise.resolve();
  const lives = fc.asyncProperty(
    fc.commands([command], { maxCommands: limits.commandsMax, size: 'max' }),
    (commands) => {
      last = live(commands);
      return last;
    },
  );
  await fc.assert(lives, {
    numRuns: limits.runs,
    interruptAfterTimeLimit: limits.timeMaxMs,
    markInterruptAsFailure: false,
    endOnFailure: false,
  });
  // At the time limit nobody waits for the one that is under way; the next test would meet it.
  await last;
}
