/** The two things every use case writes beside its own rows, in the same transaction. */

import type { Database } from '../store/open-store.ts';
import { appendEvents } from '../store/operations/append-event.ts';
import { insertOutboxEntries } from '../store/operations/outbox.ts';
import type { CardSubject, KeyChange } from './ports.ts';

/** Kinds of audit events. */
export type EventType =
  | 'request.created'
  | 'request.approved'
  | 'request.denied'
  | 'request.cancelled'
  | 'request.expired'
  | 'request.consented'
  | 'request.commented'
  | 'request.reminded'
  | 'request.escalated'
  | 'request.tightened'
  | 'vote.cast'
  | 'vote.refused'
  | 'vote.step-up-asked'
  | 'delegation.offered'
  | 'delegation.begun'
  | 'delegation.ended'
  | 'delegation.refused'
  | 'grant.created'
  | 'grant.issued'
  | 'grant.issue-failed'
  | 'grant.extended'
  | 'grant.revealed'
  | 'grant.expired'
  | 'grant.revoked'
  | 'grant.done'
  | 'grant.revocation-refused'
  | 'grants.revocation-asked'
  | 'grants.revocation-refused'
  | 'connection.refused'
  | 'session.started'
  | 'session.stopped'
  | 'session.commands-denied'
  | 'session.ended'
  | 'session.sealed'
  | 'sessions.reindexed'
  | 'session.watched'
  | 'session.terminate-asked'
  | 'session.terminate-refused'
  | 'recording.hold-placed'
  | 'recording.hold-released'
  | 'recording.hold-refused'
  | 'recording.deleted'
  | 'hold.created'
  | 'hold.approved'
  | 'hold.denied'
  | 'hold.expired'
  | 'hold.withdrawn'
  | 'freeze.begun'
  | 'freeze.lifted'
  | 'freeze.refused'
  | 'root-key.rotated'
  | 'signing-key.rotated'
  | 'keyring.refused'
  | 'break-glass.taken'
  | 'break-glass.refused'
  | 'review.opened'
  | 'review.due'
  | 'review.reminded'
  | 'review.justified'
  | 'review.unjustified'
  | 'chat-account.link-opened'
  | 'chat-account.link-refused'
  | 'chat-account.linked'
  | 'chat-account.unlinked'
  | 'ssh-key.registered'
  | 'ssh-key.removed'
  | 'incident.opened'
  | 'incident.closed'
  | 'document.asked'
  | 'report.made'
  | 'ephemeral-role.made'
  | 'ephemeral-role.dropped'
  | 'ephemeral-role.drop-failed'
  | 'policy.proposed'
  | 'policy.refused'
  | 'job.gave-up'
  | 'job.retried'
  | 'job.discarded'
  | 'job.refused'
  | 'sink.paused'
  | 'sink.resumed'
  | 'sink.retried'
  | 'sink.discarded'
  | 'sink.tested'
  | 'sink.refused'
  | 'drill.began'
  | 'drill.ended'
  | 'drill.refused'
  | 'verification.failed'
  | 'audit.head-posted'
  | 'policy.applied'
  | 'policy.denied'
  | 'policy.cancelled'
  | 'policy.expired'
  | 'policy.superseded';

export interface AuditEvent {
  readonly at: Date;
  readonly type: EventType;
  /** Null when the system itself acts (an expiry, say). */
  readonly actorId: string | null;
  readonly subject: string;
  readonly data?: Record<string, string | number | boolean | null | readonly string[]>;
}

export async function recordEvent(db: Database, event: AuditEvent): Promise<void> {
  await recordEvents(db, [event]);
}

/** Many at once, in this order. */
export async function recordEvents(db: Database, events: readonly AuditEvent[]): Promise<void> {
  await appendEvents(
    db,
    events.map((event) => ({ ...event, data: { ...event.data } })),
  );
}

/** Jobs that use cases ask for. Their payload is ids: the job reads the state again. */
export type JobRequest =
  | { readonly job: 'sync-card'; readonly payload: { readonly subject: CardSubject; readonly id: string } }
  | { readonly job: 'open-incident'; readonly payload: { readonly incidentId: string } }
  | { readonly job: 'close-incident'; readonly payload: { readonly incidentId: string } }
  | {
      readonly job: 'tell-key-change';
      readonly payload: { readonly keyId: string; readonly change: KeyChange };
    }
  | { readonly job: 'post-document'; readonly payload: { readonly documentId: string } }
  | { readonly job: 'issue-grant'; readonly payload: { readonly grantId: string } }
  | { readonly job: 'drop-ephemeral-role'; readonly payload: { readonly grantId: string } }
  | { readonly job: 'extend-ephemeral-role'; readonly payload: { readonly grantId: string } }
  | { readonly job: 'remind-review'; readonly payload: { readonly reviewId: string } }
  | { readonly job: 'expire-grant'; readonly payload: { readonly grantId: string } }
  | { readonly job: 'remind-request'; readonly payload: { readonly requestId: string } }
  | { readonly job: 'escalate-request'; readonly payload: { readonly requestId: string } }
  | { readonly job: 'expire-request'; readonly payload: { readonly requestId: string } }
  | { readonly job: 'expire-hold'; readonly payload: { readonly holdId: string } }
  | { readonly job: 'expire-policy-change'; readonly payload: { readonly changeId: string } }
  | { readonly job: 'weigh-policy-change'; readonly payload: { readonly changeId: string } };

/** Asks for a job, at once or at `runAt`. It reaches the queue after the commit. */
export async function askForJob(
  db: Database,
  request: JobRequest,
  when: { now: Date; runAt?: Date },
): Promise<void> {
  await askForJobs(db, [request], when);
}

/** Many at once. */
export async function askForJobs(
  db: Database,
  requests: readonly JobRequest[],
  { now, runAt = now }: { now: Date; runAt?: Date },
): Promise<void> {
  await insertOutboxEntries(
    db,
    requests.map(({ job, payload }) => ({ job, payload: { ...payload }, runAt, now })),
  );
}
