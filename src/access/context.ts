import type { Clock } from '../core/clock.ts';
import { base32 } from '../core/grant.ts';
import type { Secret } from '../core/secret.ts';
import type { PolicyDocument, SecretReference } from '../policies/document/schema.ts';
import type { Store } from '../store/open-store.ts';
import type { OnCallSource, TicketSource } from './ports.ts';

/** The policy in force, and its version. A reload replaces both at once. */
export interface PolicySource {
  current(): { readonly version: string; readonly document: PolicyDocument };
}

/** What every use case gets. `main` makes one; a test makes its own with its own clock. */
export interface AccessContext {
  readonly store: Store;
  readonly policy: PolicySource;
  readonly clock: Clock;
  readonly onCall: OnCallSource;
  readonly tickets: TicketSource;
  /** So many bytes from a cryptographic source. */
  readonly random: (bytes: number) => Uint8Array;
  readonly settings: {
    /** Without a slash at the end. */
    readonly publicUrl: string;
    /** Where clients reach the broker for PostgreSQL. */
    readonly postgres: { readonly host: string; readonly port: number };
    /** Where they reach the broker for SSH, and its public host key: `ssh-ed25519 AAAA…`. */
    readonly ssh: { readonly host: string; readonly port: number; readonly hostKey: string };
    readonly readSecret: (reference: SecretReference) => Secret<string>;
  };
}

const ID_BYTES = 5;

/** A prefix and 8 base32 characters, such as `r-k3q7mzra`. */
export function newId(
  context: Pick<AccessContext, 'random'>,
  prefix: 'r' | 'g' | 's' | 'h' | 'v' | 'p' | 'd' | 'l' | 'i' | 'u' | 'k' | 'lh' | 'st',
): string {
  return `${prefix}-${base32(context.random(ID_BYTES))}`;
}
