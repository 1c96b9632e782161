/** What an audit log says of sessions and their recordings: to be held against the files. */
import type { EventFacts } from './logged-event.ts';
import type { EventJudge } from './verify-file.ts';

export interface LoggedSession {
  readonly sessionId: string;
  /** ISO 8601; null when its beginning is not in this part of the log. */
  readonly startedAt: string | null;
  readonly ended: boolean;
  /** Of its sealed recording, hex; null while there is none. */
  readonly head: string | null;
  /** The length of its sealed recording; null when the log does not say it. */
  readonly bytes: number | null;
  /** False when its end says that nothing was asked in it. */
  readonly mayBeRecorded: boolean;
  /** Why and when its recording was deleted; null while it is kept. */
  readonly deleted: { readonly head: string | null; readonly reason: string; readonly at: string } | null;
}

type Fault = NonNullable<ReturnType<EventJudge>>;

/** Takes the events of one log in order. */
export class SessionLedger {
  readonly #sessions = new Map<string, LoggedSession>();
  #partial: boolean | null = null;

  get sessions(): ReadonlyMap<string, LoggedSession> {
    return this.#sessions;
  }

  /** @returns what cannot be, by what the log said of this session before */
  readonly judge: EventJudge = (event) => {
    this.#partial ??= event.sequence > 1;
    switch (event.type) {
      case 'session.started':
        return this.#start(event);
      case 'session.ended':
        return this.#seal(event, event.subject);
      case 'session.sealed':
        return this.#seal(event, event.subject);
      case 'recording.deleted':
        return this.#delete(event, textOf(event.data['sessionId']) ?? event.subject);
      default:
        return null;
    }
  };

  #start({ subject, at }: EventFacts): Fault | null {
    const known = this.#sessions.get(subject);
    if (known !== undefined) return outOfOrder(`session ${subject} begins twice, or after its end`);
    this.#sessions.set(subject, { ...unknown(subject), startedAt: at });
    return null;
  }

  #seal({ type, data }: EventFacts, sessionId: string): Fault | null {
    const known = this.#sessions.get(sessionId) ?? unknown(sessionId);
    const head = textOf(data['recordingHead']);
    const mayBeRecorded = type !== 'session.ended' || data['commands'] !== 0;
    this.#sessions.set(sessionId, {
      ...known,
      ended: true,
      head: known.head ?? head,
      bytes: known.bytes ?? countOf(data['recordingBytes']),
      mayBeRecorded: known.mayBeRecorded && mayBeRecorded,
    });
    if (known.head !== null && head !== null && known.head !== head) {
      return {
        code: 'head_conflict',
        message: `session ${sessionId} has another head than the log said before`,
      };
    }
    if (known.deleted !== null)
      return outOfOrder(`session ${sessionId} ends after its recording was deleted`);
    return this.#isWhole(known) ? null : outOfOrder(`session ${sessionId} ends without a beginning`);
  }

  #delete({ at, data }: EventFacts, sessionId: string): Fault | null {
    const known = this.#sessions.get(sessionId) ?? unknown(sessionId);
    const head = textOf(data['head']);
    this.#sessions.set(sessionId, {
      ...known,
      head: known.head ?? head,
      deleted: { head, reason: textOf(data['reason']) ?? '', at },
    });
    if (known.deleted !== null) return outOfOrder(`the recording of session ${sessionId} is deleted twice`);
    if (known.head !== null && head !== known.head) {
      const message = `what was deleted of session ${sessionId} has another head than the log said before`;
      return { code: 'head_conflict', message };
    }
    if (known.ended || (this.#partial === true && known.startedAt === null)) return null;
    return outOfOrder(`the recording of session ${sessionId} is deleted before its end`);
  }

  /** In a part of a log the beginning may be missing. */
  #isWhole({ startedAt }: LoggedSession): boolean {
    return startedAt !== null || this.#partial === true;
  }
}

function unknown(sessionId: string): LoggedSession {
  return {
    sessionId,
    startedAt: null,
    ended: false,
    head: null,
    bytes: null,
    mayBeRecorded: true,
    deleted: null,
  };
}

function outOfOrder(message: string): Fault {
  return { code: 'out_of_order', message };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
