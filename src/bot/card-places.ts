/** Where cards go: channels and threads of one platform. */
import { listCardCopies } from '../access/card-copies.ts';
import type { AccessContext } from '../access/context.ts';
import type { IncidentView } from '../access/incidents/incidents.ts';
import type { ChatAccountChangeView } from '../access/linking/unlink.ts';
import type { ReviewView } from '../access/review-views.ts';
import { listReviewers } from '../access/reviews.ts';
import type { HoldView, PartyView, RequestView, SessionView } from '../access/views.ts';
import { listWhoConsents } from '../access/who-consents.ts';
import { AppError } from '../core/errors.ts';
import type { CardOf, ChatPlatform } from './platform.ts';

export type CardTarget = CardOf;

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
  return channel === null ? inApprovals(access, options.platform) : [{ channel, threadRef: null }];
}

/** Also whoever has to consent, privately; what was taken in an emergency is told to everybody. */
export async function placesOfRequest(
  access: AccessContext,
  options: { readonly request: RequestView; readonly platform: ChatPlatform },
): Promise<readonly CardPlace[]> {
  const { request, platform } = options;
  const places = await placesOfQuestion(access, { about: request, platform });
  if (request.kind === 'break-glass') {
    return distinct([...places, ...(await inApprovalsAndAudit(access, platform))]);
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

/** Where everybody hears of it: of a freeze, of access that was taken in an emergency. */
export async function inApprovalsAndAudit(
  access: AccessContext,
  platform: ChatPlatform,
): Promise<readonly CardPlace[]> {
  return distinct([...(await inApprovals(access, platform)), ...(await inAudit(access, platform))]);
}

export async function inApprovals(
  access: AccessContext,
  platform: ChatPlatform,
): Promise<readonly CardPlace[]> {
  const { approvals, audit } = access.policy.current().document.chat;
  return firstThereIs(platform, [approvals, audit]);
}

/** Where sessions of no channel are told of, and the log's own heads. */
export async function inAudit(access: AccessContext, platform: ChatPlatform): Promise<readonly CardPlace[]> {
  const { approvals, audit } = access.policy.current().document.chat;
  return firstThereIs(platform, [audit, approvals]);
}

/** The channel for alerts, else the one for what belongs to no incident. */
export async function inAlerts(access: AccessContext, platform: ChatPlatform): Promise<readonly CardPlace[]> {
  const { alerts, chat } = access.policy.current().document;
  const named = alerts?.channel === undefined ? [] : [alerts.channel];
  return firstThereIs(platform, [...named, chat.audit, chat.approvals]);
}

/** @throws AppError `unavailable` when there is none: a card that nobody sees is told to the operator */
async function firstThereIs(platform: ChatPlatform, names: readonly string[]): Promise<readonly CardPlace[]> {
  for (const name of names) {
    const channel = await platform.resolveChannel(name);
    if (channel !== null) return [{ channel, threadRef: null }];
  }
  const sought = [...new Set(names)].map((name) => `#${name}`).join(' or ');
  throw new AppError('unavailable', `There is no channel ${sought} on ${platform.name}.`);
}

/** Between Sallyport and each of these people, as far as the platform knows them. */
export async function privatelyTo(
  platform: ChatPlatform,
  people: readonly PartyView[],
): Promise<readonly CardPlace[]> {
  const channels = await Promise.all(people.map(({ id }) => platform.privateChannelOf(id)));
  return channels.flatMap((channel) => (channel === null ? [] : [{ channel, threadRef: null }]));
}

/** In its own channel, and where access is asked for, so that people find it. */
export async function placesOfIncident(
  access: AccessContext,
  { incident, platform }: { readonly incident: IncidentView; readonly platform: ChatPlatform },
): Promise<readonly CardPlace[]> {
  if (incident.channel === null || incident.platform !== platform.name) return [];
  const own = { channel: incident.channel, threadRef: null };
  return distinct([own, ...(await inApprovals(access, platform))]);
}

/** Privately to the account itself, to whose it is and to whose it was: to both ends of every link. */
export async function placesOfAccountChange(
  { account, person, previous }: ChatAccountChangeView,
  platform: ChatPlatform,
): Promise<readonly CardPlace[]> {
  const people = previous === null ? [person] : [person, previous];
  const itself =
    platform.name === account.platform ? ((await platform.privateChannelOfAccount?.(account)) ?? null) : null;
  const own = itself === null ? [] : [{ channel: itself, threadRef: null }];
  return distinct([...own, ...(await privatelyTo(platform, people))]);
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
  if (home === null) return inAudit(access, platform);
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
  const made = origin?.platform === platform.name ? await platform.resolveChannel(origin.channel) : null;
  if (made !== null || incident === null) return made;
  return platform.resolveChannel(incident);
}

function distinct(places: readonly CardPlace[]): readonly CardPlace[] {
  return places.filter(
    (place, index) => places.findIndex(({ channel }) => channel === place.channel) === index,
  );
}
