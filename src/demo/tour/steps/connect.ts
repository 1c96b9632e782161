import { countCustomers } from '../customers.ts';
import { send } from '../send.ts';
import { hold, type Step } from '../step.ts';

export const CONNECT: Step = {
  name: 'connect',
  run: async (tour) => {
    tour.notebook.note('customersBefore', await countCustomers(tour));
    tour.notebook.note('sqlSession', await tour.sqlClient.connect(tour.notebook.recall('connectionUrl')));
    const counted = await send(tour, 'SELECT count(*) FROM orders');
    hold(counted.ok, `connected, but the first statement failed: ${counted.ok ? '' : counted.message}`);
    return `${tour.sqlClient.description} connected and counted ${counted.rows[0]?.[0]} orders`;
  },
};
