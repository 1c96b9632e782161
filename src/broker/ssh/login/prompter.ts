/**
 * Questions and news on the terminal of a client that logs in (RFC 4256). There is one exchange at a time: the next one
 * begins when the client has answered.
 */
import type { KeyboardAuthContext } from 'ssh2';

const ANSWER_CHARACTERS_MAX = 4_096;
/** News that wait because the client does not answer; older ones are left out. */
const NEWS_MAX = 20;

export interface Question {
  readonly prompt: string;
  /** False for a secret. */
  readonly echo: boolean;
  /** Shown above it. */
  readonly note?: string;
}

export class Prompter {
  readonly #attempt: Pick<KeyboardAuthContext, 'prompt'>;
  readonly #gone: AbortSignal;
  /** For text that a question would show with its letters as numbers. */
  readonly #banner: ((text: string) => void) | null;
  readonly #news: string[] = [];
  #last: Promise<unknown> = Promise.resolve();
  #isTelling = false;

  /**
   * @param options.gone when the client left, or began another attempt
   * @param options.banner set for OpenSSH, which shows only ASCII above a question and all of a banner
   */
  constructor(
    attempt: Pick<KeyboardAuthContext, 'prompt' | 'on'>,
    options: { readonly gone: AbortSignal; readonly banner: ((text: string) => void) | null },
  ) {
    this.#attempt = attempt;
    this.#gone = options.gone;
    this.#banner = options.banner;
  }

  /** @returns null when nobody answers: the client is gone, began another attempt or broke the protocol */
  async ask({ prompt, echo, note }: Question): Promise<string | null> {
    const answers = await this.#exchange([{ prompt, echo }], note ?? '');
    const [answer] = answers ?? [];
    if (answers?.length !== 1 || answer === undefined || answer.length > ANSWER_CHARACTERS_MAX) return null;
    return answer;
  }

  /** Shows a line. Returns at once. */
  tell(line: string): void {
    this.#news.push(line);
    this.#news.splice(0, this.#news.length - NEWS_MAX);
    if (this.#isTelling) return;
    this.#isTelling = true;
    void this.#tellAll();
  }

  /** @returns whether the client answers: without a question it does at once, and shows nothing */
  async isThere(): Promise<boolean> {
    return (await this.#exchange([], '')) !== null;
  }

  /** Once everything was answered: nothing may be decided before, because the answer would come too late. */
  async settled(): Promise<void> {
    for (let last = this.#last; ; last = this.#last) {
      await last;
      if (last === this.#last) return;
    }
  }

  async #tellAll(): Promise<void> {
    for (let lines = this.#news.splice(0); lines.length > 0; lines = this.#news.splice(0))
      await this.#exchange([], lines.join('\n'));
    this.#isTelling = false;
  }

  #exchange(
    questions: readonly { prompt: string; echo: boolean }[],
    note: string,
  ): Promise<readonly string[] | null> {
    const exchange = this.#last.then(() => this.#prompt(questions, note));
    this.#last = exchange;
    return exchange;
  }

  #prompt(
    questions: readonly { prompt: string; echo: boolean }[],
    note: string,
  ): Promise<readonly string[] | null> {
    if (this.#gone.aborted) return Promise.resolve(null);
    const needsBanner = this.#banner !== null && /[^\t\n -~]/.test(note);
    if (needsBanner) this.#banner?.(note);
    return new Promise((resolve) => {
      const gone = (): void => resolve(null);
      this.#gone.addEventListener('abort', gone, { once: true });
      this.#attempt.prompt([...questions], '', needsBanner ? '' : note, (answers: unknown) => {
        this.#gone.removeEventListener('abort', gone);
        // An error stands for an attempt that was given up.
        resolve(Array.isArray(answers) ? answers : null);
      });
    });
  }
}
