import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { AppError, messageOf } from '../../core/errors.ts';
import { listOf } from '../../web/schemas/fields.ts';
import { SSH_KEY, type SshKeyAnswer } from '../../web/schemas/ssh-keys.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printList, printOne } from '../output.ts';
import type { Column } from '../table.ts';
import { timeOf } from '../wording.ts';

interface AddOptions extends JsonOption {
  readonly label?: string;
}

const COLUMNS: readonly Column<SshKeyAnswer>[] = [
  { title: 'ID', value: ({ id, source }) => (source === 'registered' ? id : '-') },
  { title: 'KEY', value: ({ fingerprint }) => fingerprint },
  { title: 'TYPE', value: ({ type }) => type ?? '-' },
  { title: 'LABEL', value: ({ label }) => label },
  { title: 'LAST USED', value: ({ lastUsedAt }) => (lastUsedAt === null ? '-' : timeOf(lastUsedAt)) },
];

/** `sallyport keys add`: whoever holds the private half logs in to hosts as the caller. */
export const registerKeysAdd: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'add [file]',
    summary: 'Register a public key, to log in to hosts with: ssh web-1@BROKER (- reads it from stdin)',
    examples: [
      'sallyport keys add',
      'sallyport keys add ~/.ssh/id_ed25519.pub --label laptop',
      'ssh-add -L | head -1 | sallyport keys add -',
    ],
  })
    .option('--label <label>', 'what to call it; its comment when left out')
    .action(async (file: string | undefined, options: AddOptions) => {
      const path = file ?? join(homedir(), '.ssh', 'id_ed25519.pub');
      const key = path === '-' ? await text(process.stdin) : await readKey(path);
      printOne(context, options, {
        answer: await context.api.post('/keys', SSH_KEY, {
          key,
          ...(options.label === undefined ? {} : { label: options.label }),
        }),
        describe: ({ id, label, fingerprint }) => `${label} is registered as ${id} (${fingerprint}).`,
      });
    });
};

/** `sallyport keys list`. */
export const registerKeysList: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'list',
    summary: 'List your public keys, and those that the identity provider names for you',
    examples: ['sallyport keys list', 'sallyport keys list --json'],
  }).action(async (options: JsonOption) => {
    const { items } = await context.api.get('/keys', listOf(SSH_KEY));
    printList(context, options, { items, columns: COLUMNS, none: 'You have no keys.' });
  });
};

/** `sallyport keys remove`: nobody logs in with it any more. */
export const registerKeysRemove: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'remove <id>',
    summary: 'Remove a key of yours',
    examples: ['sallyport keys remove k-k3q7mzra'],
  }).action(async (id: string, options: JsonOption) => {
    printOne(context, options, {
      answer: await context.api.post(`/keys/${encodeURIComponent(id)}/remove`, SSH_KEY),
      describe: ({ label, fingerprint }) => `${label} is removed (${fingerprint}).`,
    });
  });
};

async function readKey(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new AppError(
      'invalid_input',
      `cannot read ${path}: ${messageOf(error)}. Name the file with your public key.`,
      {
        cause: error,
      },
    );
  }
}
