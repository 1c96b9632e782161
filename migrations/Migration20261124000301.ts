import { Migration } from '@mikro-orm/migrations';

/**
 * A request can be closed without a vote, for a reason that is kept: the policy no longer gives what was asked for,
 * or it was taken away. What an approval needs may also grow when the policy asks for more by then; never shrink.
 */
export class Migration20261124000301 extends Migration {
  override up(): void {
    this.addSql(`
      alter table "access_request"
        add column "closed_because" text,
        add column "closed_by_id" text references "identity" ("id"),
        add column "tightened_at" timestamptz,
        add column "tightened_by" text,
        add check ("closed_because" is null or "state" = 'denied'),
        add check ("closed_by_id" is null or "closed_because" is not null),
        add check (("tightened_at" is null) = ("tightened_by" is null))`);
    this.addSql(
      `create index on "access_request" ("tightened_at") where "tightened_at" is not null and "state" = 'pending'`,
    );
    this.#asksNoLess();
    this.#requestTrigger();
    this.addSql(`alter table "card_copy" drop constraint "card_copy_subject_check"`);
    this.addSql(
      `alter table "card_copy" add constraint "card_copy_subject_check" check ("subject" in ('request', 'closing', 'delegation', 'grant', 'session', 'hold', 'review', 'policy-change', 'freeze', 'reminder', 'escalation', 'review-reminder', 'chat-account-change', 'incident'))`,
    );
  }

  /** Every seat of before is still there, for the same people and at least as many of them. */
  #asksNoLess(): void {
    this.addSql(`
      create function "asks_no_less"(before jsonb, after jsonb) returns boolean language sql immutable as $$
        select after->>'kind' = 'votes'
          and not exists (
            select 1 from jsonb_array_elements(before->'seats') was
             where not exists (
               select 1 from jsonb_array_elements(after->'seats') seat
                where seat->>'name' = was->>'name' and seat->'anyOf' = was->'anyOf'
                  and (seat->>'count')::int >= (was->>'count')::int))
          and (after->'notFromGroups') is not distinct from (before->'notFromGroups')
          and (after->'signInAgeMaxMs') is not distinct from (before->'signInAgeMaxMs')
      $$`);
  }

  #requestTrigger(): void {
    this.addSql(`
      create or replace function "refuse_request_change"() returns trigger language plpgsql as $$
      begin
        if (new.id, new.requester_id, new.beneficiary_id, new.consent_from, new.resource, new.resource_kind, new.role,
            new.duration_ms, new.reason, new.ticket, new.incident, new.policy, new.policy_version, new.created_at, new.lapses_at)
            is distinct from
           (old.id, old.requester_id, old.beneficiary_id, old.consent_from, old.resource, old.resource_kind, old.role,
            old.duration_ms, old.reason, old.ticket, old.incident, old.policy, old.policy_version, old.created_at, old.lapses_at) then
          raise exception 'what request % asks for cannot change', old.id using errcode = 'check_violation';
        end if;
        if old.state <> 'pending' and (new.approval, new.consented_by_id, new.consented_at, new.reminded_at, new.escalated_at,
              new.closed_because, new.closed_by_id, new.tightened_at, new.tightened_by)
            is distinct from (old.approval, old.consented_by_id, old.consented_at, old.reminded_at, old.escalated_at,
              old.closed_because, old.closed_by_id, old.tightened_at, old.tightened_by) then
          raise exception 'request % is % already', old.id, old.state using errcode = 'check_violation';
        end if;
        if old.consented_at is not null
            and (new.consented_by_id, new.consented_at) is distinct from (old.consented_by_id, old.consented_at) then
          raise exception 'the consent to request % was given already', old.id using errcode = 'check_violation';
        end if;
        if old.reminded_at is not null and new.reminded_at is distinct from old.reminded_at
            or old.escalated_at is not null and new.escalated_at is distinct from old.escalated_at then
          raise exception 'request % was announced already', old.id using errcode = 'check_violation';
        end if;
        if new.approval is distinct from old.approval
            and not (old.escalated_at is null and new.escalated_at is not null)
            and not (new.tightened_at is distinct from old.tightened_at and "asks_no_less"(old.approval, new.approval)) then
          raise exception 'what request % needs changes when it is escalated or asks for more, and only then', old.id
            using errcode = 'check_violation';
        end if;
        return new;
      end $$`);
  }
}
