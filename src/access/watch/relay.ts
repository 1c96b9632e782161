/**
 * Recordings that somebody watches in one process while another, with a disk of its own, writes them. The watching side
 * opens a relay; the broker that records the session puts the file's bytes into it, as they are: encrypted and chained,
 * to be checked by whoever reads them. A relay holds no more than a window, and what nobody reads is dropped.
 */
import { randomUUID } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import {
  closeRelay,
  dropStaleRelays,
  listRelays,
  openRelay,
  putPiece,
  type RelayRow,
  takePieces,
} from '../../store/operations/recording-relays.ts';
import type { AccessContext } from '../context.ts';

/** What a broker reads of the files that it writes. */
export interface RunningRecordings {
  /** True while this process records the session. */
  isRecording(sessionId: string): boolean;
  /** @returns what is written from there on; empty when there is no more, or no file */
  read(sessionId: string, range: { readonly from: number; readonly bytesMax: number }): Promise<Buffer>;
}

export interface RelayTimes {
  /** Between looks for new relays, where there are sessions. */
  readonly lookMs: number;
  /** Between looks at a file that is relayed. */
  readonly pollMs: number;
  /** A relay that nobody has read from for so long is not served; after twice that it is dropped. */
  readonly unreadMs: number;
}

const RELAY_TIMES: RelayTimes = { lookMs: 400, pollMs: 100, unreadMs: 10_000 };
const PIECE_BYTES = 262_144;
/** Put and not yet taken. */
const WINDOW_BYTES = 1_048_576;
/** Of one process: each costs it two small queries in every poll. */
const RELAYS_MAX = 32;

/** The watching side: the bytes of a recording, from its beginning. */
export async function receiveRecording(
  context: Pick<AccessContext, 'store'>,
  input: { sessionId: string },
): Promise<{ take(): Promise<readonly Buffer[]>; close(): Promise<void> }> {
  const db = () => context.store.read();
  const id = `w-${randomUUID()}`;
  await dropStaleRelays(db(), { afterMs: 2 * RELAY_TIMES.unreadMs });
  await openRelay(db(), { id, sessionId: input.sessionId });
  let received = 0;
  return {
    take: async () => {
      const pieces = await takePieces(db(), { id, received });
      if (pieces === null) throw new AppError('unavailable', 'What was recorded stopped coming in.');
      const taken: Buffer[] = [];
      for (const { start, bytes } of pieces) {
        if (start !== received) break;
        taken.push(bytes);
        received += bytes.length;
      }
      return taken;
    },
    close: () => closeRelay(db(), { id }),
  };
}

/** The broker's side, of one process. */
export class RecordingRelay {
  readonly #context: Pick<AccessContext, 'store'>;
  readonly #recordings: RunningRecordings;
  readonly #onFault: (what: string, error: unknown) => void;
  readonly #times: RelayTimes;
  /** How far each was put. */
  readonly #served = new Map<string, number>();
  #timer: NodeJS.Timeout | null = null;
  #turn: Promise<void> | null = null;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #stopped = false;

  constructor(input: {
    readonly context: Pick<AccessContext, 'store'>;
    readonly recordings: RunningRecordings;
    readonly onFault: (what: string, error: unknown) => void;
    readonly times?: Partial<RelayTimes>;
  }) {
    this.#context = input.context;
    this.#recordings = input.recordings;
    this.#onFault = input.onFault;
    this.#times = { ...RELAY_TIMES, ...input.times };
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#turn ??= this.#takeTurn()
        .catch((error: unknown) => this.#onFault('relaying recordings', error))
        .finally(() => {
          this.#turn = null;
        });
    }, this.#times.pollMs);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#turn;
  }

  async #takeTurn(): Promise<void> {
    const now = performance.now();
    const isDue = this.#served.size > 0 || now - this.#lookedAtMs >= this.#times.lookMs;
    if (!isDue) return;
    this.#lookedAtMs = now;
    const relays = await listRelays(this.#context.store.read(), {
      withinMs: this.#times.unreadMs,
      limit: RELAYS_MAX,
    });
    const wanted = new Set(relays.map(({ id }) => id));
    for (const id of this.#served.keys()) if (!wanted.has(id)) this.#served.delete(id);
    for (const relay of relays) {
      if (this.#stopped) return;
      await this.#serve(relay);
    }
  }

  /** One that was begun is served to the end of its file, also when the session has ended meanwhile. */
  async #serve({ id, sessionId, received }: RelayRow): Promise<void> {
    let put = this.#served.get(id);
    if (put === undefined && !this.#recordings.isRecording(sessionId)) return;
    put ??= 0;
    this.#served.set(id, put);
    while (put - received < WINDOW_BYTES && !this.#stopped) {
      const bytes = await this.#recordings.read(sessionId, { from: put, bytesMax: PIECE_BYTES });
      if (bytes.length === 0) return;
      if (!(await putPiece(this.#context.store.read(), { relayId: id, start: put, bytes }))) return;
      put += bytes.length;
      this.#served.set(id, put);
    }
  }
}
