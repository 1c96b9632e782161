/**
 * The policy in force in this process. It is kept in the database, so all replicas follow one: by notification, and
 * by asking every second in case one was lost. It only ever moves forward.
 */
import { AppError, messageOf } from '../core/errors.ts';
import type { Subscription } from '../store/open-store.ts';
import { findPolicyInForce, readPolicyRevision } from '../store/operations/policy-changes.ts';
import { type KnownPolicy, readStoredPolicy } from './apply-policy.ts';
import type { AccessContext, PolicySource } from './context.ts';

/** Half of the two seconds within which every replica follows. */
const ASK_EVERY_MS = 1_000;

export interface FollowedPolicy extends PolicySource {
  current(): KnownPolicy;
  /** Looks now. @throws when the database does not answer */
  refresh(): Promise<void>;
  /** Why this process does not have the policy in force; null while it has. */
  problem(): string | null;
  close(): Promise<void>;
}

/**
 * @param options.adapt what this server says for itself, put into a document that all share
 * @throws AppError `unavailable` before the first policy was applied, or when this program cannot read it
 */
export async function followPolicy(
  context: Pick<AccessContext, 'store'>,
  options: {
    readonly adapt: (policy: KnownPolicy) => KnownPolicy;
    readonly onChange: (policy: KnownPolicy) => void;
    readonly onProblem: (problem: string) => void;
  },
): Promise<FollowedPolicy> {
  const { store } = context;
  let held = await readFrom(context, options);
  let problem: string | null = null;
  let looking: Promise<void> | null = null;

  const look = async (): Promise<void> => {
    if ((await readPolicyRevision(store.read())) <= held.revision) {
      problem = null;
      return;
    }
    const next = await readFrom(context, options);
    if (next.revision <= held.revision) return;
    held = next;
    problem = null;
    options.onChange(held.policy);
  };
  const refresh = async (): Promise<void> => {
    // One that began before whatever is to be found was written may miss it.
    await looking?.catch(() => undefined);
    looking ??= look().finally(() => {
      looking = null;
    });
    await looking;
  };
  const refreshQuietly = (): void => {
    refresh().catch((error: unknown) => {
      const text = messageOf(error);
      if (text !== problem) options.onProblem(text);
      problem = text;
    });
  };

  const subscription: Subscription = await store.listen('sallyport_policy', refreshQuietly);
  const timer = setInterval(refreshQuietly, ASK_EVERY_MS);
  return {
    current: () => held.policy,
    refresh,
    problem: () => problem,
    close: async () => {
      clearInterval(timer);
      await subscription.close();
      await looking?.catch(() => undefined);
    },
  };
}

async function readFrom(
  { store }: Pick<AccessContext, 'store'>,
  { adapt }: { readonly adapt: (policy: KnownPolicy) => KnownPolicy },
): Promise<{ readonly revision: number; readonly policy: KnownPolicy }> {
  const stored = await findPolicyInForce(store.read());
  if (stored === null) throw new AppError('unavailable', 'No policy is in force yet.');
  return { revision: stored.revision, policy: adapt(readStoredPolicy(stored)) };
}
