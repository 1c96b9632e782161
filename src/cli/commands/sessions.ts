import { LIST_ITEMS_MAX, listOf } from '../../web/schemas/fields.ts';
import { SESSION } from '../../web/schemas/sessions.ts';
import { addLeafCommand, type JsonOption, parseCountOption, type RegisterCommand } from '../leaf-command.ts';
import { printList } from '../output.ts';
import { SESSION_COLUMNS } from '../wording.ts';

interface Options extends JsonOption {
  readonly search?: string;
  readonly live?: true;
  readonly request?: string;
  readonly limit?: number;
}

/** `sallyport sessions`: those the caller may see, newest first. */
export const registerSessions: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'sessions',
    summary: 'List sessions that you may see',
    examples: ['sallyport sessions --live', 'sallyport sessions --search orders-db --json'],
  })
    .option('--search <text>', 'person, resource, reason, incident …')
    .option('--live', 'only those that have not ended')
    .option('--request <id>', 'only those of this request')
    .option('--limit <count>', 'how many', parseCountOption(LIST_ITEMS_MAX))
    .action(async (options: Options) => {
      const { search, live, request, limit } = options;
      const { items } = await context.api.get('/sessions', listOf(SESSION), { search, live, request, limit });
      printList(context, options, { items, columns: SESSION_COLUMNS, none: 'There are no such sessions.' });
    });
};
