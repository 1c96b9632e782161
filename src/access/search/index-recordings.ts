/**
 * Reads recordings into the search: those of live sessions as they grow, and each to its end once it is sealed. How far
 * each has been read is stored with what was found, so whoever goes on after a crash leaves nothing out and does
 * nothing twice. Nobody who records, and no command, waits for it.
 */
import { setImmediate } from 'node:timers/promises';
import { after } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import { maskDetected } from '../../policies/detectors/detection.ts';
import {
  clearSearchEntries,
  putSearchEntries,
  type SearchEntry,
} from '../../store/operations/search-entries.ts';
import {
  giveUpReading,
  listSessionsToRead,
  lookAgainAt,
  noteReading,
  type ReadingTurn,
} from '../../store/operations/search-progress.ts';
import type { AccessContext } from '../context.ts';
import { detectorsOn } from '../detectors-on.ts';
import { lexemesOf } from './lexemes.ts';
import type { FollowedWork, RecordedWork, RecordingFollower, RecordingsToFollow } from './ports.ts';

const TEXT_CHARACTERS_MAX = 8_000;
/** A value that begins before the cut is masked, too, unless it is longer than this. */
const BEHIND_CUT_CHARACTERS = 8_000;
const PARAMETERS_MAX = 200;
const PARAMETER_CHARACTERS_MAX = 500;
const RELATIONS_MAX = 50;
const FILES_MAX = 50;
/** Written together. */
const WORK_MAX = 500;
/** The process has other work: so many are turned into rows before that has its turn. */
const ROWS_AT_ONCE = 50;
const SESSIONS_MAX = 500;
/** Each keeps what its recording may repeat. Beyond these, recordings are read from their beginning again. */
const FOLLOWERS_MAX = 256;
/** Others want the turn, and a process that stops waits for its end. */
const TURN_MS = 5_000;
const LOOK_AGAIN_MS = 30_000;
/** After the end of a session its recording is waited for this long, as it is for its seal. */
const WAIT_FOR_RECORDING_MS = 24 * 3_600_000;

interface Following {
  readonly follower: RecordingFollower;
  readonly bytes: number;
}

/** Of one process. Two of them may work at the same time; they only do some of it twice. */
export class RecordingsIndex {
  readonly #context: AccessContext;
  readonly #recordings: RecordingsToFollow;
  /** The one that was used last comes last. */
  readonly #following = new Map<string, Following>();

  constructor(context: AccessContext, recordings: RecordingsToFollow) {
    this.#context = context;
    this.#recordings = recordings;
  }

  /**
   * One turn: reads what there is to read, for a few seconds at most.
   * @returns the sessions whose recordings cannot be read now, each with the reason
   */
  async readOn(): Promise<{ sessionId: string; reason: string }[]> {
    const now = this.#context.clock.now();
    const turns = await listSessionsToRead(this.#context.store.read(), { now, limit: SESSIONS_MAX });
    const failures: { sessionId: string; reason: string }[] = [];
    const endsMs = performance.now() + TURN_MS;
    for (const turn of turns) {
      if (performance.now() > endsMs) break;
      try {
        await this.#readSession(turn, endsMs);
      } catch (error) {
        this.#drop(turn.sessionId);
        failures.push({ sessionId: turn.sessionId, reason: messageOf(error) });
        await this.#lookLater(turn);
      }
    }
    this.#dropOldest();
    return failures;
  }

  /** Lets go of the files. */
  close(): void {
    for (const sessionId of [...this.#following.keys()]) this.#drop(sessionId);
  }

  async #readSession(turn: ReadingTurn, endsMs: number): Promise<void> {
    const { sessionId, isSealed } = turn;
    const found = await this.#recordings.find(sessionId);
    if (found === null) return this.#withoutRecording(turn);
    const known = this.#following.get(sessionId);
    if (known?.bytes === found.bytes && !isSealed) return this.#unchanged(turn);
    const follower = known?.follower ?? found.follow();
    this.#following.delete(sessionId);
    this.#following.set(sessionId, { follower, bytes: found.bytes });
    let { events } = turn;
    while (performance.now() < endsMs) {
      const read = await follower.read({ sealed: isSealed, known: events, workMax: WORK_MAX });
      // What was cut from the end of a file meanwhile, and read before, makes no sense any more.
      if (read.problem !== null && known !== undefined) return this.#drop(sessionId);
      if (!(await this.#store(turn, { read, from: events }))) return this.#drop(sessionId);
      events = Math.max(events, read.events);
      if (read.state === 'end') {
        this.#drop(sessionId);
        // Damaged, and not sealed: it may be repaired before that.
        if (!isSealed) await this.#lookLater(turn);
      }
      if (read.state !== 'more') return;
    }
    // There is more, whatever its size.
    this.#following.set(sessionId, { follower, bytes: -1 });
  }

  /** @returns false when somebody else has read on meanwhile */
  async #store(
    { sessionId, resource, isSealed }: ReadingTurn,
    { read, from }: { readonly read: FollowedWork; readonly from: number },
  ): Promise<boolean> {
    const isEnd = read.state === 'end';
    if (read.events <= from && !isEnd) return true;
    const detectors = detectorsOn(this.#context, resource);
    const entries = await entriesOf(read.work, detectors);
    return this.#context.store.transaction(async (db) => {
      const noted = await noteReading(db, {
        sessionId,
        from,
        to: Math.max(from, read.events),
        entries: Math.max(0, ...entries.map(({ ordinal }) => ordinal)),
        complete: isEnd && (isSealed || read.problem === null),
        problem: read.problem,
      });
      if (!noted) return false;
      if (from === 0) await clearSearchEntries(db, { sessionId });
      await putSearchEntries(db, { sessionId, entries });
      return true;
    });
  }

  async #withoutRecording(turn: ReadingTurn): Promise<void> {
    this.#drop(turn.sessionId);
    if (turn.endedAt !== null) await this.#lookLater(turn, 'there is no recording of it here');
  }

  /** Of a session that has ended and waits to be sealed. */
  async #unchanged(turn: ReadingTurn): Promise<void> {
    if (turn.endedAt !== null) await this.#lookLater(turn, 'its recording was never sealed');
  }

