import { AppError } from '../../core/errors.ts';
import { HOLD_ID_PATTERN } from '../../core/hold.ts';
import { POLICY_CHANGE_ID_PATTERN } from '../../core/policy-change.ts';
import { HOLD } from '../../web/schemas/holds.ts';
import { POLICY_CHANGE } from '../../web/schemas/policy.ts';
import { REQUEST, VOTE_ANSWER } from '../../web/schemas/requests.ts';
import type { CliContext } from '../context.ts';
import { describeHold } from '../hold-wording.ts';
import {
  addLeafCommand,
  type JsonOption,
  parseDurationOption,
  type RegisterCommand,
} from '../leaf-command.ts';
import { printOne } from '../output.ts';
import { describePolicyChange } from '../policy-wording.ts';
import type { Terminal } from '../terminal.ts';
import { describeRequest } from '../wording.ts';

interface Options extends JsonOption {
  readonly for?: string;
  readonly session?: true;
  readonly note?: string;
  readonly yes?: true;
}

/** `sallyport approve`: never unseen: it prints what is approved, then asks. */
export const registerApprove: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'approve <id>',
    summary: 'Approve a request, a held command or a change of the policy, after showing it',
    examples: [
      'sallyport approve r-k3q7mzra',
      'sallyport approve r-k3q7mzra --for 30m --note "read only, please" --yes',
      'sallyport approve h-3xq2m7ka --session',
    ],
  })
    .option('--for <duration>', 'a request: approve for less time than was asked', parseDurationOption)
    .option('--session', 'a held command: also when it comes again, identical, in this session')
    .option('--note <text>', 'a note for the requester')
    .option('--yes', 'do not ask (what is approved is printed all the same)')
    .action((id: string, options: Options) => {
      if (POLICY_CHANGE_ID_PATTERN.test(id)) return approvePolicyChange(context, id, options);
      return HOLD_ID_PATTERN.test(id)
        ? approveHold(context, id, options)
        : approveRequest(context, id, options);
    });
};

async function approveRequest(context: CliContext, id: string, options: Options): Promise<void> {
  if (options.session) throw new AppError('invalid_input', '--session is for held commands (h-…).');
  const { api, terminal } = context;
  const path = `/requests/${encodeURIComponent(id)}`;
  const request = await api.get(path, REQUEST);
  terminal.say(describeRequest(terminal, request, new Date()));
  if (!options.yes) await requireYes(terminal, 'Approve this request?');
  const body = { verdict: 'approve', duration: options.for, note: options.note };
  printOne(context, options, {
    answer: await api.post(`${path}/votes`, VOTE_ANSWER, body),
    describe: ({ request: after, outcome }) => {
      if (outcome === 'approved')
        return `Approved. ${after.grant === null ? '' : `Grant ${after.grant.id}.`}`;
      if (outcome === 'closed') return `Not granted. ${after.closed?.because ?? ''}`;
      const { tightened } = after;
      const others = 'Your approval is recorded. Others still have to approve';
      return tightened === null
        ? `${others}.`
        : `${others}: the policy ${tightened.policy} asks for more by now.`;
    },
  });
}

/** The vote names the hash of the bytes that were printed. */
async function approveHold(context: CliContext, id: string, options: Options): Promise<void> {
  if (options.for !== undefined) throw new AppError('invalid_input', '--for is for requests (r-…).');
  const { api, terminal } = context;
  const path = `/holds/${encodeURIComponent(id)}`;
  const hold = await api.get(path, HOLD);
  terminal.say(describeHold(terminal, hold, new Date()));
  const scope = options.session ? 'session' : 'once';
  const question = options.session ? 'Approve this command for the session?' : 'Approve this command once?';
  if (!options.yes) await requireYes(terminal, question);
  const body = { verdict: 'approve', scope, textSha256: hold.textSha256, note: options.note };
  printOne(context, options, {
    answer: await api.post(`${path}/votes`, HOLD, body),
    describe: ({ state }) =>
      state === 'approved'
        ? 'Approved. It runs now.'
        : 'Your approval is recorded. Others still have to approve.',
  });
}

/** The vote names the version that was printed. */
async function approvePolicyChange(context: CliContext, id: string, options: Options): Promise<void> {
  if (options.for !== undefined || options.session) {
    throw new AppError('invalid_input', '--for and --session are not for changes of the policy (p-…).');
  }
  const { api, terminal } = context;
  const path = `/policy/changes/${encodeURIComponent(id)}`;
  const change = await api.get(path, POLICY_CHANGE);
  terminal.say(describePolicyChange(terminal, change, new Date()));
  if (!options.yes) await requireYes(terminal, 'Approve this policy?');
  const body = { verdict: 'approve', version: change.version, note: options.note };
  printOne(context, options, {
    answer: await api.post(`${path}/votes`, POLICY_CHANGE, body),
    describe: ({ state }) =>
      state === 'applied'
        ? 'Approved. It is in force now.'
        : 'Your approval is recorded. Others still have to approve.',
  });
}

/** @throws AppError unless a person at the terminal says yes to what was just shown */
async function requireYes(terminal: Terminal, question: string): Promise<void> {
  if (!terminal.interactive) {
    throw new AppError(
      'invalid_input',
      'There is nobody to ask here. Say --yes to approve what is shown above.',
    );
  }
  if (!(await terminal.confirm(question))) throw new AppError('forbidden', 'Not approved.');
}
