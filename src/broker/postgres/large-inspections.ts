/**
 * Large statements are inspected by worker threads, one statement at a time each: one thread for large ones,
 * another for very large ones, so that these do not make the others wait. A thread is started when it is
 * needed and ended when it was idle for a while, because the parser keeps the memory it once took.
 *
 * Whatever goes wrong (a thread that dies, that takes too long, that runs out of memory, a queue that is full)
 * denies the statement.
 */
import { Worker } from 'node:worker_threads';
import { messageOf } from '../../core/errors.ts';
import { UNCLEAR } from './exposure.ts';
import type { InspectionReply, InspectionRequest } from './inspection-worker.ts';
import type { JudgeSettings, SqlInspection } from './sql-judge.ts';

const VERY_LARGE_CHARACTERS = 1_048_576;
/** For each started MiB of a statement, once its turn has come; it takes half a second where nothing else runs. */
const INSPECTION_MS_MAX = 60_000;
const MEBIBYTE = 1_048_576;
/** What may wait for one thread, together. */
const WAITING_CHARACTERS_MAX = 268_435_456;

/** As TypeScript in a checkout, as JavaScript in an image. */
const WORKER = new URL(import.meta.url.replace(/large-inspections(\.[jt]s)$/, 'inspection-worker$1'));

interface Job {
  readonly text: string;
  readonly settings: JudgeSettings;
  readonly done: (found: SqlInspection) => void;
}

export class LargeInspections {
  readonly #large = new Lane({ idleMs: 30_000, heapMegabytesMax: 512 });
  readonly #veryLarge = new Lane({ idleMs: 2_000, heapMegabytesMax: 4_096 });

  /** Never rejects: what cannot be inspected comes back denied. */
  inspect(text: string, settings: JudgeSettings): Promise<SqlInspection> {
    const lane = text.length > VERY_LARGE_CHARACTERS ? this.#veryLarge : this.#large;
    return new Promise((done) => lane.add({ text, settings, done }));
  }
}

class Lane {
  readonly #limits: { readonly idleMs: number; readonly heapMegabytesMax: number };
  readonly #waiting: Job[] = [];
  #waitingCharacters = 0;
  #worker: Worker | null = null;
  #running: { readonly id: number; readonly job: Job; readonly deadline: NodeJS.Timeout } | null = null;
  #told: JudgeSettings | null = null;
  #jobs = 0;
  #idle: NodeJS.Timeout | null = null;

  constructor(limits: { readonly idleMs: number; readonly heapMegabytesMax: number }) {
    this.#limits = limits;
  }

  add(job: Job): void {
    if (this.#waitingCharacters + job.text.length > WAITING_CHARACTERS_MAX) {
      job.done(denied('too many large statements wait to be inspected'));
      return;
    }
    this.#waiting.push(job);
    this.#waitingCharacters += job.text.length;
    this.#next();
  }

  #next(): void {
    if (this.#running !== null) return;
    const job = this.#waiting.shift();
    if (job === undefined) {
      this.#rest();
      return;
    }
    this.#waitingCharacters -= job.text.length;
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = null;
    this.#jobs += 1;
    const deadline = setTimeout(
      () => this.#drop('it took too long'),
      INSPECTION_MS_MAX * Math.ceil(job.text.length / MEBIBYTE),
    );
    this.#running = { id: this.#jobs, job, deadline };
    try {
      this.#worker ??= this.#start();
      const settings = sameSettings(this.#told, job.settings) ? null : job.settings;
      this.#worker.postMessage({ id: this.#jobs, text: job.text, settings } satisfies InspectionRequest);
      this.#told = job.settings;
    } catch (error) {
      this.#drop(messageOf(error));
    }
  }

  #start(): Worker {
    const worker = new Worker(WORKER, {
      name: 'sallyport-inspection',
      resourceLimits: { maxOldGenerationSizeMb: this.#limits.heapMegabytesMax },
    });
    // The connections whose statements it inspects are what keeps the process running.
    worker.unref();
    worker.on('message', (reply: InspectionReply) => this.#answer(reply));
    worker.on('error', (error) => {
      if (this.#worker === worker) this.#drop(messageOf(error));
    });
    worker.on('exit', () => {
      if (this.#worker === worker) this.#drop('the thread that inspected it ended');
    });
    return worker;
  }

  #answer(reply: InspectionReply): void {
    const running = this.#running;
    if (running?.id !== reply.id) return;
    this.#finish('found' in reply ? withText(reply.found, running.job.text) : denied(reply.problem));
  }

  /** Gives the thread up, and with it the statement it was about. */
  #drop(problem: string): void {
    const worker = this.#worker;
    this.#worker = null;
    this.#told = null;
    void worker?.terminate();
    this.#finish(denied(problem));
  }

  #finish(found: SqlInspection): void {
    const running = this.#running;
    this.#running = null;
    if (running === null) return;
    clearTimeout(running.deadline);
    running.job.done(found);
    this.#next();
  }

  #rest(): void {
    this.#idle ??= setTimeout(() => {
      this.#idle = null;
      if (this.#running === null) this.#drop('');
    }, this.#limits.idleMs);
    this.#idle.unref();
  }
}

/** By identity: whoever changes what is judged by makes new objects. */
function sameSettings(told: JudgeSettings | null, settings: JudgeSettings): boolean {
  return (
    told !== null &&
    told.roleName === settings.roleName &&
    told.role === settings.role &&
    told.rules === settings.rules &&
    told.masks === settings.masks &&
    told.database === settings.database
  );
}

function withText(found: SqlInspection, text: string): SqlInspection {
  const analysis = found.analysis.map((one) => (one.text === '' ? { ...one, text: text.trim() } : one));
  return { ...found, analysis };
}

function denied(problem: string): SqlInspection {
  return {
    analysis: [{ text: '', effects: ['unknown'], relations: [], functions: [], flags: [] }],
    parseError: problem,
    statements: [],
    runs: [],
    releases: [],
    defines: [],
    definesUnseen: false,
    decided: {
      verdict: {
        action: 'deny',
        rule: 'not-inspected',
        reason: `This large statement could not be inspected: ${problem}.`,
      },
      exposure: UNCLEAR,
      normalized: null,
    },
  };
}
