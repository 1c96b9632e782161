import { Option } from 'commander';
import { REQUEST_STATES } from '../../core/request.ts';
import { LIST_ITEMS_MAX, listOf } from '../../web/schemas/fields.ts';
import { HOLD } from '../../web/schemas/holds.ts';
import { REQUEST } from '../../web/schemas/requests.ts';
import { HOLD_COLUMNS } from '../hold-wording.ts';
import { addLeafCommand, type JsonOption, parseCountOption, type RegisterCommand } from '../leaf-command.ts';
import { printList } from '../output.ts';
import { printableJson } from '../printable.ts';
import { renderTable } from '../table.ts';
import { REQUEST_COLUMNS } from '../wording.ts';

interface Options extends JsonOption {
  readonly state?: string;
  readonly mine?: true;
  readonly forMe?: true;
  readonly voted?: true;
  readonly who?: string;
  readonly resource?: string;
  readonly incident?: string;
  readonly limit?: number;
}

/** `sallyport requests`: the commands that wait for approval, then the newest requests. */
export const registerRequests: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'requests',
    summary: 'List requests, and the commands that are held right now',
    examples: [
      'sallyport requests --for-me',
      'sallyport requests --mine --state pending --json',
      'sallyport requests --who alice --resource orders-db',
    ],
  })
    .addOption(new Option('--state <state>', 'only those in this state').choices(REQUEST_STATES))
    .option('--mine', 'only your own')
    .option('--for-me', 'only pending ones that you may vote on')
    .option('--voted', 'only those that you voted on')
    .option('--who <person>', 'a part of a name or an address: of who asked, or of whom it is for')
    .option('--resource <name>', 'for this resource')
    .option('--incident <name>', 'for this incident')
    .option('--limit <count>', 'how many', parseCountOption(LIST_ITEMS_MAX))
    .action(async (options: Options) => {
      const { json, ...query } = options;
      const { state, mine, forMe } = query;
      const { api, terminal } = context;
      const { items } = await api.get('/requests', listOf(REQUEST), query);
      // Commands that are held are narrowed by whose they are, and by nothing else.
      const narrowed = [query.voted, query.who, query.resource, query.incident].some(
        (one) => one !== undefined,
      );
      const waiting = !narrowed && (state === undefined || state === 'pending');
      const held = waiting
        ? (await api.get('/holds', listOf(HOLD), { state: 'held', mine, forMe })).items
        : [];
      if (json) {
        terminal.print(printableJson({ items, held }));
        return;
      }
      if (held.length > 0) terminal.print(`${renderTable(terminal, held, HOLD_COLUMNS)}\n`);
      printList(context, options, { items, columns: REQUEST_COLUMNS, none: 'There are no such requests.' });
    });
};
