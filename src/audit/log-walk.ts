/**
 * Checks an audit log from one event to the next, in bounded memory, wherever it comes from: a server's pages or an
 * exported file. It needs nothing but the deployment's public key. docs/audit-log.md, "Verification".
 */
import type { TrustedKey } from '../store/signing-chain.ts';
import { KnownKeys } from './known-keys.ts';
import { CHAIN_START_SHA256, eventSha256, type LoggedEvent } from './logged-event.ts';
import { isHeadSignedBy, type SignedHead } from './signed-head.ts';

export type LogProblemCode =
  | 'malformed_line'
  | 'event_missing'
  | 'out_of_order'
  | 'chain_broken'
  | 'event_altered'
  | 'head_out_of_place'
  | 'wrong_key'
  | 'bad_signature'
  | 'bad_endorsement'
  | 'rewritten'
  | 'unsigned'
  | 'cut'
  | 'head_not_covered'
  | 'head_conflict';

export interface LogProblem {
  readonly code: LogProblemCode;
  readonly message: string;
  /** The event that it concerns. */
  readonly sequence: number | null;
  /** Where the line begins in the file; null for a server's answer, and for what concerns the whole. */
  readonly byte: number | null;
}

/** An event as somebody else has kept it: the message in chat. */
export interface WitnessedHead {
  readonly sequence: number;
  /** Hex. */
  readonly sha256: string;
}

export interface LogReport {
  readonly ok: boolean;
  readonly events: number;
  /** Sequence of the first and of the last event; null without events. A log that begins behind 1 is a part of one. */
  readonly first: number | null;
  readonly last: number | null;
  /** Of the last event, hex. */
  readonly headSha256: string | null;
  /** Heads with a good signature. */
  readonly heads: number;
  /** The last good head, and how many events stand behind it. */
  readonly signedThrough: number | null;
  readonly signedAt: string | null;
  readonly unsignedEvents: number;
  readonly problems: readonly LogProblem[];
  /** So many more were found than are listed. */
  readonly problemsOmitted: number;
}

const PROBLEMS_MAX = 1_000;
const SHORT_CHARACTERS = 12;
/** A chainer signs at least once a minute while events arrive; twice that is nobody's lateness. */
const UNSIGNED_MS_MAX = 120_000;

export class LogWalk {
  readonly #keys: KnownKeys;
  readonly #witnessed: WitnessedHead | null;
  readonly #whole: boolean;
  readonly #problems: LogProblem[] = [];
  #omitted = 0;
  #events = 0;
  #first: number | null = null;
  #last: LoggedEvent | null = null;
  #goodHeads = 0;
  #signed: SignedHead | null = null;

  /**
   * @param options.key the one that is trusted; those that it endorsed follow from it, and from the log
   * @param options.witnessed what the log must hold at this place
   * @param options.whole the log must begin with the first event
   */
  constructor(options: { key: TrustedKey; witnessed?: WitnessedHead | null; whole?: boolean }) {
    this.#keys = new KnownKeys(options.key);
    this.#witnessed = options.witnessed ?? null;
    this.#whole = options.whole ?? false;
  }

