import { CardCopyRow } from '../entities/chat.ts';
import type { Database } from '../open-store.ts';

export interface CardCopyKey {
  readonly subject: CardCopyRow['subject'];
  readonly subjectId: string;
}

export interface CardCopy extends CardCopyKey {
  readonly platform: string;
  readonly channel: string;
  readonly ref: string;
  readonly threadRef: string | null;
  readonly renderedSha256: string;
}

/** Every place where the subject's card has been posted. */
export async function listCardCopies(db: Database, key: CardCopyKey): Promise<readonly CardCopy[]> {
  const rows = await db.find(
    CardCopyRow,
    { subject: key.subject, subjectId: key.subjectId },
    { disableIdentityMap: true },
  );
  return rows.map((row) => ({
    subject: row.subject,
    subjectId: row.subjectId,
    platform: row.platform,
    channel: row.channel,
    ref: row.ref,
    threadRef: row.threadRef ?? null,
    renderedSha256: row.renderedSha256,
  }));
}

export async function saveCardCopy(
  db: Database,
  copy: CardCopy & { readonly currentAt: Date },
): Promise<void> {
  await db.upsert(CardCopyRow, copy, { onConflictFields: ['subject', 'subjectId', 'platform', 'channel'] });
}

/** A change this recent is still being posted by its own job. */
const SETTLED_AFTER_SECONDS = 5;
/** Older than this, a card that is behind is not worth posting any more. */
const WORTH_POSTING_HOURS = 24;

/**
 * Subjects that changed after the last time their card was known to be current, or whose card was
 * never posted; and sessions that live, since their counts move.
 */
export async function listCardsBehind(
  db: Database,
  options: { now: Date; limit: number },
): Promise<readonly { subject: CardCopyRow['subject']; id: string }[]> {
  const now = options.now.toISOString();
  return db.execute<{ subject: CardCopyRow['subject']; id: string }[]>(
    `with subject as (
       select 'request' as kind, r.id,
              greatest(r.created_at, r.decided_at, g.ended_at,
                       (select max(v.created_at) from vote v where v.request_id = r.id)) as changed_at
         from access_request r left join access_grant g on g.request_id = r.id
       union all
       select 'grant', id, greatest(created_at, ended_at) from access_grant where state <> 'issuing'
       union all
       select 'session', id, greatest(started_at, ended_at) from session
       union all
       select 'hold', h.id, greatest(h.created_at, h.decided_at,
                                     (select max(v.created_at) from hold_vote v where v.hold_id = h.id))
         from hold h)
     select s.kind as subject, s.id from subject s
      where s.changed_at between ?::timestamptz - make_interval(hours => ?) and ?::timestamptz - make_interval(secs => ?)
        and not exists (select 1 from card_copy k
                         where k.subject = s.kind and k.subject_id = s.id and k.current_at >= s.changed_at)
     union select 'session', id from session where ended_at is null
     limit ?`,
    [now, WORTH_POSTING_HOURS, now, SETTLED_AFTER_SECONDS, options.limit],
  );
}
