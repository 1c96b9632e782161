import { countCustomers } from '../customers.ts';
import { send } from '../send.ts';
import { hold, type Step } from '../step.ts';

const HIDING_PLACES = [
  ['in a CTE', 'WITH gone AS (DELETE FROM customers RETURNING id) SELECT count(*) FROM gone'],
  ['in EXPLAIN ANALYZE', 'EXPLAIN ANALYZE DELETE FROM customers'],
  ['in a DO block', 'DO $$ BEGIN DELETE FROM customers; END $$'],
] as const;

export const HIDDEN_DELETES: Step = {
  name: 'hidden deletes',
  run: async (tour) => {
    const details: string[] = [];
    for (const [where, statement] of HIDING_PLACES) {
      const result = await send(tour, statement);
      hold(!result.ok, `the DELETE ${where} was not refused`);
      const left = await countCustomers(tour);
      hold(
        left === tour.notebook.recall('customersBefore'),
        `${left} customers are left after the DELETE ${where}`,
      );
      details.push(`${where}: ${result.message}`);
    }
    return details.join(' · ');
  },
};
