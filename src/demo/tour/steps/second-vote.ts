import { INCIDENT_CHANNEL } from '../../sample-policy.ts';
import { readTourRequest } from '../read-request.ts';
import { hold, type Step } from '../step.ts';

export const SECOND_VOTE: Step = {
  name: 'second vote',
  run: async (tour) => {
    const { dana } = tour.notebook.recall('players');
    const subject = tour.notebook.recall('requestId');
    const { reply } = await dana.chat.click(INCIDENT_CHANNEL, { action: 'approve', subject });
    const request = await readTourRequest(tour);
    hold(request.state === 'approved', `after both votes it is ${request.state}: ${reply?.text}`);
    hold(request.grant !== null, 'it is approved without a grant');
    tour.notebook.note('grantId', request.grant.id);
    const approvers = request.grant.approvers.map((approver) => approver.name).join(' and ');
    return `Dana (dba) approved; ${request.grant.id} was granted by ${approvers} until ${request.grant.expiresAt}`;
  },
};
