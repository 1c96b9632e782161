import { HOLD_ID_PATTERN } from '../../core/hold.ts';
import { POLICY_CHANGE_ID_PATTERN } from '../../core/policy-change.ts';
import { HOLD } from '../../web/schemas/holds.ts';
import { POLICY_CHANGE } from '../../web/schemas/policy.ts';
import { VOTE_ANSWER } from '../../web/schemas/requests.ts';
import type { CliContext } from '../context.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printOne } from '../output.ts';

interface Options extends JsonOption {
  readonly because: string;
}

/** `sallyport deny`: a denial always has a reason. */
export const registerDeny: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'deny <id>',
    summary: 'Deny a request, a held command or a change of the policy',
    examples: [
      'sallyport deny r-k3q7mzra --because "use the replica"',
      'sallyport deny h-3xq2m7ka --because "use the migration"',
    ],
  })
    .requiredOption('--because <text>', 'why; the requester reads this')
    .action((id: string, options: Options) => {
      if (POLICY_CHANGE_ID_PATTERN.test(id)) return denyPolicyChange(context, id, options);
      return HOLD_ID_PATTERN.test(id) ? denyHold(context, id, options) : denyRequest(context, id, options);
    });
};

async function denyRequest(context: CliContext, id: string, options: Options): Promise<void> {
  const body = { verdict: 'deny', note: options.because };
  printOne(context, options, {
    answer: await context.api.post(`/requests/${encodeURIComponent(id)}/votes`, VOTE_ANSWER, body),
    describe: ({ request }) => `Request ${request.id} is ${request.state}.`,
  });
}

/** A denial needs no look at the bytes: whatever they are, they do not run. */
async function denyHold(context: CliContext, id: string, options: Options): Promise<void> {
  const path = `/holds/${encodeURIComponent(id)}`;
  const { textSha256 } = await context.api.get(path, HOLD);
  const body = { verdict: 'deny', note: options.because, textSha256 };
  printOne(context, options, {
    answer: await context.api.post(`${path}/votes`, HOLD, body),
    describe: (hold) => `Command ${hold.id} is ${hold.state}.`,
  });
}

async function denyPolicyChange(context: CliContext, id: string, options: Options): Promise<void> {
  const path = `/policy/changes/${encodeURIComponent(id)}`;
  const { version } = await context.api.get(path, POLICY_CHANGE);
  const body = { verdict: 'deny', note: options.because, version };
  printOne(context, options, {
    answer: await context.api.post(`${path}/votes`, POLICY_CHANGE, body),
    describe: (change) => `Policy change ${change.id} is ${change.state}.`,
  });
}
