/**
 * Plays a recorded terminal in this one, with the time that passed between what was shown. Only what draws reaches the
 * terminal, whatever the recording holds.
 */
import { SafeTerminal } from '../../recording/safe-terminal.ts';
import type { Terminal } from '../terminal.ts';
import type { Cast } from './cast.ts';

export interface PlayOptions {
  readonly speed: number;
  /** Longer pauses are cut to this. */
  readonly idleMsMax: number;
}

/** Colours, the cursor, the screen on which lines scroll, and its scrolling region as they were. */
const RESTORE = '\u001b[?1049l\u001b[?25h\u001b[r\u001b[0m\r\n';

/** Resolves when all was shown, or the person has had enough: space pauses, q quits. */
export async function play(terminal: Terminal, cast: Cast, options: PlayOptions): Promise<void> {
  const screen = new SafeTerminal();
  const clock = new PlayClock();
  const keys = terminal.readKeys((key) => {
    if (key === ' ') clock.togglePause();
    else if (key === 'q' || key === '\u0003') clock.stop();
  });
  try {
    for await (const { afterMs, code, data } of cast.events) {
      await clock.wait(Math.min(afterMs, options.idleMsMax) / options.speed);
      if (clock.stopped) return;
      if (code === 'o') await terminal.writeBytes(Buffer.from(screen.push(data), 'utf8'));
    }
  } finally {
    keys.close();
    await terminal.writeBytes(Buffer.from(RESTORE, 'latin1'));
  }
}

class PlayClock {
  #stopped = false;
  #paused = false;
  #wake: (() => void) | null = null;

  get stopped(): boolean {
    return this.#stopped;
  }

  togglePause(): void {
    this.#paused = !this.#paused;
    this.#wake?.();
  }

  stop(): void {
    this.#stopped = true;
    this.#wake?.();
  }

  async wait(ms: number): Promise<void> {
    let leftMs = ms;
    while (!this.#stopped && (this.#paused || leftMs > 0)) {
      const startedAtMs = performance.now();
      const wasPaused = this.#paused;
      await this.#sleep(wasPaused ? null : leftMs);
      if (!wasPaused) leftMs -= performance.now() - startedAtMs;
    }
  }

  /** @param ms null: until a key is pressed */
  #sleep(ms: number | null): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === null ? null : setTimeout(resolve, ms);
      this.#wake = () => {
        if (timer !== null) clearTimeout(timer);
        resolve();
      };
    });
  }
}