  /** The next event. An event that does not fit is named once; what follows is judged by what it says of itself. */
  event(event: LoggedEvent, byte: number | null = null): void {
    const { sequence } = event;
    const before = this.#last;
    const fault = before === null ? faultOfFirst(event, this.#whole) : faultOfNext(event, before);
    if (fault !== null) this.report({ ...fault, sequence, byte });
    if (fault?.code !== 'event_missing' && eventSha256(event) !== event.sha256) {
      const message = `event ${sequence} is not what was written here: its hash does not fit`;
      this.report({ code: 'event_altered', message, sequence, byte });
    }
    if (this.#witnessed?.sequence === sequence && this.#witnessed.sha256 !== event.sha256) {
      const message = `event ${sequence} has the hash ${short(event.sha256)}, and ${short(this.#witnessed.sha256)} was expected: the log was rewritten at this event or before`;
      this.report({ code: 'rewritten', message, sequence, byte });
    }
    const unfollowed = this.#keys.follow(event);
    if (unfollowed !== null) this.report({ code: 'bad_endorsement', message: unfollowed, sequence, byte });
    this.#first ??= sequence;
    this.#events += 1;
    this.#last = event;
  }

  /** A head, which stands behind the event that it names. */
  head(head: SignedHead, byte: number | null = null): void {
    const fault = this.#faultOfHead(head);
    if (fault !== null) {
      this.report({ ...fault, sequence: head.sequence, byte });
      return;
    }
    this.#goodHeads += 1;
    this.#signed = head;
  }

  /** What is trusted by now, with what the log told of. */
  get trusted(): TrustedKey {
    return this.#keys.trusted;
  }

  /** Something else that is wrong with the log. */
  report(problem: LogProblem): void {
    if (this.#problems.length < PROBLEMS_MAX) this.#problems.push(problem);
    else this.#omitted += 1;
  }

  /** After the last event and head. */
  finish(): LogReport {
    this.#judgeEnd();
    const last = this.#last?.sequence ?? null;
    const signedThrough = this.#signed?.sequence ?? null;
    return {
      ok: this.#problems.length === 0,
      events: this.#events,
      first: this.#first,
      last,
      headSha256: this.#last?.sha256 ?? null,
      heads: this.#goodHeads,
      signedThrough,
      signedAt: this.#signed?.at ?? null,
      unsignedEvents: last === null ? 0 : last - (signedThrough ?? (this.#first ?? 1) - 1),
      problems: this.#problems,
      problemsOmitted: this.#omitted,
    };
  }

  #faultOfHead(head: SignedHead): Pick<LogProblem, 'code' | 'message'> | null {
    const { sequence, sha256, signingKeySha256 } = head;
    const key = this.#keys.find(signingKeySha256);
    if (typeof key === 'string') {
      const message = `the head of event ${sequence} names signing key ${short(signingKeySha256)}, ${key}`;
      return { code: 'wrong_key', message };
    }
    if (!isHeadSignedBy(key, head)) {
      return { code: 'bad_signature', message: `the signature of the head of event ${sequence} is wrong` };
    }
    const last = this.#last;
    if (last?.sequence !== sequence) {
      const where = last === null ? 'before the first event' : `behind event ${last.sequence}`;
      return { code: 'head_out_of_place', message: `the head of event ${sequence} stands ${where}` };
    }
    if (last.sha256 === sha256) return null;
    const from = (this.#signed?.sequence ?? (this.#first ?? 1) - 1) + 1;
    const message = `the head signed at ${head.at} names ${short(sha256)} for event ${sequence}, which has ${short(last.sha256)}: something from event ${from} to ${sequence} was rewritten`;
    return { code: 'rewritten', message };
  }

  #judgeEnd(): void {
    const last = this.#last;
    const signed = this.#signed;
    if (last !== null && (signed === null || Date.parse(last.at) - Date.parse(signed.at) > UNSIGNED_MS_MAX)) {
      const since = signed === null ? (this.#first ?? 1) : signed.sequence + 1;
      const message = `no signed head covers events ${since} to ${last.sequence}: they prove nothing by themselves. A deployment signs its newest events within a minute`;
      this.report({ code: 'unsigned', message, sequence: since, byte: null });
    }
    const witnessed = this.#witnessed;
    if (witnessed === null) return;
    const { sequence } = witnessed;
    if (last === null || sequence > last.sequence) {
      const message = `the log ends with event ${last?.sequence ?? 0}, before event ${sequence}, whose hash is known: its end is missing`;
      this.report({ code: 'cut', message, sequence, byte: null });
    } else if (sequence < (this.#first ?? 1)) {
      const message = `this part of the log begins behind event ${sequence}, so it cannot be compared`;
      this.report({ code: 'head_not_covered', message, sequence, byte: null });
    }
  }
}

type Fault = Pick<LogProblem, 'code' | 'message'>;

function faultOfFirst({ sequence, previousSha256 }: LoggedEvent, whole: boolean): Fault | null {
  if (whole && sequence > 1) return missing(1, sequence - 1);
  if (sequence !== 1 || previousSha256 === CHAIN_START_SHA256) return null;
  return { code: 'chain_broken', message: 'the first event names one before' };
}

function faultOfNext({ sequence, previousSha256 }: LoggedEvent, before: LoggedEvent): Fault | null {
  const expected = before.sequence + 1;
  if (sequence < expected) {
    return { code: 'out_of_order', message: `event ${sequence} stands behind event ${before.sequence}` };
  }
  if (sequence > expected) {
    return missing(expected, sequence - 1);
  }
  if (previousSha256 === before.sha256) return null;
  const message = `event ${sequence} follows ${short(previousSha256)}, and event ${before.sequence} is ${short(before.sha256)}`;
  return { code: 'chain_broken', message };
}

function missing(first: number, last: number): Fault {
  const which = first === last ? `event ${first} is` : `events ${first} to ${last} are`;
  return { code: 'event_missing', message: `${which} missing` };
}

function short(sha256: string): string {
  return `${sha256.slice(0, SHORT_CHARACTERS)}…`;
}
