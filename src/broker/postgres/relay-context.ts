/** What both directions of a relay share. */
import type { Logger } from 'pino';
import type { Detection } from '../../policies/detectors/detection.ts';
import type { PostgresResource } from '../../policies/document/schema.ts';
import type { Approvals } from '../approvals.ts';
import type { EgressStop } from '../egress.ts';
import type { Gate } from '../gate.ts';
import type { LiveSession, MonotonicClock } from '../session.ts';
import type { Exchange } from './exchange.ts';
import type { SessionEgress } from './session-egress.ts';
import type { SessionMasks } from './session-masks.ts';
import type { SessionPolicy } from './session-policy.ts';
import type { SqlInspection } from './sql-judge.ts';

export interface RelayContext {
  readonly session: LiveSession;
  readonly resource: PostgresResource;
  readonly gate: Gate<SqlInspection>;
  readonly exchange: Exchange;
  /** Null where the resource has no masks of columns. */
  readonly masks: SessionMasks | null;
  /** Null where no mask detects values by what they look like. */
  readonly detection: Detection | null;
  /** What the session is under; messages of the client are judged after it was renewed. */
  readonly policy: Pick<SessionPolicy, 'renew' | 'version'>;
  /** Null where no rule limits what is returned. */
  readonly egress: SessionEgress | null;
  readonly monotonic: MonotonicClock;
  readonly logger: Logger;
  readonly limits: { readonly statementBytesMax: number; readonly rowsPerStatementMax: number };
}

/** And what it needs for messages that cannot be forwarded or refused at once. */
export interface WaitingContext extends RelayContext {
  readonly approvals: Approvals;
  /** Of the policy in force, which may have been reloaded since the session began. */
  readonly policyVersion: () => string;
  /** Ends the session because a limit on what is returned is reached. */
  readonly stop: (stop: EgressStop) => void;
  /** Inspects a large statement elsewhere; never rejects. */
  readonly inspectLarge: (text: string) => Promise<SqlInspection>;
}
