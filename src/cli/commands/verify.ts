import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import type { WitnessedHead } from '../../audit/log-walk.ts';
import { AppError } from '../../core/errors.ts';
import { SIGNING_KEY_FILE } from '../../recording/layout.ts';
import type { TrustedKey } from '../../recording/public-key.ts';
import { checkRecordings, type FileResult, type RecordingsResult } from '../check-recordings.ts';
import type { CliContext } from '../context.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { describeLog, parseHeadOption } from '../log-report.ts';
import { printableJson, printableLine } from '../printable.ts';
import { followingWords, followKeys, readPublicKey } from '../public-key-file.ts';

interface Options extends JsonOption {
  readonly publicKey?: string;
  readonly log?: string;
  readonly head?: WitnessedHead;
}

const MEBIBYTE = 1_048_576;
const LIVE_EXCUSE = ', its session lives: it has no seal yet';

/** `sallyport verify`: checks recordings without a server, and without trusting one. */
export const registerVerify: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'verify <path...>',
    summary: 'Check that recordings are whole, unaltered and all there; needs only files and the public key',
    examples: [
      'sallyport verify s-4fd2k7qa.sprec --public-key signing-key.pub',
      'sallyport verify recordings/ --public-key signing-key.pub --log audit.jsonl',
      'sallyport verify recordings/ --json',
    ],
  })
    .option(
      '--public-key <file>',
      `the deployment's public key (PEM); ${SIGNING_KEY_FILE} beside the recordings`,
    )
    .option('--log <export>', 'what `sallyport audit export` wrote: names what is missing, cut or exchanged')
    .option('--head <sequence:hash>', 'what chat shows of the log', parseHeadOption)
    .action(async (paths: string[], options: Options, command: Command) => {
      if (options.head !== undefined && options.log === undefined)
        command.error('error: --head needs --log: the exported audit log');
      const { terminal } = context;
      const key = await keyFor(context, { paths, options, command });
      const result = await checkRecordings({
        paths,
        key,
        log: options.log ?? null,
        witnessed: options.head ?? null,
        onLog: (bytes) => terminal.progress(`audit log: ${(bytes / MEBIBYTE).toFixed(1)} MiB`),
        onFile: (file, { done, of }) => {
          if (!options.json) reportFile(context, file);
          terminal.progress(`${done} of ${of} recordings`);
        },
      }).finally(() => terminal.progress(null));
      if (options.json) terminal.print(printableJson(result));
      else reportWhole(context, result, options.log ?? '');
      refuseUnlessGood(result);
    });
};

/**
 * Whoever changes recordings could put another key beside them: it is named, to be compared. With a key that is known,
 * what lies beside them says only which keys that one endorsed.
 */
async function keyFor(
  { terminal }: CliContext,
  { paths, options, command }: { paths: readonly string[]; options: Options; command: Command },
): Promise<TrustedKey> {
  const beside = await keysBeside(paths);
  if (options.publicKey !== undefined) {
    const key = await readPublicKey(options.publicKey);
    return followKeys(terminal, { key, files: beside.there });
  }
  if (beside.there.length === 0)
    command.error(`error: --public-key is needed: there is no ${beside.looked[0]}`);
  const [first = '', ...others] = beside.there;
  const key = await followKeys(terminal, { key: await readPublicKey(first), files: others });
  terminal.say(
    `Checking with ${first}, SHA-256 ${key.sha256}${followingWords(key)}: compare it with the key that you know.`,
  );
  return key;
}

async function keysBeside(
  paths: readonly string[],
): Promise<{ readonly looked: readonly string[]; readonly there: readonly string[] }> {
  const looked = new Set<string>();
  for (const path of paths) {
    const isDirectory = await stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    );
    looked.add(join(isDirectory ? path : dirname(path), SIGNING_KEY_FILE));
  }
  const there: string[] = [];
  for (const file of looked) {
    const found = await stat(file).catch(() => null);
    if (found !== null) there.push(file);
  }
  return { looked: [...looked], there };
}

function reportFile({ terminal }: CliContext, file: FileResult): void {
  terminal.progress(null);
  const mark = file.ok ? terminal.style('green', 'ok') : terminal.style('red', 'FAILED');
  const head = file.headHex === null ? '' : `, head ${file.headHex}`;
  const recovered = file.sealedBy === 'recovered' ? ', sealed after its recorder died' : '';
  terminal.print(
    `${mark}  ${printableLine(file.path)}  ${file.frames} frames${head}${recovered}${standingOf(file)}`,
  );
  for (const { offset, code, message } of file.problems) {
    terminal.print(printableLine(`    byte ${offset}: ${code}: ${message}`));
  }
}

function standingOf({ standing, headHex }: FileResult): string {
  switch (standing) {
    case null:
      return '';
    case 'confirmed':
      return ', as the log says';
    case 'live':
      return headHex === null ? LIVE_EXCUSE : ', sealed after the log ends';
    case 'deleted':
      return ', though the log says that it was deleted';
    case 'unconfirmed':
      return ', the log names no head of it';
    case 'outside':
      return ', not in this part of the log';
  }
}

function reportWhole({ terminal }: CliContext, result: RecordingsResult, log: string): void {
  for (const { sessionId, head, message } of result.missing) {
    const named = head === null ? '' : `, head ${head}`;
    terminal.print(
      printableLine(`${terminal.style('red', 'MISSING')}  session ${sessionId}: ${message}${named}`),
    );
  }
  if (result.log !== null) terminal.print(describeLog(terminal, result.log, log));
  const { files, bytes, ok, failed, live, missing, deleted } = result.totals;
  const parts = [
    `Recordings: ${files} (${(bytes / MEBIBYTE).toFixed(1)} MiB), ${ok} ok`,
    ...(live > 0 ? [`${live} of them live`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(missing > 0 ? [`${missing} missing`] : []),
    ...(deleted > 0 ? [`${deleted} deleted as the log tells`] : []),
  ];
  terminal.print(parts.join(', '));
}

function refuseUnlessGood({ totals, log }: RecordingsResult): void {
  const reasons = [
    ...(totals.failed > 0 ? [`${totals.failed} of ${totals.files} did not verify`] : []),
    ...(totals.missing > 0 ? [`missing: ${totals.missing}`] : []),
    ...(log !== null && !log.ok ? ['the audit log did not verify'] : []),
  ];
  if (reasons.length > 0) throw new AppError('invalid_input', `${reasons.join('; ')}.`);
}
