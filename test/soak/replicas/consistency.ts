/**
 * Whether everything that is stored fits together: requests, votes, grants, sessions, recordings, cards, jobs and
 * the audit log. Each check answers with what does not fit, so that an empty list means that all is well.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { auditReport } from '../../e2e/server/stored-state.ts';
import { recordedMarks, verifyLost } from '../crash-while-recording/lost-sessions.ts';
import type { Replicas } from './replicas.ts';
import type { Told } from './stream.ts';

const QUIET_WITHIN_MS = 60_000;
const POLL_MS = 250;

/** Waits for everything that is still to be done by itself. @throws with what is left when that takes too long */
export async function waitUntilQuiet(replicas: Replicas): Promise<void> {
  const deadline = performance.now() + QUIET_WITHIN_MS;
  for (;;) {
    const [left = {}] = await replicas.query<Record<string, number>>(WORK_LEFT);
    if (Object.values(left).every((count) => count === 0)) return;
    if (performance.now() > deadline) throw new Error(`Work is left over: ${JSON.stringify(left)}`);
    await sleep(POLL_MS);
  }
}

const WORK_LEFT = `
  select (select count(*)::int from outbox where run_at <= now()) as outbox,
         (select count(*)::int from access_grant where state = 'issuing') as issuing,
         (select count(*)::int from session where ended_at is null) as live,
         (select count(*)::int from event where sequence is null) as unchained,
         (select count(*)::int from access_request r
           where not exists (select from card_copy c where c.subject = 'request' and c.subject_id = r.id
                              and c.rendered_sha256 <> '' and c.current_at >= coalesce(r.decided_at, r.created_at)))
         + (select count(*)::int from access_grant g
             where not exists (select from card_copy c where c.subject = 'grant' and c.subject_id = g.id
                                and c.rendered_sha256 <> '' and c.current_at >= coalesce(g.ended_at, g.created_at)))
         + (select count(*)::int from session s
             where not exists (select from card_copy c where c.subject = 'session' and c.subject_id = s.id
                                and c.rendered_sha256 <> '' and c.current_at >= s.ended_at)) as behind`;

/** What does not fit, in words; empty when all is well. */
export async function findInconsistencies(replicas: Replicas, told: Told): Promise<string[]> {
  const found: string[] = [];
  for (const [what, sql] of Object.entries(CONTRADICTIONS)) {
    const rows = await replicas.query<object>(sql);
    found.push(...rows.map((row) => `${what}: ${JSON.stringify(row)}`));
  }
  found.push(...(await brokenPromises(replicas, told)));
  found.push(...(await recordingProblems(replicas)));
  const report = await auditReport(replicas.databaseUrl);
  if (!report.ok) found.push(`the audit log: ${JSON.stringify(report.problems)}`);
  return found;
}

