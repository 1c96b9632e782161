import { readFile, writeFile } from 'node:fs/promises';
import { Option } from 'commander';
import { parseDuration } from '../../core/duration.ts';
import { AppError, messageOf } from '../../core/errors.ts';
import { Secret } from '../../core/secret.ts';
import type { CliContext } from '../context.ts';
import {
  type DrillPlan,
  parseCanary,
  parseColumn,
  parseTable,
  STEPS_TO_SKIP,
  type StepName,
} from '../drill/plan.ts';
import { conclusionOf, markdownOf, renderReport } from '../drill/report.ts';
import {
  addLeafCommand,
  type JsonOption,
  parseCountOption,
  parseDurationOption,
  type RegisterCommand,
} from '../leaf-command.ts';
import { printOne } from '../output.ts';
import { printableLine } from '../printable.ts';
import { readPublicKey } from '../public-key-file.ts';

interface Options extends JsonOption {
  readonly tokenFile?: string;
  readonly role?: string;
  readonly masked: readonly string[];
  readonly bulk?: string;
  readonly rows: number;
  readonly canary: string;
  readonly prepare?: true;
  readonly mustRefuse: readonly string[];
  readonly host?: string;
  readonly hostRole?: string;
  readonly hostCommand: string;
  readonly skip: readonly StepName[];
  readonly referenceFile?: string;
  readonly publicKey?: string;
  readonly unannounced?: true;
  readonly because?: string;
  readonly within: string;
  readonly recordedWithin: string;
  readonly alertedWithin: string;
  readonly timeout: string;
  readonly output?: string;
  readonly yes?: true;
}

const ROWS_DEFAULT = 10_000;
const ROWS_MAX = 1_000_000;
const CANARY_DEFAULT = 'sallyport_drill_canary';
const HOST_COMMAND_DEFAULT = 'touch /tmp/sallyport_drill_canary';
const TOKEN_BYTES_MAX = 20_000;
const JWT = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/** `sallyport drill`: plays a stolen workload token, and says what was stopped, recorded and told. */
export const registerDrill: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'drill <resource>',
    summary:
      'Play a stolen workload token against this deployment, and report what was stopped and who was told',
    examples: [
      'sallyport drill orders-db --token-file ci-token --masked customers.email --bulk customers',
      'sallyport drill orders-db --token-file ci-token --masked customers.email --prepare',
      'SALLYPORT_DRILL_TOKEN=… sallyport drill orders-db --masked customers.email --yes --output drill.md',
      'sallyport drill orders-db --token-file ci-token --skip masks bulk --host web-1 --within 1s',
    ],
  })
    .option('--token-file <file>', "the workload's token; else SALLYPORT_DRILL_TOKEN")
    .option('--role <role>', 'to ask for; else the first that the workload may have')
    .addOption(repeated('--masked <column>', 'a column that has to be masked: customers.email; repeat it'))
    .option('--bulk <table>', 'to read more rows of than may leave; else the table of the first --masked')
    .option(
      '--rows <count>',
      'more than this many rows at once have to be stopped',
      parseCountOption(ROWS_MAX),
      ROWS_DEFAULT,
    )
    .option('--canary <table>', 'the table to drop, which is there to be lost', CANARY_DEFAULT)
    .option('--prepare', 'make the canary first, with a grant of yours that may')
    .addOption(
      repeated(
        '--must-refuse <file>',
        'another token that has to be refused: expired, for another audience; repeat it',
      ),
    )
    .option('--host <resource>', 'also a host, where the workload may log in')
    .option('--host-role <role>', 'to log in to the host with')
    .option(
      '--host-command <command>',
      'outside of that role, and without harm if it runs',
      HOST_COMMAND_DEFAULT,
    )
    .addOption(new Option('--skip <step...>', 'what not to try').choices(STEPS_TO_SKIP).default([]))
    .option(
      '--reference-file <file>',
      'a connection string of the target itself, to look past the broker; else SALLYPORT_DRILL_REFERENCE',
    )
    .option('--public-key <file>', "the deployment's public key (PEM), to check recordings with")
    .option('--unannounced', 'nobody is told in chat that it is a drill; the audit log says so all the same')
    .option('--because <text>', 'what the stolen token gives as its reason; else that it is a drill')
    .option('--within <duration>', 'how soon an act has to be stopped', parseDurationOption, '2s')
    .option(
      '--recorded-within <duration>',
      'how soon it has to be in the recording and the audit log',
      parseDurationOption,
      '20s',
    )
    .option('--alerted-within <duration>', 'how soon somebody has to be told', parseDurationOption, '1m')
    .option('--timeout <duration>', 'for all of it', parseDurationOption, '5m')
    .option('--output <file>', 'write the report there too, as Markdown')
    .option('--yes', 'do not ask')
    .action(async (resource: string, options: Options) => drill(context, resource, options));
};

