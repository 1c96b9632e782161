/** What every kind of receiver is to whoever delivers to it. */
import { AppError } from '../../core/errors.ts';
import type { OcsfEvent } from '../ocsf/to-ocsf.ts';

/** One event of the log on its way out. */
export interface Outgoing {
  readonly sequence: number;
  /** Its hash in the chain: the same however often it is sent, and like no other deployment's. */
  readonly uid: string;
  readonly at: Date;
  readonly type: string;
  readonly subject: string;
  readonly ocsf: OcsfEvent;
}

/** An event that the receiver will never take. */
export interface Refusal {
  readonly sequence: number;
  readonly reason: string;
}

export interface Sink {
  readonly eventsMax: number;
  /** The longest that one `send` takes. */
  readonly sendMsMax: number;
  /**
   * Delivers events in this order; sending one again that was taken before does no harm.
   * @returns those of them that the receiver will never take; it has the others
   * @throws ContentRefused when it took none because of what stands in at least one of them
   * @throws SinkFault when it has to be tried again, all of it
   */
  send(events: readonly Outgoing[]): Promise<readonly Refusal[]>;
  /** Ends what is under way, too. */
  close(): void;
}

/** It did not work, or not all of it; another attempt may. */
export class SinkFault extends AppError {
  /** Not before: the receiver said so. */
  readonly retryAfterMs: number;
  /** The receiver wants nothing from us any more. */
  readonly gone: boolean;

  constructor(
    reason: string,
    options: { readonly retryAfterMs?: number; readonly gone?: boolean; readonly cause?: unknown } = {},
  ) {
    super('upstream_failed', reason, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'SinkFault';
    this.retryAfterMs = options.retryAfterMs ?? 0;
    this.gone = options.gone ?? false;
  }
}

/** Something in one of the events is not to be taken, or together they are too large. */
export class ContentRefused extends AppError {
  constructor(reason: string) {
    super('upstream_failed', reason);
    this.name = 'ContentRefused';
  }
}
