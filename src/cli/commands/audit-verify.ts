import type { Command } from 'commander';
import { type LogReport, LogWalk, type WitnessedHead } from '../../audit/log-walk.ts';
import { verifyLogFile } from '../../audit/verify-file.ts';
import { AppError } from '../../core/errors.ts';
import { parsePublicKey, type TrustedKey } from '../../recording/public-key.ts';
import type { CliContext } from '../context.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { logLinesOf, readLogBounds } from '../log-lines.ts';
import { describeLog, parseHeadOption } from '../log-report.ts';
import { printableJson } from '../printable.ts';
import { follow, followingWords, followKeys, readPublicKey } from '../public-key-file.ts';

interface Options extends JsonOption {
  readonly file?: string;
  readonly publicKey?: string;
  readonly followingKeys?: string;
  readonly head?: WitnessedHead;
}

/** `sallyport audit verify`: recomputes the audit log here, of the server or of an exported file. */
export const registerAuditVerify: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'verify',
    summary: 'Check that the audit log is whole and unaltered, and that its heads were signed',
    examples: [
      'sallyport audit verify',
      'sallyport audit verify --head 1204:5f73… (as the message in chat shows it)',
      'sallyport audit verify --file audit.jsonl --public-key signing-key.pub',
    ],
  })
    .option('--file <export>', 'an exported log, instead of the server’s; needs the public key and no server')
    .option('--public-key <file>', "the deployment's public key (PEM); the server's own when left out")
    .option(
      '--following-keys <file>',
      'the keys that followed it (signing-key.pub): for a part of a log that begins behind a change of keys',
    )
    .option(
      '--head <sequence:hash>',
      'what chat shows: the log must hold exactly this event',
      parseHeadOption,
    )
    .action(async (options: Options, command: Command) => {
      if (options.file !== undefined && options.publicKey === undefined) {
        command.error("error: --file needs --public-key: the deployment's public key");
      }
      const key = await keyFor(context, options);
      const witnessed = options.head ?? null;
      const report =
        options.file === undefined
          ? await verifyServer(context, { key, witnessed })
          : await verifyFile(context, { path: options.file, key, witnessed });
      const name = options.file ?? context.server;
      if (options.json) context.terminal.print(printableJson(report));
      else context.terminal.print(describeLog(context.terminal, report, name));
      if (!report.ok) throw new AppError('invalid_input', 'The audit log did not verify.');
    });
};

async function keyFor({ api, terminal }: CliContext, options: Options): Promise<TrustedKey> {
  const { publicKey, followingKeys, file } = options;
  const files = followingKeys === undefined ? [] : [followingKeys];
  const known = publicKey === undefined ? null : await readPublicKey(publicKey);
  if (known !== null && (file !== undefined || files.length > 0))
    return followKeys(terminal, { key: known, files });
  const bundle = await new Response(await api.download('/keys/signing')).text();
  if (known !== null) return follow(terminal, { trusted: known, file: "the server's file of keys", bundle });
  const key = parsePublicKey(bundle);
  terminal.say(
    `Checking with the server's own key, SHA-256 ${key.sha256}${followingWords(key)}; --public-key takes one you kept.`,
  );
  return key;
}

async function verifyServer(
  context: CliContext,
  expected: { readonly key: TrustedKey; readonly witnessed: WitnessedHead | null },
): Promise<LogReport> {
  const walk = new LogWalk({ ...expected, whole: true });
  const bounds = await readLogBounds(context);
  if (bounds !== null) {
    for await (const line of logLinesOf(context, { ...bounds, first: 1 })) {
      if (line.kind === 'event') walk.event(line.event);
      else walk.head(line.head);
    }
  }
  return walk.finish();
}

async function verifyFile(
  { terminal }: CliContext,
  file: { readonly path: string; readonly key: TrustedKey; readonly witnessed: WitnessedHead | null },
): Promise<LogReport> {
  try {
    const onProgress = (bytes: number): void => terminal.progress(`${(bytes / 1_048_576).toFixed(1)} MiB`);
    return await verifyLogFile({ ...file, onProgress });
  } finally {
    terminal.progress(null);
  }
}
