import { CardCopyRow } from '../entities/chat.ts';
import type { Database } from '../open-store.ts';
import { rowReader } from '../read-rows.ts';

const readCopies = rowReader(CardCopyRow, { alias: 'k', with: [] });

export interface CardCopy {
  readonly subject: CardCopyRow['subject'];
  readonly subjectId: string;
  readonly platform: string;
  readonly channel: string;
  readonly ref: string;
  readonly threadRef: string | null;
  readonly renderedSha256: string;
}

/** Every place where the cards of these subjects of one kind have been posted. */
export async function listCardCopies(
  db: Database,
  of: { readonly subject: CardCopyRow['subject']; readonly subjectIds: readonly string[] },
): Promise<readonly CardCopy[]> {
  const rows = await readCopies(db, {
    where: 'k.subject = ? and k.subject_id in (select jsonb_array_elements_text(?::jsonb))',
    values: [of.subject, JSON.stringify(of.subjectIds)],
  });
  return rows.map(copyOf);
}

/** The card that one message shows, or null for a message without one of ours. */
export async function findCardCopy(
  db: Database,
  of: { readonly platform: string; readonly channel: string; readonly refs: readonly string[] },
): Promise<CardCopy | null> {
  const [row] = await readCopies(db, {
    where: 'k.platform = ? and k.channel = ? and k.ref in (select jsonb_array_elements_text(?::jsonb))',
    values: [of.platform, of.channel, JSON.stringify(of.refs)],
  });
  return row === undefined ? null : copyOf(row);
}

function copyOf(row: CardCopyRow): CardCopy {
  const { subject, subjectId, platform, channel, ref, renderedSha256 } = row;
  return { subject, subjectId, platform, channel, ref, threadRef: row.threadRef ?? null, renderedSha256 };
}

export async function saveCardCopies(
  db: Database,
  copies: readonly (CardCopy & { readonly currentAt: Date })[],
): Promise<void> {
  if (copies.length === 0) return;
  await db.execute(
    `insert into card_copy (subject, subject_id, platform, channel, ref, thread_ref, rendered_sha256, current_at)
     select subject, "subjectId", platform, channel, ref, "threadRef", "renderedSha256", "currentAt"
       from jsonb_to_recordset(?::jsonb)
            as (subject text, "subjectId" text, platform text, channel text, ref text, "threadRef" text,
                "renderedSha256" text, "currentAt" timestamptz)
         on conflict (subject, subject_id, platform, channel) do update
        set ref = excluded.ref, thread_ref = excluded.thread_ref,
            rendered_sha256 = excluded.rendered_sha256, current_at = excluded.current_at`,
    [JSON.stringify(copies)],
  );
}

/** Remembers that these copies were found to be current. One that shows something else by now is left alone. */
export async function confirmCardCopies(
  db: Database,
  options: { readonly copies: readonly CardCopy[]; readonly currentAt: Date },
): Promise<void> {
  if (options.copies.length === 0) return;
  await db.execute(
    `update card_copy k set current_at = greatest(k.current_at, ?)
       from jsonb_to_recordset(?::jsonb) as seen
            (subject text, "subjectId" text, platform text, channel text, "renderedSha256" text)
      where k.subject = seen.subject and k.subject_id = seen."subjectId" and k.platform = seen.platform
        and k.channel = seen.channel and k.rendered_sha256 = seen."renderedSha256"`,
    [options.currentAt, JSON.stringify(options.copies)],
  );
}

/** Live sessions whose card was last known to be current before `before`, the longest ago first. */
export async function listSessionsToShow(
  db: Database,
  options: { readonly before: Date; readonly limit: number },
): Promise<readonly string[]> {
  const rows = await db.execute<{ id: string }[]>(
    `select s.id from session s join card_copy k on k.subject = 'session' and k.subject_id = s.id
      where s.ended_at is null and k.current_at < ?
      group by s.id order by min(k.current_at), s.id limit ?`,
    [options.before, options.limit],
  );
  return rows.map((row) => row.id);
}

/** A change this recent is still being posted by its own job. */
const SETTLED_AFTER_SECONDS = 5;
/** Older than this, a card that is behind is not worth posting any more. */
const WORTH_POSTING_HOURS = 24;

/**
 * Subjects that changed after the last time their card was known to be current, or whose card was
 * never posted. The counts of live sessions are not among the changes: see `listSessionsToShow`.
 *
 * Whatever can have changed lately is found by index first, so that the cost does not grow with what is long over.
 * Votes, consents, reminders and escalations come only while something waits.
 */
