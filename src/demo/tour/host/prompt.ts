import type { Readable, Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { AppError } from '../../../core/errors.ts';

const ANSWER_MS_MAX = 15_000;

/**
 * Types lines into a shell as somebody at it does: the next when the prompt is back.
 * @returns all that was shown, without control sequences
 * @throws AppError `unavailable` when no prompt comes
 */
export async function typeLines(
  terminal: { readonly input: Writable; readonly output: Readable },
  lines: readonly string[],
): Promise<string> {
  let shown = '';
  let look = (): void => undefined;
  const onData = (chunk: Buffer): void => {
    shown += stripVTControlCharacters(chunk.toString('utf8'));
    look();
  };
  terminal.output.on('data', onData);
  const promptAfter = (at: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const late = setTimeout(
        () => reject(new AppError('unavailable', `No prompt came: ${shown.slice(-200)}`)),
        ANSWER_MS_MAX,
      );
      look = () => {
        if (!/[$#] $/.test(shown.slice(at))) return;
        clearTimeout(late);
        resolve();
      };
      look();
    });
  await promptAfter(0);
  for (const line of lines) {
    const at = shown.length;
    terminal.input.write(`${line}\r`);
    await promptAfter(at + line.length);
  }
  terminal.output.off('data', onData);
  return shown;
}
