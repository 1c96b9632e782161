/** The incidents that a request can be about. */
import { AppError } from '../../core/errors.ts';
import { isOpenIncident, listOpenIncidents } from '../../store/operations/incidents.ts';
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

/**
 * For a name that somebody has chosen: it may have been closed since it was offered.
 * @throws AppError `invalid_input`
 */
export async function requireOpenIncident(
  context: Pick<AccessContext, 'store'>,
  input: { name: string },
): Promise<void> {
  if (await isOpenIncident(context.store.read(), input)) return;
  const name = input.name.slice(0, 60);
  throw new AppError('invalid_input', `"${name}" is not an open incident. Choose another, or none.`);
}
