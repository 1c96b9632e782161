import type { WireHold } from '../../../web/wire.ts';
import { INCIDENT_CHANNEL } from '../../sample-policy.ts';
import { readApi } from '../api.ts';
import { countCustomers } from '../customers.ts';
import { send } from '../send.ts';
import { hold, type Step } from '../step.ts';
import { waitFor } from '../wait-for.ts';

/** Nobody has this id: what runs changes nothing. */
const STATEMENT = 'DELETE FROM customers WHERE id = -1';

export const HELD_COMMAND: Step = {
  name: 'held command',
  run: async (tour) => {
    const { notebook, publicUrl } = tour;
    const { dana } = notebook.recall('players');
    const from = { browser: dana.browser, publicUrl };
    const answer = send(tour, STATEMENT, { held: true });
    // It is looked at below, once it has been approved.
    answer.catch(() => undefined);
    const held = await waitFor('The held command', async () => {
      const { items } = await readApi<{ items: WireHold[] }>(from, 'holds?state=held');
      return items.find((one) => one.text.startsWith(STATEMENT)) ?? null;
    });
    const subject = `${held.id}.${held.textSha256}`;
    const { reply } = await dana.chat.click(INCIDENT_CHANNEL, { action: 'approve-once', subject });
    hold(reply?.tone === 'good', `Dana's approval was answered: ${reply?.text}`);
    const result = await answer;
    hold(result.ok, `the approved command did not run: ${result.ok ? '' : result.message}`);
    const left = await countCustomers(tour);
    hold(left === notebook.recall('customersBefore'), `${left} customers are left`);
    return `${held.rule} held a DELETE until Dana (dba) had approved exactly these bytes: ${reply.text}`;
  },
};
