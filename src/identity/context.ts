import type { Clock } from '../core/clock.ts';
import type { Secret } from '../core/secret.ts';
import type { Store } from '../store/open-store.ts';

export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: Secret<string> | null;
  /** The audience an access token must name. */
  readonly audience: string;
  readonly scopes: string;
  readonly groupsClaim: string;
  /** The claim that lists public keys of SSH; null where none does. */
  readonly sshKeysClaim: string | null;
  readonly clockToleranceMs: number;
}

/** Which tokens stand for a workload: all claims must match. */
export interface WorkloadSettings {
  readonly name: string;
  readonly owner: string;
  readonly issuer: string;
  readonly claims: Readonly<Record<string, string>>;
}

/** What identity needs: the store, the time, chance, and how identity is configured right now. */
export interface IdentityContext {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
  readonly settings: () => {
    readonly oidc: OidcSettings | null;
    readonly workloads: readonly WorkloadSettings[];
    readonly audience: string;
  };
}
