/** For each thing that has a card: how it is rendered from the stored state, and where it belongs. */
import { listCardCopies } from '../access/card-copies.ts';
import { chatHold } from '../access/chat-hold.ts';
import type { AccessContext } from '../access/context.ts';
import type { CardSubject } from '../access/ports.ts';
import { readGrant, readRequest, readSession } from '../access/read-access.ts';
import { readHold } from '../access/read-holds.ts';
import type { GrantView, HoldView, RequestView, SessionView } from '../access/views.ts';
import { AppError } from '../core/errors.ts';
import type { Card } from './card.ts';
import { grantCard } from './cards/grant-card.ts';
import { holdCard } from './cards/hold-card.ts';
import { requestCard } from './cards/request-card.ts';
import { sessionCard } from './cards/session-card.ts';
import type { ChatPlatform } from './platform.ts';

export interface CardTarget {
  readonly subject: CardSubject;
  readonly id: string;
}

export interface CardPlace {
  readonly channel: string;
  readonly threadRef: string | null;
}

export interface RenderedSubject {
  readonly card: Card;
  /** The subject whose card has to be there before this one, because this one goes into its thread. */
  readonly follows: CardTarget | null;
  /** Where first copies go; none when this platform has no place for it. */
  readonly placesOn: (platform: ChatPlatform) => Promise<readonly CardPlace[]>;
  /** A copy that is missing in one of its places is posted there, although there are others. */
  readonly everywhere: boolean;
}

/** Each throws AppError `not_found` for an unknown id. */
export const CARD_SOURCES: Readonly<
  Record<CardSubject, (access: AccessContext, id: string) => Promise<RenderedSubject>>
> = {
  request: async (access, id) => {
    const request = await readRequest(access, { id });
    return {
      card: requestCard(request, access.settings),
      follows: null,
      placesOn: (platform) => placesOfQuestion(access, { about: request, platform }),
      everywhere: false,
    };
  },
  grant: async (access, id) => {
    const grant = await readGrant(access, { id });
    return {
      card: grantCard(grant),
      follows: null,
      placesOn: (platform) => placesOfGrant(grant, platform),
      everywhere: false,
    };
  },
  session: async (access, id) => {
    const session = await readSession(access, { id, viewer: null });
    return {
      card: sessionCard(session, access.settings),
      follows: { subject: 'request', id: session.requestId },
      placesOn: (platform) => placesOfSession(access, { session, platform }),
      everywhere: false,
    };
  },
  hold: async (access, id) => {
    const hold = chatHold(access, await readHold(access, { id, viewer: null }));
    return {
      card: holdCard(hold, access.settings),
      follows: null,
      placesOn: (platform) => placesOfQuestion(access, { about: hold, platform }),
      everywhere: false,
    };
  },
  reminder: later,
  escalation: later,
  review: later,
  'review-reminder': later,
  'policy-change': later,
  freeze: later,
};

async function later(_access: AccessContext, id: string): Promise<RenderedSubject> {
  throw new AppError('not_found', `There is no card of ${id} yet.`);
}

/**
 * Where approvers are asked: the channel that the request was made in, else its incident's, else the one
 * for approvals.
 */
async function placesOfQuestion(
  access: AccessContext,
  options: { readonly about: RequestView | HoldView; readonly platform: ChatPlatform },
): Promise<readonly CardPlace[]> {
  const channel = await homeChannel(options.about, options.platform);
  if (channel !== null) return [{ channel, threadRef: null }];
  // A request made on another platform has its card there; one made nowhere is announced everywhere.
  const { chat } = access.policy.current().document;
  return [{ channel: chat.approvals, threadRef: null }];
}

async function placesOfGrant(grant: GrantView, platform: ChatPlatform): Promise<readonly CardPlace[]> {
  const channel = await platform.privateChannelOf(grant.holder.id);
  return channel === null ? [] : [{ channel, threadRef: null }];
}

/** Under its request's card when that stands in a channel of its own; otherwise the audit channel. */
async function placesOfSession(
  access: AccessContext,
  options: { readonly session: SessionView; readonly platform: ChatPlatform },
): Promise<readonly CardPlace[]> {
  const { session, platform } = options;
  const home = await homeChannel(session, platform);
  if (home !== null) {
    const copies = await listCardCopies(access, { subject: 'request', ids: [session.requestId] });
    const copy = copies.find(
      (candidate) => candidate.platform === platform.name && candidate.channel === home,
    );
    return [{ channel: home, threadRef: copy?.ref ?? null }];
  }
  return [{ channel: access.policy.current().document.chat.audit, threadRef: null }];
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