async function drill(context: CliContext, resource: string, options: Options): Promise<void> {
  const { terminal } = context;
  const plan = await planOf(context, resource, options);
  // The clients that a drill plays with are loaded by nobody who asks for the usage.
  const { openDrill, prepareCanary, runDrill } = await import('../drill/play.ts');
  const interrupted = watchInterrupt(plan.timeoutMs);
  try {
    const opened = await openDrill(context, {
      plan,
      signal: interrupted.signal,
      confirm: (question) => confirmed(context, { question, yes: options.yes === true }),
      prepare: options.prepare === true ? () => prepareCanary(context, plan) : null,
    });
    const report = await runDrill(opened.drill, {
      server: context.server,
      onProgress: (line) => terminal.progress(line),
    }).finally(() => opened.close());
    terminal.progress(null);
    if (options.output !== undefined) await writeFile(options.output, markdownOf(report));
    printOne(context, options, { answer: report, describe: (answer) => renderReport(terminal, answer) });
    if (report.outcome === 'passed') return;
    context.exit.status = 1;
    if (options.json) terminal.say(`sallyport: ${printableLine(conclusionOf(report))}`);
  } finally {
    terminal.progress(null);
    interrupted.done();
  }
}

async function planOf(context: CliContext, resource: string, options: Options): Promise<DrillPlan> {
  const masked = options.masked.map(parseColumn);
  const { host, publicKey, because = null } = options;
  return {
    resource,
    role: options.role ?? null,
    token: await tokenOf(context, options.tokenFile),
    refused: await Promise.all(
      options.mustRefuse.map(async (file) => ({ name: file, token: await readToken(file) })),
    ),
    masked,
    bulk: options.bulk === undefined ? (masked[0]?.table ?? null) : parseTable(options.bulk),
    rowsMax: options.rows,
    canary: parseCanary(options.canary),
    host:
      host === undefined
        ? null
        : { resource: host, role: options.hostRole ?? null, command: options.hostCommand },
    skip: options.skip,
    reference:
      options.referenceFile === undefined
        ? context.drill.reference
        : new Secret(await readSecretFile(options.referenceFile)),
    publicKeyPem: publicKey === undefined ? null : (await readPublicKey(publicKey)).pem,
    announced: options.unannounced !== true,
    because: because ?? (options.unannounced === true ? 'scheduled job' : null),
    limits: {
      stoppedMs: parseDuration(options.within),
      recordedMs: parseDuration(options.recordedWithin),
      alertedMs: parseDuration(options.alertedWithin),
    },
    timeoutMs: parseDuration(options.timeout),
  };
}

/** Never an argument, which everybody on the machine can read. */
async function tokenOf(
  { drill: environment }: CliContext,
  file: string | undefined,
): Promise<Secret<string>> {
  if (file !== undefined) return readToken(file);
  if (environment.token !== null) return checkedToken(environment.token.reveal(), 'SALLYPORT_DRILL_TOKEN');
  throw new AppError(
    'invalid_input',
    'A drill plays a token of a workload: give it as --token-file FILE or in SALLYPORT_DRILL_TOKEN.',
  );
}

async function readToken(file: string): Promise<Secret<string>> {
  return checkedToken(await readSecretFile(file), file);
}

function checkedToken(text: string, from: string): Secret<string> {
  if (text.length <= TOKEN_BYTES_MAX && JWT.test(text)) return new Secret(text);
  throw new AppError(
    'invalid_input',
    `${from} does not hold a token: it would be three parts with dots in between.`,
  );
}

async function readSecretFile(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new AppError('not_found', `Cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
}

/** It takes access and raises alarms: whoever cannot be asked says so beforehand. */
async function confirmed(
  { terminal }: CliContext,
  { question, yes }: { question: string; yes: boolean },
): Promise<void> {
  if (yes) return;
  if (!terminal.interactive)
    throw new AppError('invalid_input', `${question} Nobody can be asked here: say --yes.`);
  if (!(await terminal.confirm(`${question} Go on?`)))
    throw new AppError('invalid_input', 'Nothing was done.');
}

/** Ctrl-C and the end of the time: what was begun is tidied up, and what is known is reported. A second one does not wait. */
function watchInterrupt(timeoutMs: number): { readonly signal: AbortSignal; done(): void } {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeoutMs);
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(1);
    controller.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, onSignal);
  return {
    signal: controller.signal,
    done: () => {
      clearTimeout(timer);
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, onSignal);
    },
  };
}

function repeated(flags: string, description: string): Option {
  return new Option(flags, description)
    .default([] as readonly string[])
    .argParser((value: string, before: readonly string[]) => [...before, value]);
}
