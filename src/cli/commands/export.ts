import { createWriteStream } from 'node:fs';
import { Writable } from 'node:stream';
import { Option } from 'commander';
import { AppError, messageOf } from '../../core/errors.ts';
import type { CliContext } from '../context.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';

/** Where each format comes from; `recording` is the file itself, for `sallyport verify`. */
const FORMATS = {
  jsonl: { path: 'export', query: { format: 'jsonl' } },
  text: { path: 'export', query: { format: 'text' } },
  asciicast: { path: 'export', query: { format: 'asciicast' } },
  recording: { path: 'recording', query: {} },
} as const;
type Format = keyof typeof FORMATS;
const FORMAT_NAMES = Object.keys(FORMATS);

interface Options extends JsonOption {
  readonly format: Format;
  readonly output?: string;
  readonly channel?: string;
}

/** `sallyport export`: a session's record, as a stream to stdout or into a new file. */
export const registerExport: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'export <id>',
    summary: 'Write a session out',
    examples: [
      'sallyport export s-4fd2k7qa --format text',
      'sallyport export s-4fd2k7qa --format asciicast --output s-4fd2k7qa.cast',
      'sallyport export s-4fd2k7qa --format recording --output s-4fd2k7qa.sprec',
    ],
  })
    .addOption(
      new Option(
        '--format <format>',
        'jsonl, text, asciicast (of a host, to be played), or the recording itself',
      )
        .choices(FORMAT_NAMES)
        .default('jsonl'),
    )
    .option('--channel <number>', 'of the terminals and commands of a session with a host; for asciicast')
    .option('--output <file>', 'a new file; stdout when left out')
    .action(async (id: string, options: Options) => {
      const { path, query } = FORMATS[options.json ? 'jsonl' : options.format];
      const wanted = options.channel === undefined ? query : { ...query, channel: options.channel };
      const body = await context.api.download(`/sessions/${encodeURIComponent(id)}/${path}`, wanted);
      if (options.output === undefined) await writeToStdout(context, body);
      else await writeToNewFile(options.output, body);
    });
};

async function writeToStdout(context: CliContext, body: ReadableStream<Uint8Array>): Promise<void> {
  for await (const chunk of body) await context.terminal.writeBytes(chunk);
}

/** An existing file is somebody's evidence: it is never overwritten. */
async function writeToNewFile(file: string, body: ReadableStream<Uint8Array>): Promise<void> {
  try {
    await body.pipeTo(Writable.toWeb(createWriteStream(file, { flags: 'wx', mode: 0o600 })));
  } catch (error) {
    throw new AppError('unavailable', `Cannot write ${file}: ${messageOf(error)}`, { cause: error });
  }
}
