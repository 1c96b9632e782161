import { HANDLE_PATTERN } from '../../core/grant.ts';
import { GRANT } from '../../web/schemas/grants.ts';
import { REQUEST } from '../../web/schemas/requests.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printOne } from '../output.ts';
import { describeGrant, describeRequest } from '../wording.ts';

/** `sallyport show`: one request, or one grant by its handle. */
export const registerShow: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'show <id>',
    summary: 'Show a request or a grant',
    examples: ['sallyport show r-k3q7mzra', 'sallyport show g-7wq2m5xa --json'],
  }).action(async (id: string, options: JsonOption) => {
    const { api, terminal } = context;
    if (HANDLE_PATTERN.test(id)) {
      const answer = await api.get(`/grants/${encodeURIComponent(id)}`, GRANT);
      printOne(context, options, { answer, describe: (grant) => describeGrant(terminal, grant, new Date()) });
      return;
    }
    const answer = await api.get(`/requests/${encodeURIComponent(id)}`, REQUEST);
    printOne(context, options, {
      answer,
      describe: (request) => describeRequest(terminal, request, new Date()),
    });
  });
};
