import { Option } from 'commander';
import { REQUEST_STATES } from '../../core/request.ts';
import { LIST_ITEMS_MAX, listOf } from '../../web/schemas/fields.ts';
import { REQUEST } from '../../web/schemas/requests.ts';
import { addLeafCommand, type JsonOption, parseCountOption, type RegisterCommand } from '../leaf-command.ts';
import { printList } from '../output.ts';
import { REQUEST_COLUMNS } from '../wording.ts';

interface Options extends JsonOption {
  readonly state?: string;
  readonly mine?: true;
  readonly forMe?: true;
  readonly limit?: number;
}

/** `sallyport requests`: the newest requests. */
export const registerRequests: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'requests',
    summary: 'List requests',
    examples: ['sallyport requests --for-me', 'sallyport requests --mine --state pending --json'],
  })
    .addOption(new Option('--state <state>', 'only those in this state').choices(REQUEST_STATES))
    .option('--mine', 'only your own')
    .option('--for-me', 'only pending ones that you may vote on')
    .option('--limit <count>', 'how many', parseCountOption(LIST_ITEMS_MAX))
    .action(async (options: Options) => {
      const { state, mine, forMe, limit } = options;
      const { items } = await context.api.get('/requests', listOf(REQUEST), { state, mine, forMe, limit });
      printList(context, options, { items, columns: REQUEST_COLUMNS, none: 'There are no such requests.' });
    });
};
