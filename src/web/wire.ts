/** The JSON of `/api/v1` that the pages and the command line read. Types only; dates are ISO 8601 text. */

import type { FreezeView } from '../access/freeze.ts';
import type { IncidentsPage } from '../access/incidents/list-incidents.ts';
import type { IncidentTimeline } from '../access/incidents/timeline.ts';
import type { PolicyChangeView } from '../access/policy-change-views.ts';
import type { RecordingStanding } from '../access/recordings/standing.ts';
import type { ReviewView } from '../access/review-views.ts';
import type { SearchHit } from '../access/search/search-sessions.ts';
import type { DelegationView, GrantView, HoldView, RequestView, SessionView } from '../access/views.ts';

/** A view as it arrives in JSON: dates have become text. */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Wire<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Wire<T[Key]> }
      : T;

export type WireRequest = Wire<RequestView>;
export type WireGrant = Wire<GrantView>;
export type WireHold = Wire<HoldView>;
export type WireReview = Wire<ReviewView>;
export type WirePolicyChange = Wire<PolicyChangeView>;
/** GET /api/v1/incidents/:name/timeline */
export type WireIncidentTimeline = Wire<IncidentTimeline>;
/** GET /api/v1/incidents */
export type WireIncidentsPage = Wire<IncidentsPage>;
export type WireDelegation = Wire<DelegationView>;
/** GET /api/v1/freeze */
export type WireFreeze = Wire<FreezeView>;
/** `live`: not ended. `may` says what the viewer may do, so that no page guesses. */
export type WireSession = Wire<SessionView> & {
  /** Of one session that is asked for by its id. */
  readonly recording?: Wire<RecordingStanding>;
  readonly live: boolean;
  readonly may: { readonly terminate: boolean };
};

/** GET /api/v1/sessions: with what was found in it. */
export type WireFoundSession = WireSession & {
  readonly hitCount: number;
  readonly isHitCountAtLeast: boolean;
  readonly hits: readonly WireSearchHit[];
};
export type WireSearchHit = Wire<SearchHit>;

/** GET /api/v1/sessions/:id/live: what its events carry. */
export type { LivePart as WireLivePart } from '../recording/live/part.ts';
/** GET /api/v1/sessions/:id/timeline */
export type { Timeline, TimelineEntry, TimelineFile, TimelineHold } from '../recording/timeline.ts';
/** `event: beat`, every second. */
export interface WireBeat {
  /** All that is recorded has been told. */
  readonly caughtUp: boolean;
  /** From recording to telling, of what was told last. */
  readonly delayMs: number | null;
}
export interface WireWatchEnd {
  readonly because:
    | 'session-ended'
    | 'not-visible'
    | 'signed-out'
    | 'too-slow'
    | 'unconfirmed'
    | 'failed'
    | 'lifetime'
    | 'stopping';
  readonly message: string;
}
/** These events of the recording are left out. */
export interface WireGap {
  readonly from: number;
  readonly to: number;
}

/** GET /api/v1/me */
export interface Me {
  readonly id: string;
  readonly kind: 'person' | 'workload';
  readonly name: string;
  readonly email: string;
  readonly groups: readonly string[];
}

/** application/problem+json (RFC 9457). `code` is stable. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  /** Where to go on: for `step_up_required` the page that casts the vote after a fresh sign-in. */
  readonly url?: string;
}
