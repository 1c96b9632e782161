import { AppError } from '../../core/errors.ts';
import { REQUEST } from '../../web/schemas/requests.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printOne } from '../output.ts';
import { describeRequest } from '../wording.ts';

interface Options extends JsonOption {
  readonly refuse?: true;
  readonly because?: string;
}

/** `sallyport consent`: never unseen: it prints what is consented to. */
export const registerConsent: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'consent <id>',
    summary: 'Agree to hold access that somebody asked for you, or for your workload',
    examples: [
      'sallyport consent r-k3q7mzra',
      'sallyport consent r-k3q7mzra --refuse --because "I am on leave"',
    ],
  })
    .option('--refuse', 'do not agree: the request is denied')
    .option('--because <text>', 'why; needed for --refuse')
    .action(async (id: string, options: Options) => {
      const { refuse = false, because: note } = options;
      if (refuse && note === undefined) {
        throw new AppError('invalid_input', 'Say why with --because: the requester reads it.');
      }
      const path = `/requests/${encodeURIComponent(id)}`;
      const { terminal } = context;
      terminal.say(describeRequest(terminal, await context.api.get(path, REQUEST), new Date()));
      const verdict = refuse ? 'deny' : 'approve';
      printOne(context, options, {
        answer: await context.api.post(`${path}/consent`, REQUEST, { verdict, note }),
        describe: (request) => `Request ${request.id} is ${request.state}.`,
      });
    });
};
