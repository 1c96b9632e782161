import { randomUUID } from 'node:crypto';
import { REQUEST } from '../../web/schemas/requests.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printOne } from '../output.ts';
import { describeRequest } from '../wording.ts';

/** `sallyport again`: the same request once more, under the policy as it is now. */
export const registerAgain: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'again <id>',
    summary: 'Ask once more for what a request of yours asked for',
    examples: ['sallyport again r-k3q7mzra'],
  }).action(async (id: string, options: JsonOption) => {
    const headers = { 'idempotency-key': randomUUID() };
    printOne(context, options, {
      answer: await context.api.post(
        `/requests/${encodeURIComponent(id)}/again`,
        REQUEST,
        undefined,
        headers,
      ),
      describe: (request) => describeRequest(context.terminal, request, new Date()),
    });
  });
};
