import type { WireReview } from '../../../web/wire.ts';
import { INCIDENT_CHANNEL } from '../../sample-policy.ts';
import { readApi } from '../api.ts';
import { fieldOf } from '../chat.ts';
import { hold, type Step } from '../step.ts';
import { waitFor } from '../wait-for.ts';

export const BREAK_GLASS: Step = {
  name: 'break glass',
  run: async ({ notebook, publicUrl }) => {
    const { alice, bob } = notebook.recall('players');
    const command = '/access breakglass orders-db because "checkout is down and nobody answers"';
    const { reply } = await alice.chat.type(INCIDENT_CHANNEL, command);
    const requestId = /\br-[a-z2-7]{8}\b/.exec(reply?.text ?? '')?.[0];
    hold(requestId !== undefined, `breaking the glass was answered: ${reply?.text}`);
    for (const channel of [INCIDENT_CHANNEL, 'access', 'access-audit']) {
      await waitFor(`The card in #${channel}`, async () => {
        const messages = (await bob.chat.messages(channel)) ?? [];
        return messages.find((message) => fieldOf(message, 'ID') === requestId) ?? null;
      });
    }
    const from = { browser: bob.browser, publicUrl };
    const review = await waitFor('The review', async () => {
      const { items } = await readApi<{ items: WireReview[] }>(from, 'reviews?state=pending');
      return items.find((one) => one.requestId === requestId) ?? null;
    });
    await alice.chat.click(`@${alice.personId}`, { action: 'done', subject: review.grantId });
    const sent = { subject: review.id, values: { reason: 'Nothing was run. A request would have done.' } };
    const own = await alice.chat.submit(INCIDENT_CHANNEL, { form: 'find-justified', ...sent });
    hold(own.reply?.tone === 'bad', `Alice's own finding was answered: ${own.reply?.text}`);
    const found = await bob.chat.submit(INCIDENT_CHANNEL, { form: 'find-unjustified', ...sent });
    hold(found.reply?.tone === 'good', `Bob's finding was answered: ${found.reply?.text}`);
    return `access at once, told in three channels; Alice was refused her own review, and Bob's closed it: ${found.reply.text}`;
  },
};
