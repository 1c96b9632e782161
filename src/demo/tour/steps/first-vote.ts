import { INCIDENT_CHANNEL } from '../../sample-policy.ts';
import { readTourRequest } from '../read-request.ts';
import { hold, type Step } from '../step.ts';

export const FIRST_VOTE: Step = {
  name: 'first vote',
  run: async (tour) => {
    const { bob } = tour.notebook.recall('players');
    const subject = tour.notebook.recall('requestId');
    const { reply } = await bob.chat.click(INCIDENT_CHANNEL, { action: 'approve', subject });
    const request = await readTourRequest(tour);
    hold(request.votes.length === 1, `Bob's vote did not count: ${reply?.text}`);
    hold(request.state === 'pending', `one of two votes made it ${request.state}`);
    return `Bob (sre) approved; it is still pending: ${reply?.text}`;
  },
};
