import type { AccessContext } from '../access/context.ts';
import { readFreeze } from '../access/freeze.ts';
import type { RequestView } from '../access/views.ts';
import { whoIsOnCallForSeats } from '../access/who-is-on-call.ts';
import type { Card } from './card.ts';
import { requestCard } from './cards/request-card.ts';

/** A request's card as things stand: while it waits, a freeze and who is on call for it are part of that. */
export async function renderRequest(access: AccessContext, request: RequestView): Promise<Card> {
  const { publicUrl } = access.settings;
  if (request.state !== 'pending') return requestCard(request, { publicUrl, freeze: null, onCall: [] });
  const freeze = await readFreeze(access);
  const onCall = await whoIsOnCallForSeats(access, { seats: request.seats });
  return requestCard(request, { publicUrl, freeze: freeze.frozen ? freeze : null, onCall });
}
