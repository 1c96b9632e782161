import { AppError } from '../../core/errors.ts';
import { REQUEST, VOTE_ANSWER } from '../../web/schemas/requests.ts';
import {
  addLeafCommand,
  type JsonOption,
  parseDurationOption,
  type RegisterCommand,
} from '../leaf-command.ts';
import { printOne } from '../output.ts';
import type { Terminal } from '../terminal.ts';
import { describeRequest } from '../wording.ts';

interface Options extends JsonOption {
  readonly for?: string;
  readonly note?: string;
  readonly yes?: true;
}

/** `sallyport approve`: never unseen: it prints what is approved, then asks. */
export const registerApprove: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'approve <id>',
    summary: 'Approve a request, after showing it',
    examples: [
      'sallyport approve r-k3q7mzra',
      'sallyport approve r-k3q7mzra --for 30m --note "read only, please" --yes',
    ],
  })
    .option('--for <duration>', 'approve for less time than was asked', parseDurationOption)
    .option('--note <text>', 'a note for the requester')
    .option('--yes', 'do not ask (the request is printed all the same)')
    .action(async (id: string, options: Options) => {
      const { api, terminal } = context;
      const path = `/requests/${encodeURIComponent(id)}`;
      const request = await api.get(path, REQUEST);
      terminal.say(describeRequest(terminal, request, new Date()));
      if (!options.yes) await requireYes(terminal);
      const body = { verdict: 'approve', duration: options.for, note: options.note };
      printOne(context, options, {
        answer: await api.post(`${path}/votes`, VOTE_ANSWER, body),
        describe: ({ request: after, outcome }) =>
          outcome === 'approved'
            ? `Approved. ${after.grant === null ? '' : `Grant ${after.grant.id}.`}`
            : 'Your approval is recorded. Others still have to approve.',
      });
    });
};

/** @throws AppError unless a person at the terminal says yes to what was just shown */
async function requireYes(terminal: Terminal): Promise<void> {
  if (!terminal.interactive) {
    throw new AppError(
      'invalid_input',
      'There is nobody to ask here. Say --yes to approve what is shown above.',
    );
  }
  if (!(await terminal.confirm('Approve this request?'))) throw new AppError('forbidden', 'Not approved.');
}
