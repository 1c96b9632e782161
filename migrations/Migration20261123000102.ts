import { Migration } from '@mikro-orm/migrations';

/**
 * Grants that move on: why one cannot be prepared yet, how far an extension may move a deadline, and who says
 * what about access that was taken in an emergency.
 */
export class Migration20261123000102 extends Migration {
  override up(): void {
    this.#issuing();
    this.#extensions();
    this.#reviews();
  }

  /** Kept beside the grant, so that its holder can be told and the sweep knows when to try again. */
  #issuing(): void {
    this.addSql(`
      alter table "access_grant"
        add column "issue_attempts" integer not null default 0,
        add column "issue_retry_at" timestamptz,
        add column "issue_problem" text,
        add column "issue_problem_at" timestamptz,
        add check (("issue_problem" is null) = ("issue_problem_at" is null))`);
    this.addSql(`create index on "access_grant" ("issue_retry_at") where "state" = 'issuing'`);
  }

  /** A deadline moves only by an extension that was approved, and never past what that one asked for. */
  #extensions(): void {
    this.addSql(`alter table "access_request" add column "extend_until" timestamptz`);
    this.addSql(
      `alter table "access_request" add check (("kind" = 'extension') = ("extend_until" is not null))`,
    );
    this.addSql(`
      create function "refuse_another_extension"() returns trigger language plpgsql as $$
      begin
        if (new.kind, new.extends_id, new.extend_until) is distinct from (old.kind, old.extends_id, old.extend_until) then
          raise exception 'what request % asks for cannot change', old.id using errcode = 'check_violation';
        end if;
        return new;
      end $$`);
    this.addSql(
      `create trigger "what_it_extends" before update on "access_request" for each row execute function "refuse_another_extension"()`,
    );
    this.addSql(`
      create or replace function "refuse_grant_change"() returns trigger language plpgsql as $$
      begin
        if (new.id, new.request_id, new.holder_id, new.starts_at, new.created_at)
            is distinct from (old.id, old.request_id, old.holder_id, old.starts_at, old.created_at) then
          raise exception 'what grant % is about cannot change', old.id using errcode = 'check_violation';
        end if;
        if new.expires_at <> old.expires_at then
          if new.expires_at < old.expires_at or old.state not in ('issuing', 'active') or new.state <> old.state then
            raise exception 'the deadline of grant % cannot move like this', old.id using errcode = 'check_violation';
          end if;
          if not exists (select 1 from "access_request" r
                          where r.extends_id = old.id and r.state = 'approved' and r.extend_until >= new.expires_at) then
            raise exception 'no approved extension lets grant % last until %', old.id, new.expires_at
              using errcode = 'check_violation';
          end if;
        end if;
        return new;
      end $$`);
  }

  /** Break-glass access without a review does not exist, and nobody reviews it before its end or about themselves. */
  #reviews(): void {
    this.addSql(`alter table "card_copy" drop constraint "card_copy_subject_check"`);
    this.addSql(
      `alter table "card_copy" add constraint "card_copy_subject_check" check ("subject" in ('request', 'grant', 'session', 'hold', 'review', 'policy-change', 'freeze', 'reminder', 'escalation', 'review-reminder'))`,
    );
    this.addSql(`
      create table "review_vote" (
        "review_id" text not null references "review" ("id"),
        "identity_id" text not null references "identity" ("id"),
        "verdict" text not null check ("verdict" in ('justified', 'unjustified')),
        "note" text,
        "claims" jsonb not null,
        "on_behalf_of_id" text references "identity" ("id") check ("on_behalf_of_id" <> "identity_id"),
        "platform" text not null,
        "created_at" timestamptz not null,
        primary key ("review_id", "identity_id")
      )`);
    this.addSql(
      `create unique index "review_vote_once_for_each_delegator" on "review_vote" ("review_id", "on_behalf_of_id") where "on_behalf_of_id" is not null`,
    );
    this.addSql(`
      create function "is_party_of_grant"(the_grant text, who text) returns boolean language sql stable as $$
        select exists (
          select 1 from "access_grant" g join "access_request" r on r.id = g.request_id
           where g.id = the_grant and who in (g.holder_id, r.requester_id, r.beneficiary_id))
      $$`);
    this.addSql(`
      create function "refuse_misplaced_review_vote"() returns trigger language plpgsql as $$
      declare
        reviewed "review"%rowtype;
      begin
        if tg_op <> 'INSERT' then
          raise exception 'votes are append-only' using errcode = 'check_violation';
        end if;
        select * into reviewed from "review" r where r.id = new.review_id for update;
        if reviewed.state <> 'pending' then
          raise exception 'review % takes no vote: it is %', reviewed.id, reviewed.state using errcode = 'check_violation';
        end if;
        if "is_party_of_grant"(reviewed.grant_id, new.identity_id) or "is_party_of_grant"(reviewed.grant_id, new.on_behalf_of_id) then
          raise exception 'nobody reviews their own access' using errcode = 'check_violation';
        end if;
        return new;
      end $$`);
    this.addSql(
      `create trigger "while_pending" before insert or update or delete on "review_vote" for each row execute function "refuse_misplaced_review_vote"()`,
    );
    this.addSql(`
      create or replace function "refuse_illegal_review_move"() returns trigger language plpgsql as $$
      begin
        if old.state <> 'pending' then
          raise exception 'review % is % already', old.id, old.state using errcode = 'check_violation';
        end if;
        if (new.id, new.grant_id, new.seats, new.created_at) is distinct from (old.id, old.grant_id, old.seats, old.created_at) then
          raise exception 'what review % is about cannot change', old.id using errcode = 'check_violation';
        end if;
        if new.reminders not in (old.reminders, old.reminders + 1)
            or (new.reminders > old.reminders and new.remind_at <= old.remind_at) then
          raise exception 'review % is reminded of once at a time', old.id using errcode = 'check_violation';
        end if;
        if new.state <> 'pending' then
          if exists (select 1 from "access_grant" g where g.id = new.grant_id and g.state in ('issuing', 'active')) then
            raise exception 'the access of review % has not ended', old.id using errcode = 'check_violation';
          end if;
          if "is_party_of_grant"(new.grant_id, new.decided_by_id) then
            raise exception 'nobody reviews their own access' using errcode = 'check_violation';
          end if;
          if not exists (select 1 from "review_vote" v
                          where v.review_id = new.id and v.identity_id = new.decided_by_id and v.verdict = new.state) then
            raise exception 'review % was not decided by a vote', old.id using errcode = 'check_violation';
          end if;
        end if;
        return new;
      end $$`);
    this.addSql(`
      create function "refuse_unreviewed_break_glass"() returns trigger language plpgsql as $$
      begin
        if exists (select 1 from "access_request" r where r.id = new.request_id and r.kind = 'break-glass')
            and not exists (select 1 from "review" v where v.grant_id = new.id) then
          raise exception 'break-glass grant % has no review', new.id using errcode = 'check_violation';
        end if;
        return null;
      end $$`);
    this.addSql(
      `create constraint trigger "reviewed_afterwards" after insert on "access_grant" deferrable initially deferred for each row execute function "refuse_unreviewed_break_glass"()`,
    );
  }
}
