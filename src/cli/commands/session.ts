import { SESSION } from '../../web/schemas/sessions.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printOne } from '../output.ts';
import { describeSession } from '../wording.ts';

/** `sallyport session`: one session's facts. */
export const registerSession: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'session <id>',
    summary: 'Show a session',
    examples: ['sallyport session s-4fd2k7qa'],
  }).action(async (id: string, options: JsonOption) => {
    printOne(context, options, {
      answer: await context.api.get(`/sessions/${encodeURIComponent(id)}`, SESSION),
      describe: (session) => describeSession(context.terminal, session),
    });
  });
};
