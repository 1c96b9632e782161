/** Where an act was made, as a request keeps it. Nothing that is asked for in private is shown from there. */
import { incidentOfChannel } from '../../core/channel-globs.ts';
import type { Origin } from '../../core/request.ts';
import type { BotContext } from '../bot-context.ts';
import type { ActPlace } from './act.ts';

export function originOf(place: ActPlace): Origin | null {
  return place.isPrivate ? null : { platform: place.platform, channel: place.channel };
}

/** The incident whose channel it is, or null. */
export function incidentOf({ access }: BotContext, place: ActPlace): string | null {
  if (place.isPrivate) return null;
  return incidentOfChannel(place.channelName, access.policy.current().document.incidents.channels);
}
