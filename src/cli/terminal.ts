/** The person at the command line: results on stdout, everything said about them on stderr. */
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { styleText } from 'node:util';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

export interface Terminal {
  /** A result: one or more lines. */
  print(text: string): void;
  /** Bytes exactly as they are; resolves when more can be taken. */
  writeBytes(bytes: Uint8Array): Promise<void>;
  /** Progress, hints and reasons. */
  say(text: string): void;
  /** How far something is: one line of stderr, written over; nothing where stderr is not a terminal. Null ends it. */
  progress(line: string | null): void;
  /** Styled where stdout is a terminal and NO_COLOR is not set. */
  style(style: Style, text: string): string;
  /** Columns of stdout; 80 where it is not a terminal. */
  readonly columns: number;
  /** True when somebody can be asked. */
  readonly interactive: boolean;
  /** Whether what is written is shown to somebody, who can press keys. */
  readonly shows: boolean;
  /** Each key as it is pressed, until it is closed. */
  readKeys(onKey: (key: string) => void): { close(): void };
  /** @returns true for yes only */
  confirm(question: string): Promise<boolean>;
}

const COLUMNS_DEFAULT = 80;

export function openTerminal(streams: {
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
}): Terminal {
  const { stdin, stdout, stderr } = streams;
  return {
    print: (text) => void stdout.write(`${text}\n`),
    writeBytes: async (bytes) => {
      if (!stdout.write(bytes)) await once(stdout, 'drain');
    },
    say: (text) => void stderr.write(`${text}\n`),
    progress: (line) => {
      if (stderr.isTTY !== true) return;
      // Some terminals say that they are 0 columns wide.
      const room = (stderr.columns || COLUMNS_DEFAULT) - 1;
      stderr.write(`\r\u001b[K${(line ?? '').slice(0, room)}`);
    },
    // Node itself looks at the stream, NO_COLOR and FORCE_COLOR here.
    style: (style, text) => styleText(style, text, { stream: stdout }),
    columns: stdout.columns ?? COLUMNS_DEFAULT,
    shows: stdin.isTTY === true && stdout.isTTY === true,
    readKeys: (onKey) => {
      const onData = (chunk: Buffer): void => {
        for (const key of chunk.toString('utf8')) onKey(key);
      };
      stdin.setRawMode(true);
      stdin.on('data', onData);
      return {
        close: () => {
          stdin.off('data', onData);
          stdin.setRawMode(false);
          stdin.pause();
        },
      };
    },
    interactive: stdin.isTTY === true && stderr.isTTY === true,
    confirm: async (question) => {
      const questions = createInterface({ input: stdin, output: stderr });
      try {
        const answer = await questions.question(`${question} [y/N] `);
        return /^(?:y|yes)$/i.test(answer.trim());
      } finally {
        questions.close();
      }
    },
  };
}
