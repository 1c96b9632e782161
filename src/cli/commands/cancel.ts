import { POLICY_CHANGE_ID_PATTERN } from '../../core/policy-change.ts';
import { POLICY_CHANGE } from '../../web/schemas/policy.ts';
import { REQUEST } from '../../web/schemas/requests.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printOne } from '../output.ts';

/** `sallyport cancel`: the requester withdraws. */
export const registerCancel: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'cancel <id>',
    summary: 'Withdraw a request or a change of the policy of yours',
    examples: ['sallyport cancel r-k3q7mzra'],
  }).action(async (id: string, options: JsonOption) => {
    if (POLICY_CHANGE_ID_PATTERN.test(id)) {
      printOne(context, options, {
        answer: await context.api.post(`/policy/changes/${id}/cancel`, POLICY_CHANGE),
        describe: (change) => `Policy change ${change.id} is ${change.state}.`,
      });
      return;
    }
    printOne(context, options, {
      answer: await context.api.post(`/requests/${encodeURIComponent(id)}/cancel`, REQUEST),
      describe: (request) => `Request ${request.id} is ${request.state}.`,
    });
  });
};
