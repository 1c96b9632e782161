import { REQUEST } from '../../web/schemas/requests.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printOne } from '../output.ts';

/** `sallyport cancel`: the requester withdraws. */
export const registerCancel: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'cancel <id>',
    summary: 'Withdraw a request of yours',
    examples: ['sallyport cancel r-k3q7mzra'],
  }).action(async (id: string, options: JsonOption) => {
    printOne(context, options, {
      answer: await context.api.post(`/requests/${encodeURIComponent(id)}/cancel`, REQUEST),
      describe: (request) => `Request ${request.id} is ${request.state}.`,
    });
  });
};
