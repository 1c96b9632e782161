import { FREEZE } from '../../web/schemas/freeze.ts';
import { describeFreeze } from '../emergency-wording.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printOne } from '../output.ts';

/** `sallyport freeze`: from now on nothing is granted; without a reason it says whether that is so. */
export const registerFreeze: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'freeze',
    summary: 'Stop everything from being granted, or show whether it is',
    examples: ['sallyport freeze --because "inc-12: a token was stolen"', 'sallyport freeze'],
  })
    .option('--because <text>', 'why; everybody whose request is refused reads it')
    .action(async (options: JsonOption & { because?: string }) => {
      const { because: reason } = options;
      printOne(context, options, {
        answer:
          reason === undefined
            ? await context.api.get('/freeze', FREEZE)
            : await context.api.post('/freeze', FREEZE, { reason }),
        describe: describeFreeze,
      });
    });
};
