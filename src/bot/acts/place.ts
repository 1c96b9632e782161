/** Where an act was made, as a request keeps it. Nothing that is asked for in private is shown from there. */
import { incidentNameOf } from '../../access/incidents/incidents.ts';
import type { Origin } from '../../core/request.ts';
import type { BotContext } from '../bot-context.ts';
import type { ActPlace } from './act.ts';

/** Null as well for what is about an incident that lives elsewhere: its card goes there. */
export function originOf(
  place: ActPlace,
  incident: { readonly chosen: string | null; readonly here: string | null } = { chosen: null, here: null },
): Origin | null {
  const elsewhere = incident.chosen !== null && incident.chosen !== incident.here;
  return place.isPrivate || elsewhere ? null : { platform: place.platform, channel: place.channel };
}

/** The incident whose channel it is, or null. */
export async function incidentOf({ access }: BotContext, place: ActPlace): Promise<string | null> {
  return place.isPrivate ? null : incidentNameOf(access, place);
}
