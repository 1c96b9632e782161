import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { AppError, messageOf } from '../../core/errors.ts';
import type { ShellStatement } from '../../policies/analyzers/shell/analyze.ts';
import type { Explanation } from '../../policies/rules/explain.ts';
import type { CliContext } from '../context.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printableJson } from '../printable.ts';
import { type Field, renderFields } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { type ExplainAccessOptions, explainAccess } from './policy-explain-access.ts';

/** Of a statement that is read from a file or from stdin: the largest that the configuration can allow. */
const STATEMENT_BYTES_MAX = 67_108_864;
/** A file's name is shorter, so longer text is never looked for on disk. */
const FILE_NAME_CHARACTERS_MAX = 1_000;

interface ExplainOptions extends JsonOption, Partial<Omit<ExplainAccessOptions, 'json'>> {
  readonly resource?: string;
  readonly statement?: string;
  readonly role?: string;
  readonly config?: string;
}

/**
 * `sallyport policy explain`: what a statement or command would do and what the policy file says about it, which asks no
 * server; with --request, why somebody may have something or may not, which the server knows.
 */
export const registerPolicyExplain: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'explain',
    summary: 'Show what the policy says about a statement or command, or about a request for access',
    examples: [
      'sallyport policy explain --resource orders-db --statement "delete from orders"',
      'sallyport policy explain --resource orders-db --role read --statement migration.sql --json',
      'sallyport policy explain --resource web-1 --statement "sudo systemctl restart nginx"',
      'pbpaste | sallyport policy explain --resource orders-db --statement -',
      'sallyport policy explain --user alice@example.com --request "orders-db as write for 1h" --ticket OPS-12',
    ],
  })
    .option('--resource <name>', 'the database or host')
    .option(
      '--statement <text>',
      'the SQL or command, the name of a file that holds it, or - for stdin, the default',
    )
    .option(
      '--role <name>',
      'judge for this role only; otherwise for each, and the one that allows most wins',
    )
    .option('--config <file>', 'the policy file (default: $SALLYPORT_CONFIG or sallyport.yaml)')
    .option(
      '--file <file>',
      'beside --statement or --request the policy file, alone the file that holds the statement',
    )
    .option('--request <text>', 'what somebody would ask for: "RESOURCE as ROLE for DURATION"')
    .option('--user <who>', 'with --request: an e-mail address or a workload (default: you)')
    .option('--because <text>', 'with --request: the reason')
    .option('--ticket <id>', 'with --request: the ticket')
    .option('--incident <channel>', "with --request: the incident's channel")
    .option('--break-glass', 'with --request: as break-glass access')
    .action(async (options: ExplainOptions, command: Command) => {
      const { request, resource } = options;
      if (request !== undefined) return explainAccess(context, { ...options, request });
      if (resource === undefined)
        return command.error('error: needs --resource for a statement, or --request');
      await explainOne(context, { ...options, resource });
    });
};

async function explainOne(
  { terminal }: CliContext,
  options: ExplainOptions & { readonly resource: string },
): Promise<void> {
  const { statement, file, resource, role = null } = options;
  const config = options.config ?? (statement === undefined ? undefined : file);
  const [{ loadPolicy, policyFile }, { loadSqlParser }, { explainStatement }] = await Promise.all([
    import('../../config.ts'),
    import('../../policies/analyzers/sql/analyze.ts'),
    import('../../policies/rules/explain.ts'),
  ]);
  const path = config === undefined ? policyFile() : resolve(config);
  const { document } = loadPolicy(path, { toStart: false });
  const text = await readStatement(statement ?? file ?? '-');
  await loadSqlParser();
  const explanation = explainStatement({ document, resource, role, text });
  terminal.print(options.json ? printableJson(explanation) : describe(explanation, terminal));
  const isDatabase = document.resources.some(({ name, kind }) => name === resource && kind === 'postgres');
  if (isDatabase && document.masks.length > 0)
    terminal.say('Masks are not judged here: they need the catalog of the database.');
}

async function readStatement(given: string): Promise<string> {
  if (given === '-') return readStandardInput();
  const size = given.length > FILE_NAME_CHARACTERS_MAX ? null : await sizeOfFile(given);
  if (size === null) return given;
  if (size > STATEMENT_BYTES_MAX) throw tooLarge(given);
  return decode(await readFile(given), given);
}

/** Null when there is no file of that name. */
async function sizeOfFile(path: string): Promise<number | null> {
  try {
    const found = await stat(path);
    return found.isFile() ? found.size : null;
  } catch {
    return null; // Not a file: it is the statement itself.
  }
}

async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin) {
    chunks.push(Buffer.from(chunk));
    bytes += chunk.length;
    if (bytes > STATEMENT_BYTES_MAX) throw tooLarge('The input');
  }
  return decode(Buffer.concat(chunks), 'The input');
}

function decode(bytes: Buffer, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new AppError('invalid_input', `${what} is not UTF-8: ${messageOf(error)}`, { cause: error });
  }
}

function tooLarge(what: string): AppError {
  return new AppError('invalid_input', `${what} is larger than ${STATEMENT_BYTES_MAX} bytes.`);
}

function describe(explanation: Explanation, terminal: Pick<Terminal, 'style'>): string {
  const { statements, rules, roles, role, verdict, rule, reason } = explanation;
  const style = ({ allow: 'green', review: 'yellow', deny: 'red' } as const)[verdict];
  const fields: readonly Field[] = [
    ...statements.flatMap(statementFields),
    { name: 'sent as', value: explanation.canonical ?? null },
    ...rules.map(({ name, action, matches }): Field => {
      return { name: 'rule', value: `${name}: ${action}${matches ? '' : ', does not match'}` };
    }),
    ...(roles.length < 2 ? [] : roles).map((one): Field => {
      return {
        name: 'role',
        value: `${one.role}: ${one.verdict}${one.rule === null ? '' : ` (${one.rule})`}`,
      };
    }),
    { name: 'verdict', value: `${verdict} as ${role}${rule === null ? '' : `, rule ${rule}`}`, style },
    { name: 'reason', value: reason },
  ];
  return renderFields(terminal, fields);
}

function statementFields(statement: Explanation['statements'][number]): Field[] {
  const { text, effects, relations, functions, flags } = statement;
  const about: readonly Field[] = 'programs' in statement ? commandFields(statement) : [];
  return [
    { name: 'statement', value: text, style: 'bold' },
    { name: 'effects', value: effects.join(', ') },
    { name: 'relations', value: listed(relations.map(relationName)) },
    { name: 'functions', value: listed(functions) },
    { name: 'flags', value: listed(flags) },
    ...about,
  ];
}

function commandFields({ programs, paths, hidden }: ShellStatement): Field[] {
  const files = paths.filter(({ access }) => access !== 'named');
  return [
    { name: 'programs', value: listed(programs.map(({ name }) => name)) },
    { name: 'files', value: listed(files.map(({ path, access }) => `${path} (${access})`)) },
    { name: 'may hide', value: listed(hidden.map(({ name }) => name)) },
  ];
}

function relationName({
  schema,
  name,
  access,
}: Explanation['statements'][number]['relations'][number]): string {
  return `${schema === null ? '' : `${schema}.`}${name} (${access})`;
}

function listed(values: readonly string[]): string | null {
  return values.length === 0 ? null : values.join(', ');
}
