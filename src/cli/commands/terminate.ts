import { SESSION } from '../../web/schemas/sessions.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printOne } from '../output.ts';

/** `sallyport terminate`: ends a live session now; its grant stays. */
export const registerTerminate: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'terminate <id>',
    summary: 'End a live session',
    examples: ['sallyport terminate s-4fd2k7qa'],
  }).action(async (id: string, options: JsonOption) => {
    printOne(context, options, {
      answer: await context.api.post(`/sessions/${encodeURIComponent(id)}/terminate`, SESSION),
      describe: (session) => `Session ${session.id} is being ended.`,
    });
  });
};
