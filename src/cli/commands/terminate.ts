import { SESSION } from '../../web/schemas/sessions.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printOne } from '../output.ts';

interface Options extends JsonOption {
  readonly because?: string;
}

/** `sallyport terminate`: ends a live session now; its grant stays. */
export const registerTerminate: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'terminate <id>',
    summary: 'End a live session',
    examples: ['sallyport terminate s-4fd2k7qa --because "that is the wrong database"'],
  })
    .option('--because <text>', 'shown with the session, and kept in the audit log')
    .action(async (id: string, options: Options) => {
      const body = options.because === undefined ? {} : { reason: options.because };
      printOne(context, options, {
        answer: await context.api.post(`/sessions/${encodeURIComponent(id)}/terminate`, SESSION, body),
        describe: (session) => `Session ${session.id} is being ended.`,
      });
    });
};
