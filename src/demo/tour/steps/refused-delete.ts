import { countCustomers } from '../customers.ts';
import { send } from '../send.ts';
import { hold, type Step } from '../step.ts';

const MESSAGE = 'Add a WHERE clause. Whole-table writes need a migration.';

export const REFUSED_DELETE: Step = {
  name: 'refused delete',
  run: async (tour) => {
    const result = await send(tour, 'DELETE FROM customers');
    hold(!result.ok, 'DELETE FROM customers was not refused');
    hold(result.message.includes(MESSAGE), `refused, but not with the rule's message: ${result.message}`);
    const left = await countCustomers(tour);
    hold(left === tour.notebook.recall('customersBefore'), `${left} customers are left`);
    return `${result.message} (${result.sqlState}); the target still holds ${left} customers`;
  },
};