  /** @param problem why nobody looks any more, once that has gone on for too long */
  async #lookLater({ sessionId, endedAt }: ReadingTurn, problem?: string): Promise<void> {
    const now = this.#context.clock.now();
    const db = this.#context.store.read();
    const isTooLate = endedAt !== null && after(endedAt, WAIT_FOR_RECORDING_MS) < now;
    if (isTooLate && problem !== undefined) await giveUpReading(db, { sessionId, problem });
    else await lookAgainAt(db, { sessionId, at: after(now, LOOK_AGAIN_MS) });
  }

  #dropOldest(): void {
    for (const sessionId of this.#following.keys()) {
      if (this.#following.size <= FOLLOWERS_MAX) return;
      this.#drop(sessionId);
    }
  }

  #drop(sessionId: string): void {
    this.#following.get(sessionId)?.follower.close();
    this.#following.delete(sessionId);
  }
}

async function entriesOf(
  work: readonly RecordedWork[],
  detectors: readonly string[],
): Promise<(SearchEntry & { readonly words: string })[]> {
  const entries: (SearchEntry & { readonly words: string })[] = [];
  for (const [index, one] of work.entries()) {
    if (index > 0 && index % ROWS_AT_ONCE === 0) await setImmediate();
    entries.push(entryOf(one, detectors));
  }
  return entries;
}

/** As it is found and shown: without what the masks of its resource detect. */
function entryOf(work: RecordedWork, detectors: readonly string[]): SearchEntry & { readonly words: string } {
  const shown = (text: string, charactersMax: number): string =>
    maskDetected(text.slice(0, charactersMax + BEHIND_CUT_CHARACTERS), detectors)
      .text.slice(0, charactersMax)
      .toWellFormed()
      .replaceAll('\0', '\uFFFD');
  const text = shown(work.text, TEXT_CHARACTERS_MAX);
  const files = work.files.slice(0, FILES_MAX).map((file) => shown(file, PARAMETER_CHARACTERS_MAX));
  const { ordinal, kind, statement, action, rule, operation, risk, denied, held, masked, failed } = work;
  const words = lexemesOf({
    ...work,
    text,
    parameters: work.parameters
      .slice(0, PARAMETERS_MAX)
      .flatMap((value) => (value === null ? [] : [shown(value, PARAMETER_CHARACTERS_MAX)])),
    relations: work.relations.slice(0, RELATIONS_MAX),
    files,
  });
  return {
    ordinal,
    kind,
    statement,
    atMs: Math.max(0, Math.round(work.atMs)),
    text,
    cut: work.text.length > TEXT_CHARACTERS_MAX,
    relations: work.relations
      .slice(0, RELATIONS_MAX)
      .map(({ schema, name }) => (schema === null ? name : `${schema}.${name}`)),
    files,
    action,
    rule,
    operation,
    risk,
    denied,
    held,
    masked,
    failed,
    words,
  };
}
