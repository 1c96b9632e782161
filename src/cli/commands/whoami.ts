import { ME } from '../../web/schemas/parties.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printOne } from '../output.ts';
import { printableLine } from '../printable.ts';

/** `sallyport whoami`: who the server takes the caller for. */
export const registerWhoami: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'whoami',
    summary: 'Show who you are signed in as',
    examples: ['sallyport whoami', 'SALLYPORT_TOKEN=$CI_TOKEN sallyport whoami --json'],
  }).action(async (options: JsonOption) => {
    printOne(context, options, {
      answer: await context.api.get('/me', ME),
      describe: (me) => {
        const groups = me.groups.length === 0 ? 'in no group' : `in ${me.groups.join(', ')}`;
        return printableLine(`${me.name} <${me.email}>, ${groups}`);
      },
    });
  });
};
