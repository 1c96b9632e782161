import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, messageOf } from '../../core/errors.ts';
import { type Verification, verifyRecording } from '../../recording/verify.ts';
import type { CliContext } from '../context.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printableJson, printableLine } from '../printable.ts';

type Result = Verification & { readonly path: string };

const RECORDING_NAME = /\.sprec$/;

/** `sallyport verify`: checks recordings without a server, and without trusting one. */
export const registerVerify: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'verify <path...>',
    summary: 'Check that recordings are whole and unaltered; needs only the files and the public key',
    examples: [
      'sallyport verify s-4fd2k7qa.sprec --key signing-key.pub',
      'sallyport verify .sallyport/recordings --key signing-key.pub --json',
    ],
  })
    .requiredOption('--key <file>', "the deployment's public key (PEM)")
    .action(async (paths: string[], options: JsonOption & { key: string }) => {
      const publicKeyPem = await readKey(options.key);
      const files = (await Promise.all(paths.map(recordingsAt))).flat();
      const results: Result[] = [];
      for (const path of files) {
        const result = { path, ...(await verifyRecording({ path, publicKeyPem })) };
        results.push(result);
        if (!options.json) report(context, result);
      }
      if (options.json) context.terminal.print(printableJson({ results }));
      const failures = results.filter((result) => !result.ok).length;
      if (failures > 0)
        throw new AppError('invalid_input', `${failures} of ${results.length} did not verify.`);
    });
};

function report({ terminal }: CliContext, result: Result): void {
  const mark = result.ok ? terminal.style('green', 'ok') : terminal.style('red', 'FAILED');
  const head = result.headHex === null ? '' : `, head ${result.headHex}`;
  const recovered = result.sealedBy === 'recovered' ? ', sealed after its recorder died' : '';
  terminal.print(`${mark}  ${printableLine(result.path)}  ${result.frames} frames${head}${recovered}`);
  for (const { offset, code, message } of result.problems) {
    terminal.print(printableLine(`    byte ${offset}: ${code}: ${message}`));
  }
}

/** A directory stands for the recordings in it. */
async function recordingsAt(path: string): Promise<string[]> {
  const found = await stat(path).catch((error: unknown) => {
    throw new AppError('not_found', `Cannot read ${path}: ${messageOf(error)}`, { cause: error });
  });
  if (!found.isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => RECORDING_NAME.test(name)).toSorted();
  if (names.length === 0) throw new AppError('not_found', `There are no recordings in ${path}.`);
  return names.map((name) => join(path, name));
}

async function readKey(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new AppError('not_found', `Cannot read the public key ${file}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
