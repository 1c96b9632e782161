import { listOf } from '../../web/schemas/fields.ts';
import { REVIEW } from '../../web/schemas/reviews.ts';
import { REVIEW_COLUMNS } from '../emergency-wording.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printList } from '../output.ts';

/** `sallyport reviews`: emergency access that has to be looked at, the most urgent first. */
export const registerReviews: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'reviews',
    summary: 'List reviews of emergency access that are open',
    examples: ['sallyport reviews', 'sallyport reviews --all --json'],
  })
    .option('--all', 'those that were decided, too')
    .action(async (options: JsonOption & { all?: true }) => {
      const state = options.all ? undefined : 'pending';
      const { items } = await context.api.get('/reviews', listOf(REVIEW), { state });
      printList(context, options, { items, columns: REVIEW_COLUMNS, none: 'There are no such reviews.' });
    });
};
