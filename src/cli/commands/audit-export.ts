import { type FileHandle, open, unlink } from 'node:fs/promises';
import { formatLogLine } from '../../audit/log-line.ts';
import { AppError, messageOf } from '../../core/errors.ts';
import type { CliContext } from '../context.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { type LogBounds, logLinesOf, readLogBounds } from '../log-lines.ts';
import { parseSinceOption, parseUntilOption } from '../moment-option.ts';
import { printableJson, printableLine } from '../printable.ts';

/** Lines are written together. */
const BLOCK_CHARACTERS = 262_144;

interface Options extends JsonOption {
  readonly since?: string;
  readonly until?: string;
  readonly out?: string;
}

interface Exported {
  readonly events: number;
  readonly heads: number;
  readonly first: number | null;
  readonly last: number | null;
  readonly headSha256: string | null;
}

/** `sallyport audit export`: the audit log in order, with its hashes and signed heads, for whoever checks it. */
export const registerAuditExport: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'export',
    summary: 'Write the audit log out: JSON lines with hashes and signed heads',
    examples: [
      'sallyport audit export --out audit.jsonl',
      'sallyport audit export --since 2026-11-01 --until 2026-11-30 --out november.jsonl',
      'sallyport audit export --since 7d | jq .type',
    ],
  })
    .option('--since <time>', 'from a day, an instant or so long ago on', parseSinceOption)
    .option(
      '--until <time>',
      'up to then, a day to its end, and on to the next signed head',
      parseUntilOption,
    )
    .option('--out <file>', 'a new file; stdout when left out')
    .action(async (options: Options) => {
      const { since, until, out } = options;
      const bounds = await readLogBounds(context, { since, until });
      const write = (sink: Sink): Promise<Exported> => writeLines(context, bounds, sink);
      const exported =
        out === undefined ? await write(stdoutSink(context)) : await writeToNewFile(out, write);
      if (out !== undefined && options.json)
        context.terminal.print(printableJson({ file: out, ...exported }));
      else context.terminal.say(describe(exported, out));
    });
};

type Sink = (text: string) => Promise<void>;

async function writeLines(context: CliContext, bounds: LogBounds | null, sink: Sink): Promise<Exported> {
  let exported: Exported = { events: 0, heads: 0, first: null, last: null, headSha256: null };
  let block = '';
  if (bounds !== null) {
    for await (const line of logLinesOf(context, bounds)) {
      block += `${formatLogLine(line)}\n`;
      const { events, heads, first } = exported;
      exported =
        line.kind === 'head'
          ? { ...exported, heads: heads + 1 }
          : {
              events: events + 1,
              heads,
              first: first ?? line.event.sequence,
              last: line.event.sequence,
              headSha256: line.event.sha256,
            };
      if (block.length < BLOCK_CHARACTERS) continue;
      await sink(block);
      block = '';
    }
  }
  await sink(block);
  return exported;
}

/** What other people wrote must not act on a terminal; whoever keeps the lines gets them as they are. */
function stdoutSink({ terminal }: CliContext): Sink {
  if (!terminal.shows) return (text) => terminal.writeBytes(Buffer.from(text));
  return async (text) => {
    for (const line of text.split('\n').slice(0, -1)) terminal.print(printableLine(line));
  };
}

/** An existing file is somebody's evidence: it is never overwritten. One that did not become whole is not left. */
async function writeToNewFile(file: string, write: (sink: Sink) => Promise<Exported>): Promise<Exported> {
  let handle: FileHandle;
  try {
    handle = await open(file, 'wx', 0o600);
  } catch (error) {
    throw new AppError('unavailable', `Cannot write ${file}: ${messageOf(error)}`, { cause: error });
  }
  try {
    const exported = await write(async (text) => void (await handle.write(text)));
    await handle.sync();
    await handle.close();
    return exported;
  } catch (error) {
    await handle.close().catch(() => undefined);
    await unlink(file);
    throw error;
  }
}

function describe({ events, heads, first, last, headSha256 }: Exported, out: string | undefined): string {
  if (events === 0) return 'There are no events of that time.';
  const where = out === undefined ? '' : ` to ${out}`;
  return `Wrote events ${first} to ${last} with ${heads} signed heads${where}. Head: ${last}:${headSha256}`;
}
