import { KEYRING, type KeyringAnswer, ROTATED_KEYRING } from '../../web/schemas/keyring.ts';
import type { CliContext } from '../context.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printOne } from '../output.ts';
import { type Column, renderTable } from '../table.ts';
import { timeOf } from '../wording.ts';

const ROOT_KEYS: readonly Column<KeyringAnswer['rootKeys'][number]>[] = [
  { title: 'ROOT KEY', value: ({ generation }) => String(generation) },
  { title: 'ID', value: ({ keyId }) => keyId },
  { title: 'MADE', value: ({ createdAt }) => timeOf(createdAt) },
  { title: 'WRAPPED BY', value: ({ wrappedBy }) => wrappedBy },
];

const SIGNING_KEYS: readonly Column<KeyringAnswer['signingKeys'][number]>[] = [
  { title: 'SIGNING KEY', value: ({ number }) => String(number) },
  { title: 'MADE', value: ({ createdAt }) => timeOf(createdAt) },
  { title: 'SHA-256 OF THE PUBLIC KEY', value: ({ sha256 }) => sha256 },
];

/** `sallyport keys ring`: the deployment's own keys, by name. */
export const registerKeysRing: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'ring',
    summary: 'List the deployment’s own keys: what recordings are wrapped with and what signs them',
    examples: ['sallyport keys ring', 'sallyport keys ring --json'],
  }).action(async (options: JsonOption) => {
    printOne(context, options, {
      answer: await context.api.get('/keyring', KEYRING),
      describe: (keyring) => describeKeyring(context, keyring),
    });
  });
};

/** `sallyport keys rotate`: for what begins from now on. */
export const registerKeysRotate: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'rotate',
    summary: 'Make a new root key for the deployment, wrapped as it is configured now; or a new signing key',
    examples: ['sallyport keys rotate', 'sallyport keys rotate --signing'],
  })
    .option(
      '--signing',
      'a new key that signs, endorsed by the one before: the first public key still verifies all',
    )
    .action(async (options: JsonOption & { signing?: boolean }) => {
      const isSigning = options.signing === true;
      const before = await context.api.get('/keyring', KEYRING);
      const after = isSigning ? before.signingKeys.at(-1)?.number : before.rootKeys.at(-1)?.generation;
      const body = { what: isSigning ? 'signing' : 'root', after };
      printOne(context, options, {
        answer: await context.api.post('/keyring/rotate', ROTATED_KEYRING, body),
        describe: (keyring) => {
          const done = keyring.rotated ? 'Rotated.' : 'Somebody has rotated it since: nothing was done.';
          return `${done}\n\n${describeKeyring(context, keyring)}`;
        },
      });
    });
};

function describeKeyring({ terminal }: CliContext, keyring: KeyringAnswer): string {
  const { rootKeys, signingKeys, wrapsWith, problem } = keyring;
  const old = rootKeys.filter(({ wrappedBy }) => wrappedBy !== wrapsWith).length;
  return [
    renderTable(terminal, rootKeys, ROOT_KEYS),
    '',
    renderTable(terminal, signingKeys, SIGNING_KEYS),
    ...(old === 0
      ? []
      : [
          '',
          `This server wraps with the ${wrapsWith}: run sallyport keys rotate to wrap all of them with it.`,
        ]),
    ...(problem === null ? [] : ['', `The server that answered says: ${problem}`]),
  ].join('\n');
}
