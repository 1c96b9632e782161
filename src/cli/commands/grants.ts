import { LIST_ITEMS_MAX, listOf } from '../../web/schemas/fields.ts';
import { GRANT } from '../../web/schemas/grants.ts';
import { addLeafCommand, type JsonOption, parseCountOption, type RegisterCommand } from '../leaf-command.ts';
import { printList } from '../output.ts';
import { GRANT_COLUMNS } from '../wording.ts';

/** `sallyport grants`: what the caller holds now; with --all, everybody's and the ended ones. */
export const registerGrants: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'grants',
    summary: 'List your live grants',
    examples: ['sallyport grants', 'sallyport grants --all --limit 200 --json'],
  })
    .option('--all', "everybody's, and those that have ended")
    .option('--limit <count>', 'how many', parseCountOption(LIST_ITEMS_MAX))
    .action(async (options: JsonOption & { all?: true; limit?: number }) => {
      const narrowed = options.all ? {} : { mine: true, live: true };
      const { items } = await context.api.get('/grants', listOf(GRANT), {
        ...narrowed,
        limit: options.limit,
      });
      printList(context, options, { items, columns: GRANT_COLUMNS, none: 'There are no such grants.' });
    });
};
