import { z } from 'zod';
import { incidentsToOpen, incidentsToSettle } from '../access/incidents/incidents.ts';
import type { JobDefinition } from './job.ts';

const PAYLOAD = z.object({ incidentId: z.string().min(1).max(100) });

/** Makes the channel of an incident. */
export const openIncident: JobDefinition = {
  queue: 'chat',
  overdue: incidentsToOpen,
  run: async ({ errands }, payload) => {
    await errands.openIncident(PAYLOAD.parse(payload).incidentId);
  },
};

/** Does what follows from closing an incident. */
export const closeIncident: JobDefinition = {
  queue: 'chat',
  overdue: incidentsToSettle,
  run: async ({ errands }, payload) => {
    await errands.closeIncident(PAYLOAD.parse(payload).incidentId);
  },
};
