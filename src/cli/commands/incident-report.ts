import { writeFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { AppError, messageOf } from '../../core/errors.ts';
import { REPORT_FORMATS, type ReportFormat } from '../../core/incident.ts';
import { REPORT_LINE, type ReportLine } from '../../web/schemas/incidents.ts';
import type { CliContext } from '../context.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printableLine } from '../printable.ts';

interface Options extends JsonOption {
  readonly format?: ReportFormat;
  readonly output?: string;
}

type Written = Extract<ReportLine, { readonly document: unknown }>['document'];

/** A server gives up before that. */
const TIMEOUT_MS = 200_000;
const FILE_MODE = 0o600;
const FORMAT_OF_ENDING: Readonly<Record<string, ReportFormat>> = {
  html: 'html',
  htm: 'html',
  json: 'json',
  md: 'markdown',
};

/** `sallyport incident report`: who did what under whose approval, what was changed, and that nothing was altered. */
export const registerIncidentReport: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'report <incident>',
    summary: 'Write the report of an incident; every recording is checked as it is made',
    examples: [
      'sallyport incident report inc-42 --output inc-42.html',
      'sallyport incident report i-k3q7mzra --format markdown',
      'sallyport incident report inc-42 --format json | jq .figures',
    ],
  })
    .option(
      '--format <format>',
      `${REPORT_FORMATS.join(', ')}; markdown, or as the file's name ends`,
      parseFormat,
    )
    .option('--output <file>', 'where it is written; otherwise it is printed')
    .action(async (name: string, options: Options, command: Command) => {
      const { terminal } = context;
      if (options.json === true && options.format !== undefined && options.format !== 'json')
        command.error('error: --json is --format json');
      const document = await make(context, name, options.json === true ? 'json' : formatOf(options));
      if (options.output === undefined) {
        await terminal.writeBytes(Buffer.from(document.text));
        return;
      }
      await writeFile(options.output, document.text, { mode: FILE_MODE }).catch((error: unknown) => {
        throw new AppError('unavailable', `Cannot write ${options.output}: ${messageOf(error)}`, {
          cause: error,
        });
      });
      terminal.say(printableLine(`Wrote ${options.output}.`));
    });
};

function parseFormat(text: string): ReportFormat {
  const format = REPORT_FORMATS.find((one) => one === text);
  if (format !== undefined) return format;
  throw new InvalidArgumentError(`It is one of ${REPORT_FORMATS.join(', ')}.`);
}

function formatOf({ format, output }: Options): ReportFormat {
  const ending = output?.split('.').at(-1)?.toLowerCase() ?? '';
  return format ?? FORMAT_OF_ENDING[ending] ?? 'markdown';
}

async function make({ api, terminal }: CliContext, name: string, format: ReportFormat): Promise<Written> {
  const path = `/incidents/${encodeURIComponent(name)}/report`;
  try {
    for await (const line of api.postLines(path, REPORT_LINE, { format }, { timeoutMs: TIMEOUT_MS })) {
      if ('document' in line) return line.document;
      if ('problem' in line) throw new AppError('unavailable', line.problem.detail);
      const { done, of } = line.progress;
      terminal.progress(`checked ${done} of ${of} recordings`);
    }
  } finally {
    terminal.progress(null);
  }
  throw new AppError('unavailable', 'The connection ended before the report did.');
}
