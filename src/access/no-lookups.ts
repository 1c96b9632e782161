/** What stands where nothing is configured to be asked: nobody is known to be on call, and no ticket is good. */
import type { OnCallSource, TicketSource } from './ports.ts';

export const NO_ON_CALL: OnCallSource = {
  whoIsOnCall: async () => ({ people: [], asOf: null, problem: 'nothing is configured to be asked' }),
};

export const NO_TICKETS: TicketSource = {
  look: async () => ({ good: false, reason: 'nothing is configured to be asked about tickets' }),
};