/** Each selects what must not be. */
const CONTRADICTIONS: Readonly<Record<string, string>> = {
  'a decision that is not there once': `
    select r.id, r.state, array_agg(e.type) as events
      from access_request r left join event e on e.subject = r.id
       and e.type in ('request.approved', 'request.denied', 'request.cancelled', 'request.expired')
     group by r.id having array_remove(array_agg(e.type), null)
           <> case r.state when 'pending' then '{}' else array['request.' || r.state] end`,
  'a request that was created more than once': `
    select r.id from access_request r
     where 1 <> (select count(*) from event e where e.subject = r.id and e.type = 'request.created')`,
  'an approved request without its one grant, or a grant without approval': `
    select r.id, r.state, count(g.id) as grants from access_request r left join access_grant g on g.request_id = r.id
     group by r.id having count(g.id) <> case r.state when 'approved' then 1 else 0 end`,
  'an approval without two people who may': `
    select r.id from access_request r where r.state = 'approved' and r.approval ->> 'kind' = 'votes'
       and 2 > (select count(distinct v.identity_id) from vote v where v.request_id = r.id
                 and v.verdict = 'approve' and v.identity_id not in (r.requester_id, r.beneficiary_id))`,
  'a vote without its one event': `
    select v.request_id, v.identity_id from vote v
     where 1 <> (select count(*) from event e where e.subject = v.request_id and e.actor_id = v.identity_id
                  and e.type = 'vote.cast')`,
  'an event of a vote without the vote': `
    select e.subject, e.actor_id from event e where e.type = 'vote.cast'
       and not exists (select from vote v where v.request_id = e.subject and v.identity_id = e.actor_id)`,
  'a grant that was not created once': `
    select g.id from access_grant g
     where 1 <> (select count(*) from event e where e.subject = g.id and e.type = 'grant.created')`,
  'a grant that was not issued once': `
    select g.id, g.state from access_grant g
     where (select count(*) from event e where e.subject = g.id and e.type = 'grant.issued')
           not between (case when g.state = 'active' then 1 else 0 end) and 1`,
  'a grant that did not end once': `
    select g.id, g.state, array_agg(e.type) as events from access_grant g left join event e on e.subject = g.id
       and e.type in ('grant.expired', 'grant.revoked', 'grant.done')
     group by g.id having array_remove(array_agg(e.type), null)
           <> case when g.state in ('issuing', 'active') then '{}' else array['grant.' || g.state] end`,
  'a session that did not begin and end once': `
    select s.id, s.end_reason from session s
     where s.ended_at is null
        or 1 <> (select count(*) from event e where e.subject = s.id and e.type = 'session.started')
        or 1 <> (select count(*) from event e where e.subject = s.id and e.type = 'session.ended')`,
  'a session of a grant that was never issued': `
    select s.id from session s
     where not exists (select from event e where e.subject = s.grant_id and e.type = 'grant.issued')`,
  'a subject without its one message': `
    select * from (
      select 'request' as subject, id from access_request union all
      select 'grant', id from access_grant union all select 'session', id from session) s
     where 1 <> (select count(*) from chat_message m where m.key like s.subject || ':' || s.id || ':%')`,
  'a card of a request that shows another state': `
    select r.id, r.state, m.card ->> 'status' as status from access_request r
      join chat_message m on m.key like 'request:' || r.id || ':%'
     where m.card ->> 'status' not like case r.state when 'approved' then 'Approved by %' when 'denied' then 'Denied%'
             when 'cancelled' then 'Cancelled by %' when 'pending' then 'Pending%' else 'Lapsed%' end
        or (r.state = 'pending') <> (m.card -> 'actions' @> '[{"action": "approve"}]')`,
  'a card of a session that is not its summary': `
    select s.id from session s join chat_message m on m.key like 'session:' || s.id || ':%'
     where not m.card -> 'fields' @> '[{"label": "Duration"}]'`,
  'a job that gave up': `select id, job, payload, reason from dead_letter where state = 'waiting'`,
};

async function brokenPromises(replicas: Replicas, told: Told): Promise<string[]> {
  const states = new Map(
    (await replicas.query<{ id: string; state: string }>('select id, state from access_request')).map(
      ({ id, state }) => [id, state],
    ),
  );
  const votes = new Set(
    (
      await replicas.query<{ vote: string }>(
        `select v.request_id || ' ' || i.subject as vote from vote v join identity i on i.id = v.identity_id`,
      )
    ).map(({ vote }) => vote),
  );
  const marks = await executedMarks(replicas);
  return [
    ...[...told.requests].filter((id) => !states.has(id)).map((id) => `request ${id} is lost`),
    ...[...told.votes].filter((vote) => !votes.has(vote)).map((vote) => `vote ${vote} is lost`),
    ...[...told.decided]
      .filter(([id, outcome]) => states.get(id) !== outcome)
      .map(([id, outcome]) => `${id} was said to be ${outcome}, and is ${states.get(id)}`),
    ...[...told.marks].filter((mark) => !marks.has(mark)).map((mark) => `answered for, not done: ${mark}`),
  ];
}

async function executedMarks(replicas: Replicas): Promise<Set<string>> {
  return new Set(
    (await replicas.shop.query<{ mark: string }>('select mark from executed')).map(({ mark }) => mark),
  );
}

/** Every recording verifies, its head is the one that was noted, and together they hold all that was executed. */
async function recordingProblems(replicas: Replicas): Promise<string[]> {
  const problems: string[] = [];
  const recorded = new Set<string>();
  const sessions = await replicas.query<{ id: string; head: string | null; commands: number }>(
    `select id, recording_head as head, (counts ->> 'commands')::int as commands from session`,
  );
  for (const { id, head, commands } of sessions) {
    if (head === null) {
      // It died before anything was recorded, so nothing was forwarded.
      if (commands > 0) problems.push(`session ${id} has commands and no recording`);
      continue;
    }
    const { ok, headHex, problems: found } = await verifyLost(replicas, id);
    if (!ok) problems.push(`recording of ${id}: ${JSON.stringify(found)}`);
    if (headHex !== head) problems.push(`recording of ${id} ends in ${headHex}, and ${head} was noted`);
    for (const mark of await recordedMarks(replicas, id)) recorded.add(mark);
  }
  for (const mark of await executedMarks(replicas)) {
    if (!recorded.has(mark)) problems.push(`executed, not recorded: ${mark}`);
  }
  return problems;
}
