import { INCIDENT_CHANNEL } from '../../sample-policy.ts';
import { fieldOf, hasButton } from '../chat.ts';
import { hold, type Step } from '../step.ts';
import { waitFor } from '../wait-for.ts';

export const REQUEST: Step = {
  name: 'request',
  run: async ({ notebook }) => {
    const { alice } = notebook.recall('players');
    const reason = `refunds are stuck since the checkout release (${new Date().toISOString()})`;
    const command = `/access request orders-db as write for 1h because "${reason}" ticket OPS-4711`;
    const { reply } = await alice.chat.type(INCIDENT_CHANNEL, command);
    hold(reply?.tone === 'waiting', `the command was answered: ${reply?.text}`);
    const message = await waitFor('The card of the request', async () => {
      const messages = await alice.chat.messages(INCIDENT_CHANNEL);
      return messages?.find((candidate) => fieldOf(candidate, 'Reason') === reason) ?? null;
    });
    hold(hasButton(message, 'approve'), 'the card has no button to approve with');
    const requestId = fieldOf(message, 'ID');
    hold(requestId !== null, 'the card does not name the request');
    notebook.note('requestId', requestId);
    notebook.note('requestMessageId', message.id);
    return `#${INCIDENT_CHANNEL}: ${message.card?.title}. ${message.card?.status}`;
  },
};