export async function listCardsBehind(
  db: Database,
  options: { now: Date; limit: number },
): Promise<readonly { subject: CardCopyRow['subject']; id: string }[]> {
  const now = options.now.toISOString();
  return db.execute<{ subject: CardCopyRow['subject']; id: string }[]>(CARDS_BEHIND, [
    now,
    WORTH_POSTING_HOURS,
    now,
    SETTLED_AFTER_SECONDS,
    options.limit,
  ]);
}

const CARDS_BEHIND = `
  with bounds as materialized (
    select ?::timestamptz - make_interval(hours => ?) as since, ?::timestamptz - make_interval(secs => ?) as until
  ), touched_request as (
    select id from access_request where state = 'pending'
    union select id from access_request where created_at >= (select since from bounds)
    union select id from access_request where decided_at >= (select since from bounds)
    union select request_id from access_grant where ended_at >= (select since from bounds)
    union select request_id from request_comment where created_at >= (select since from bounds)
    union select g.request_id from review w join access_grant g on g.id = w.grant_id
           where w.decided_at >= (select since from bounds)
  ), touched_grant as (
    select id from access_grant where created_at >= (select since from bounds)
    union select id from access_grant where ended_at >= (select since from bounds)
    union select id from access_grant where issue_problem_at >= (select since from bounds)
    union select extends_id from access_request
           where extends_id is not null and decided_at >= (select since from bounds)
  ), touched_hold as (
    select id from hold where state = 'held'
    union select id from hold where created_at >= (select since from bounds)
    union select id from hold where decided_at >= (select since from bounds)
  ), touched_session as (
    select id from session where started_at >= (select since from bounds)
    union select id from session where ended_at >= (select since from bounds)
  ), subject as (
    select 'request' as kind, r.id,
           greatest(r.created_at, r.decided_at, r.consented_at, r.reminded_at, r.escalated_at, r.tightened_at, g.ended_at,
                    case when r.state = 'pending' then (select greatest(frozen_at, lifted_at) from "freeze") end,
                    (select max(v.created_at) from vote v where v.request_id = r.id),
                    (select max(c.created_at) from request_comment c where c.request_id = r.id),
                    (select w.decided_at from review w where w.grant_id = g.id)) as changed_at
      from touched_request join access_request r using (id) left join access_grant g on g.request_id = r.id
    union all
    select 'reminder', id, reminded_at from access_request where reminded_at >= (select since from bounds)
    union all
    select 'escalation', id, escalated_at from access_request where escalated_at >= (select since from bounds)
    union all
    select 'closing', id, decided_at from access_request
     where closed_because is not null and decided_at >= (select since from bounds)
    union all
    select 'delegation', id, greatest(created_at, accepted_at, ended_at) from delegation
    union all
    select 'grant', g.id,
           greatest(g.created_at, g.ended_at, g.issue_problem_at,
                    (select max(e.decided_at) from access_request e where e.extends_id = g.id and e.state = 'approved'))
      from touched_grant join access_grant g using (id)
     where g.state <> 'issuing' or g.issue_problem is not null
    union all
    select 'session', s.id, greatest(s.started_at, s.ended_at) from touched_session join session s using (id)
    union all
    select 'hold', h.id, greatest(h.created_at, h.decided_at,
                                  (select max(v.created_at) from hold_vote v where v.hold_id = h.id))
      from touched_hold join hold h using (id)
    union all
    select 'review', w.id, greatest(w.created_at, w.decided_at, w.reminded_at, g.ended_at,
                                    (select max(v.created_at) from review_vote v where v.review_id = w.id))
      from review w join access_grant g on g.id = w.grant_id
    union all
    select 'review-reminder', id || '.' || reminders, reminded_at from review where reminders > 0
    union all
    select 'freeze', 'freeze-' || (extract(epoch from frozen_at) * 1000)::bigint, frozen_at
      from "freeze" where frozen_at is not null
    union all
    select 'freeze', lifted_id, lifted_at from "freeze" where lifted_at is not null
    union all
    select 'chat-account-change', id, at from chat_account_change where at >= (select since from bounds)
    union all
    select 'incident', id, greatest(opened_at, closed_at) from incident
     where channel is not null and greatest(opened_at, closed_at) >= (select since from bounds)
    union all
    select 'alert', id, refresh_at from alert where refresh_at >= (select since from bounds)
    union all
    select 'policy-change', p.id,
           greatest(p.created_at, p.decided_at, p.impact_at,
                    (select max(v.created_at) from policy_change_vote v where v.change_id = p.id))
      from policy_change p where jsonb_array_length(p.seats) > 0
  )
  select s.kind as subject, s.id from subject s, bounds b
   where s.changed_at between b.since and b.until
     and not exists (select 1 from card_copy k
                      where k.subject = s.kind and k.subject_id = s.id and k.current_at >= s.changed_at)
   limit ?`;
