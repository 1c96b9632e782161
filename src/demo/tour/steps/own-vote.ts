import { INCIDENT_CHANNEL } from '../../sample-policy.ts';
import { readTourRequest } from '../read-request.ts';
import { hold, type Step } from '../step.ts';

export const OWN_VOTE: Step = {
  name: 'own vote',
  run: async (tour) => {
    const { alice } = tour.notebook.recall('players');
    const subject = tour.notebook.recall('requestId');
    const { reply } = await alice.chat.click(INCIDENT_CHANNEL, { action: 'approve', subject });
    const request = await readTourRequest(tour);
    hold(
      request.state === 'pending' && request.votes.length === 1,
      `Alice's vote on her own request counted: it is ${request.state} with ${request.votes.length} votes`,
    );
    hold(reply?.tone === 'bad', `Alice was not told that her vote is refused: ${reply?.text}`);
    return `refused: ${reply.text}`;
  },
};
