/** Where an act was made, as a request keeps it. Nothing that is asked for in private is shown from there. */
import { incidentNameOf } from '../../access/incidents/incidents.ts';
import type { Origin } from '../../core/request.ts';
import type { BotContext } from '../bot-context.ts';
import type { ActPlace } from './act.ts';

export function originOf(place: ActPlace): Origin | null {
  return place.isPrivate ? null : { platform: place.platform, channel: place.channel };
}

/** The incident whose channel it is, or null. */
export async function incidentOf({ access }: BotContext, place: ActPlace): Promise<string | null> {
  return place.isPrivate ? null : incidentNameOf(access, place);
}
