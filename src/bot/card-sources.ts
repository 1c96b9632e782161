/** For each thing that has a card: how it is rendered from the stored state, and where it belongs. */
import { readAlert } from '../access/alerts/raise-alert.ts';
import { chatHold } from '../access/chat-hold.ts';
import type { AccessContext } from '../access/context.ts';
import { readDelegation } from '../access/delegation-views.ts';
import { readFreezeEpisode } from '../access/freeze.ts';
import { readIncident } from '../access/incidents/incidents.ts';
import { readChatAccountChange } from '../access/linking/unlink.ts';
import type { CardSubject } from '../access/ports.ts';
import { readGrant, readRequest, readSession } from '../access/read-access.ts';
import { readHold } from '../access/read-holds.ts';
import { readPolicyChange } from '../access/read-policy-changes.ts';
import { readReview, readReviewReminder } from '../access/reviews.ts';
import type { RequestView } from '../access/views.ts';
import type { Card } from './card.ts';
import {
  type CardPlace,
  type CardTarget,
  inAlerts,
  inApprovals,
  inApprovalsAndAudit,
  inThreadsOf,
  nextToItsRequest,
  placesOfAccountChange,
  placesOfIncident,
  placesOfQuestion,
  placesOfRequest,
  placesOfReview,
  privatelyTo,
} from './card-places.ts';
import { alertCard } from './cards/alert-card.ts';
import { chatAccountChangeCard } from './cards/chat-account-cards.ts';
import { delegationCard } from './cards/delegations-card.ts';
import { freezeCard } from './cards/freeze-card.ts';
import { grantCard } from './cards/grant-card.ts';
import { holdCard } from './cards/hold-card.ts';
import { incidentCard } from './cards/incident-cards.ts';
import { policyChangeCard } from './cards/policy-change-card.ts';
import { reviewCard } from './cards/review-card.ts';
import { sessionCard } from './cards/session-card.ts';
import { closingCard, escalationCard, reminderCard, reviewReminderCard } from './cards/thread-cards.ts';
import type { ChatPlatform } from './platform.ts';
import { renderRequest } from './render-request.ts';

export type { CardPlace, CardTarget } from './card-places.ts';

export interface RenderedSubject {
  readonly card: Card;
  /** The subject whose card has to be there before this one, because this one goes into its thread. */
  readonly follows: CardTarget | null;
  /** Where first copies go; none when this platform has no place for it. Asked after `follows` was posted. */
  readonly placesOn: (platform: ChatPlatform) => Promise<readonly CardPlace[]>;
  /** A copy that is missing in one of its places is posted there, although there are others. */
  readonly everywhere: boolean;
  /** Somebody waits for it by the minute: its cards say how much time is left. */
  readonly countsDown?: boolean;
}

type CardSource = (access: AccessContext, id: string) => Promise<RenderedSubject>;

/** Each throws AppError `not_found` for an unknown id. */
export const CARD_SOURCES: Readonly<Record<CardSubject, CardSource>> = {
  request: async (access, id) => {
    const request = await readRequest(access, { id });
    return {
      card: await renderRequest(access, request),
      follows: null,
      placesOn: (platform) => placesOfRequest(access, { request, platform }),
      everywhere: request.kind === 'break-glass' || request.consent?.given === false,
    };
  },
  reminder: inThreadOfRequest(reminderCard),
  escalation: inThreadOfRequest(escalationCard),
  closing: async (access, id) => {
    const request = await readRequest(access, { id });
    const { requester, beneficiary } = request;
    const asked = requester.id === beneficiary.id ? [requester] : [requester, beneficiary];
    return {
      card: closingCard(request, access.settings),
      follows: null,
      placesOn: (platform) => privatelyTo(platform, asked),
      everywhere: true,
    };
  },
  delegation: async (access, id) => {
    const delegation = await readDelegation(access, { id });
    return {
      card: delegationCard(delegation),
      follows: null,
      placesOn: (platform) => privatelyTo(platform, [delegation.to, delegation.from]),
      everywhere: delegation.endedAt === null,
    };
  },
  grant: async (access, id) => {
    const grant = await readGrant(access, { id });
    return {
      card: grantCard(grant),
      follows: null,
      placesOn: (platform) => privatelyTo(platform, [grant.holder]),
      everywhere: false,
    };
  },
  session: async (access, id) => {
    const session = await readSession(access, { id, viewer: null });
    return {
      card: sessionCard(session, access.settings),
      follows: { subject: 'request', id: session.requestId },
      placesOn: (platform) => nextToItsRequest(access, { session, platform }),
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
      countsDown: hold.state === 'held',
    };
  },
  review: async (access, id) => {
    const review = await readReview(access, { id, viewer: null });
    return {
      card: reviewCard(review, access.settings),
      // What was taken is told before who has to look at it.
      follows: { subject: 'request', id: review.requestId },
      placesOn: (platform) => placesOfReview(access, { review, platform }),
      everywhere: review.state === 'pending',
    };
  },
  'review-reminder': async (access, id) => {
    const reminder = await readReviewReminder(access, { id });
    const about = { subject: 'review', id: reminder.review.id } as const;
    return {
      card: reviewReminderCard(reminder, access.settings),
      follows: about,
      placesOn: (platform) => inThreadsOf(access, { about, platform }),
      everywhere: false,
    };
  },
  'policy-change': async (access, id) => {
    const change = await readPolicyChange(access, { id, viewer: null });
    return {
      card: policyChangeCard(change, access.settings),
      follows: null,
      placesOn: (platform) => inApprovals(access, platform),
      everywhere: false,
    };
  },
  'chat-account-change': async (access, id) => {
    const change = await readChatAccountChange(access, { id });
    return {
      card: chatAccountChangeCard(change),
      follows: null,
      placesOn: (platform) => placesOfAccountChange(change, platform),
      everywhere: true,
    };
  },
  incident: async (access, id) => {
    const incident = await readIncident(access, { id });
    return {
      card: incidentCard(incident),
      follows: null,
      placesOn: (platform) => placesOfIncident(access, { incident, platform }),
      everywhere: false,
    };
  },
  alert: async (access, id) => {
    const alert = await readAlert(access, { id });
    return {
      card: alertCard(alert, access.settings),
      follows: null,
      placesOn: (platform) => inAlerts(access, platform),
      everywhere: false,
    };
  },
  freeze: async (access, id) => {
    const freeze = await readFreezeEpisode(access, { id });
    return {
      card: freezeCard(freeze),
      follows: null,
      placesOn: (platform) => inApprovalsAndAudit(access, platform),
      everywhere: freeze.lifted === null,
    };
  },
};

/** Something that is said under a request's card. */
function inThreadOfRequest(
  render: (request: RequestView, options: { readonly publicUrl: string }) => Card,
): CardSource {
  return async (access, id) => {
    const request = await readRequest(access, { id });
    const about = { subject: 'request', id } as const;
    return {
      card: render(request, access.settings),
      follows: about,
      placesOn: (platform) => inThreadsOf(access, { about, platform }),
      everywhere: false,
    };
  };
}
