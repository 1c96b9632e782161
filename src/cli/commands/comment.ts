import { REQUEST } from '../../web/schemas/requests.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printOne } from '../output.ts';
import { describeRequest } from '../wording.ts';

/** `sallyport comment`: says or asks something about a request; the answer shows on its card. */
export const registerComment: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'comment <id> <text>',
    summary: 'Say or ask something about a request',
    examples: ['sallyport comment r-k3q7mzra "which customer is this about?"'],
  }).action(async (id: string, text: string, options: JsonOption) => {
    printOne(context, options, {
      answer: await context.api.post(`/requests/${encodeURIComponent(id)}/comments`, REQUEST, { text }),
      describe: (request) => describeRequest(context.terminal, request, new Date()),
    });
  });
};
