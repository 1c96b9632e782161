import { HANDLE_PATTERN } from '../../core/grant.ts';
import { HOLD_ID_PATTERN } from '../../core/hold.ts';
import { POLICY_CHANGE_ID_PATTERN } from '../../core/policy-change.ts';
import { GRANT } from '../../web/schemas/grants.ts';
import { HOLD } from '../../web/schemas/holds.ts';
import { POLICY_CHANGE } from '../../web/schemas/policy.ts';
import { REQUEST } from '../../web/schemas/requests.ts';
import { describeHold } from '../hold-wording.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printOne } from '../output.ts';
import { describePolicyChange } from '../policy-wording.ts';
import { describeGrant, describeRequest } from '../wording.ts';

/** `sallyport show`: one request, grant or held command, by what its id looks like. */
export const registerShow: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'show <id>',
    summary: 'Show a request, a grant, a held command or a change of the policy',
    examples: ['sallyport show r-k3q7mzra', 'sallyport show g-7wq2m5xa --json'],
  }).action(async (id: string, options: JsonOption) => {
    const { api, terminal } = context;
    if (HANDLE_PATTERN.test(id)) {
      const answer = await api.get(`/grants/${encodeURIComponent(id)}`, GRANT);
      printOne(context, options, { answer, describe: (grant) => describeGrant(terminal, grant, new Date()) });
      return;
    }
    if (HOLD_ID_PATTERN.test(id)) {
      const answer = await api.get(`/holds/${encodeURIComponent(id)}`, HOLD);
      printOne(context, options, { answer, describe: (hold) => describeHold(terminal, hold, new Date()) });
      return;
    }
    if (POLICY_CHANGE_ID_PATTERN.test(id)) {
      const answer = await api.get(`/policy/changes/${encodeURIComponent(id)}`, POLICY_CHANGE);
      printOne(context, options, {
        answer,
        describe: (change) => describePolicyChange(terminal, change, new Date()),
      });
      return;
    }
    const answer = await api.get(`/requests/${encodeURIComponent(id)}`, REQUEST);
    printOne(context, options, {
      answer,
      describe: (request) => describeRequest(terminal, request, new Date()),
    });
  });
};
