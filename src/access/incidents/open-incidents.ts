/** The incidents that a request can be about. */
import { listOpenIncidents } from '../../store/operations/incidents.ts';
import type { AccessContext } from '../context.ts';

/** As many as a list shows on any platform. */
const INCIDENTS_MAX = 90;

export interface IncidentName {
  /** That of its channel: what requests carry. */
  readonly name: string;
  readonly title: string;
}

/** Open ones whose channel is there, on whichever platform, the newest first. */
export async function openIncidents(context: Pick<AccessContext, 'store'>): Promise<readonly IncidentName[]> {
  const rows = await listOpenIncidents(context.store.read(), { limit: INCIDENTS_MAX });
  return rows.map(({ name, title }) => ({ name, title }));
}
