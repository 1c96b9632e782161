import { FREEZE } from '../../web/schemas/freeze.ts';
import { describeFreeze } from '../emergency-wording.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printOne } from '../output.ts';

/** `sallyport unfreeze`: things are granted again. */
export const registerUnfreeze: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'unfreeze',
    summary: 'Lift the freeze',
    examples: ['sallyport unfreeze --because "the token is revoked"'],
  })
    .option('--because <text>', 'why; kept in the audit log')
    .action(async (options: JsonOption & { because?: string }) => {
      printOne(context, options, {
        answer: await context.api.post('/unfreeze', FREEZE, { reason: options.because }),
        describe: describeFreeze,
      });
    });
};
