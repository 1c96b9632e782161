/** What a protocol gets from the broker to serve connections. */
import type { Logger } from 'pino';
import type { AccessContext } from '../access/context.ts';
import type { Identity } from '../core/identity.ts';
import type { Secret } from '../core/secret.ts';
import type { Journal } from '../recording/journal/journal.ts';
import type { Approvals } from './approvals.ts';
import type { CancelRelay } from './cancel-relay.ts';
import type { CertificatePems } from './certificate.ts';
import type { MonotonicClock } from './session.ts';
import type { SessionRegistry } from './session-registry.ts';

export interface BrokerServices {
  readonly access: AccessContext;
  /** Where the sessions of this process are recorded. */
  readonly journal: Journal;
  readonly logger: Logger;
  readonly tls: CertificatePems;
  /** Names this process in session rows. */
  readonly replica: string;
  /** What the broker derives its own keys from; the same on every replica. */
  readonly secretKey: Secret<Uint8Array>;
  readonly registry: SessionRegistry;
  readonly cancelRelay: CancelRelay;
  readonly approvals: Approvals;
  readonly monotonic: MonotonicClock;
  /**
   * Whom a token stands for, shown as a password.
   * @throws AppError `unauthenticated`, `forbidden`, `rate_limited`, `unavailable`, as the HTTP API for a bearer token
   */
  readonly identify: (token: string) => Promise<Identity>;
}
