import { VOTE_ANSWER } from '../../web/schemas/requests.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printOne } from '../output.ts';

/** `sallyport deny`: a denial always has a reason. */
export const registerDeny: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'deny <id>',
    summary: 'Deny a request',
    examples: ['sallyport deny r-k3q7mzra --because "use the replica"'],
  })
    .requiredOption('--because <text>', 'why; the requester reads this')
    .action(async (id: string, options: JsonOption & { because: string }) => {
      const body = { verdict: 'deny', note: options.because };
      printOne(context, options, {
        answer: await context.api.post(`/requests/${encodeURIComponent(id)}/votes`, VOTE_ANSWER, body),
        describe: ({ request }) => `Request ${request.id} is ${request.state}.`,
      });
    });
};
