/** Who acts. A person signs in; a workload presents a token and has a person who answers for it. */
import type { LinkedChatAccount } from './chat-account.ts';

export interface Person {
  readonly kind: 'person';
  /** Stable, ours: never an e-mail address, which can change hands. */
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly groups: readonly string[];
  /** When the identity provider last told us the groups; a vote needs a recent answer. */
  readonly groupsSeenAt: Date;
  /** The chat account that they act through; absent where they signed in themselves. */
  readonly through?: LinkedChatAccount;
}

export interface Workload {
  readonly kind: 'workload';
  /** `workload:` and the configured name. */
  readonly id: string;
  readonly name: string;
  /** E-mail address of the person who answers for it. */
  readonly ownerEmail: string;
  /** Verified claims that say which run this is (repository, ref, run id). */
  readonly claims: Readonly<Record<string, string>>;
}

export type Identity = Person | Workload;
