import type { WireGrant } from '../../../web/wire.ts';
import { INCIDENT_CHANNEL } from '../../sample-policy.ts';
import { readApi } from '../api.ts';
import { send } from '../send.ts';
import { hold, type Step } from '../step.ts';
import { waitFor } from '../wait-for.ts';

export const EXTENSION: Step = {
  name: 'extension',
  run: async (tour) => {
    const { notebook, publicUrl } = tour;
    const { alice, bob, dana } = notebook.recall('players');
    const id = notebook.recall('grantId');
    const from = { browser: alice.browser, publicUrl };
    const before = await readApi<WireGrant>(from, `grants/${id}`);
    const command = `/access extend ${id} by 30m because "the refunds are not through yet"`;
    const asked = await alice.chat.type(INCIDENT_CHANNEL, command);
    const subject = /\br-[a-z2-7]{8}\b/.exec(asked.reply?.text ?? '')?.[0];
    hold(subject !== undefined, `asking for more time was answered: ${asked.reply?.text}`);
    for (const voter of [bob, dana]) {
      await voter.chat.click(INCIDENT_CHANNEL, { action: 'approve', subject });
    }
    const after = await waitFor('The new deadline', async () => {
      const grant = await readApi<WireGrant>(from, `grants/${id}`);
      return grant.expiresAt > before.expiresAt ? grant : null;
    });
    const answered = await send(tour, 'SELECT 1');
    hold(answered.ok, 'the open connection does not answer any more');
    const movedMinutes = (Date.parse(after.expiresAt) - Date.parse(before.expiresAt)) / 60_000;
    hold(movedMinutes === 30, `the deadline moved by ${movedMinutes} minutes`);
    return 'Bob and Dana gave 30 minutes more: the deadline moved and the same connection goes on';
  },
};
