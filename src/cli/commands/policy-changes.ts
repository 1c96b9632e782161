import { Option } from 'commander';
import { POLICY_CHANGE_STATES } from '../../core/policy-change.ts';
import { LIST_ITEMS_MAX, listOf } from '../../web/schemas/fields.ts';
import { POLICY_CHANGE } from '../../web/schemas/policy.ts';
import { addLeafCommand, type JsonOption, parseCountOption, type RegisterCommand } from '../leaf-command.ts';
import { printList } from '../output.ts';
import { POLICY_CHANGE_COLUMNS } from '../policy-wording.ts';

/** `sallyport policy changes`: which policy is in force, which wait, which were. */
export const registerPolicyChanges: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'changes',
    summary: 'List changes of the policy, newest first',
    examples: ['sallyport policy changes', 'sallyport policy changes --state pending --json'],
  })
    .addOption(new Option('--state <state>', 'only those in this state').choices(POLICY_CHANGE_STATES))
    .option('--limit <count>', 'how many', parseCountOption(LIST_ITEMS_MAX))
    .action(async (options: JsonOption & { state?: string; limit?: number }) => {
      const { state, limit } = options;
      const { items } = await context.api.get('/policy/changes', listOf(POLICY_CHANGE), { state, limit });
      printList(context, options, {
        items,
        columns: POLICY_CHANGE_COLUMNS,
        none: 'There are no such changes.',
      });
    });
};
