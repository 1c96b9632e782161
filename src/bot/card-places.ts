/** Where cards go: channels and threads of one platform. */
import { listCardCopies } from '../access/card-copies.ts';
import type { AccessContext } from '../access/context.ts';
import type { CardSubject } from '../access/ports.ts';
import type { ReviewView } from '../access/review-views.ts';
import { listReviewers } from '../access/reviews.ts';
import type { HoldView, PartyView, RequestView, SessionView } from '../access/views.ts';
import { listWhoConsents } from '../access/who-consents.ts';
import type { ChatPlatform } from './platform.ts';

export interface CardTarget {
  readonly subject: CardSubject;
  readonly id: string;
}

export interface CardPlace {
  readonly channel: string;
  readonly threadRef: string | null;
}

/**
 * Where approvers are asked: the channel that the request was made in, else its incident's, else the one
 * for approvals.
 */
export async function placesOfQuestion(
  access: AccessContext,
  options: { readonly about: RequestView | HoldView | ReviewView; readonly platform: ChatPlatform },
): Promise<readonly CardPlace[]> {
  const channel = await homeChannel(options.about, options.platform);
  // A request made on another platform has its card there; one made nowhere is announced everywhere.
  return channel === null ? inApprovals(access) : [{ channel, threadRef: null }];
}

/** Also whoever has to consent, privately; what was taken in an emergency is told to everybody. */
export async function placesOfRequest(
  access: AccessContext,
  options: { readonly request: RequestView; readonly platform: ChatPlatform },
): Promise<readonly CardPlace[]> {
  const { request, platform } = options;
  const places = await placesOfQuestion(access, { about: request, platform });
  if (request.kind === 'break-glass') {
    return distinct([...places, ...inApprovals(access), ...inAudit(access)]);
  }
  if (request.consent === null || request.consent.given) return places;
  return distinct([...places, ...(await privatelyTo(platform, await listWhoConsents(access, { request })))]);
}

/** Where approvers are asked, and privately to each reviewer. */
export async function placesOfReview(
  access: AccessContext,
  options: { readonly review: ReviewView; readonly platform: ChatPlatform },
): Promise<readonly CardPlace[]> {
  const { review, platform } = options;
  const places = await placesOfQuestion(access, { about: review, platform });
  const reviewers = await listReviewers(access, review);
  return distinct([...places, ...(await privatelyTo(platform, reviewers))]);
}

export function placesOfFreeze(access: AccessContext): readonly CardPlace[] {
  return distinct([...inApprovals(access), ...inAudit(access)]);
}

export function inApprovals(access: AccessContext): readonly CardPlace[] {
  return [{ channel: access.policy.current().document.chat.approvals, threadRef: null }];
}

function inAudit(access: AccessContext): readonly CardPlace[] {
  return [{ channel: access.policy.current().document.chat.audit, threadRef: null }];
}

/** Between Sallyport and each of these people, as far as the platform knows them. */
export async function privatelyTo(
  platform: ChatPlatform,
  people: readonly PartyView[],
): Promise<readonly CardPlace[]> {
  const channels = await Promise.all(people.map(({ id }) => platform.privateChannelOf(id)));
  return channels.flatMap((channel) => (channel === null ? [] : [{ channel, threadRef: null }]));
}

/** Under each copy of another card. */
export async function inThreadsOf(
  access: AccessContext,
  options: { readonly about: CardTarget; readonly platform: ChatPlatform },
): Promise<readonly CardPlace[]> {
  const { about, platform } = options;
  const copies = await listCardCopies(access, { subject: about.subject, ids: [about.id] });
  return copies
    .filter((copy) => copy.platform === platform.name)
    .map(({ channel, ref }) => ({ channel, threadRef: ref }));
}

/** Under its request's card when that stands in a channel of its own; otherwise the audit channel. */
export async function nextToItsRequest(
  access: AccessContext,
  options: { readonly session: SessionView; readonly platform: ChatPlatform },
): Promise<readonly CardPlace[]> {
  const { session, platform } = options;
  const home = await homeChannel(session, platform);
  if (home === null) return inAudit(access);
  const about = { subject: 'request', id: session.requestId } as const;
  const threads = await inThreadsOf(access, { about, platform });
  return [threads.find(({ channel }) => channel === home) ?? { channel: home, threadRef: null }];
}

/** A channel that is gone is no home: the card survives it. */
async function homeChannel(
  from: Pick<RequestView, 'origin' | 'incident'>,
  platform: ChatPlatform,
): Promise<string | null> {
  const { origin, incident } = from;
  if (origin?.platform === platform.name && (await platform.hasChannel(origin.channel)))
    return origin.channel;
  if (incident !== null && (await platform.hasChannel(incident))) return incident;
  return null;
}

function distinct(places: readonly CardPlace[]): readonly CardPlace[] {
  return places.filter(
    (place, index) => places.findIndex(({ channel }) => channel === place.channel) === index,
  );
}
