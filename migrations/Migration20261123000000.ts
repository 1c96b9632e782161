import { Migration } from '@mikro-orm/migrations';

/**
 * What a request goes through besides votes: whom it is for and who must consent, extensions, break-glass and
 * its review, delegation, comments, step-up, a freeze, and changes of the policy itself. As before, the
 * database refuses what the design does not allow, whatever the code above it does.
 */
export class Migration20261123000000 extends Migration {
  override up(): void {
    this.#requests();
    this.#votes();
    this.#grants();
    this.#freeze();
    this.#delegations();
    this.#reviews();
    this.#stepUps();
    this.#policyChanges();
    this.#holdVotes();
    this.addSql(`alter table "card_copy" drop constraint "card_copy_subject_check"`);
    this.addSql(
      `alter table "card_copy" add constraint "card_copy_subject_check" check ("subject" in ('request', 'grant', 'session', 'hold', 'review', 'policy-change', 'freeze'))`,
    );
  }

  #requests(): void {
    this.addSql(`
      alter table "access_request"
        add column "kind" text not null default 'access' check ("kind" in ('access', 'extension', 'break-glass')),
        add column "beneficiary_id" text references "identity" ("id"),
        add column "extends_id" text references "access_grant" ("id"),
        add column "again_of_id" text references "access_request" ("id"),
        add column "consent_from" text,
        add column "consented_by_id" text references "identity" ("id"),
        add column "consented_at" timestamptz,
        add column "remind_at" timestamptz,
        add column "reminded_at" timestamptz,
        add column "escalate_at" timestamptz,
        add column "escalated_at" timestamptz,
        add check (("kind" = 'extension') = ("extends_id" is not null)),
        add check (("consented_by_id" is null) = ("consented_at" is null)),
        add check ("state" <> 'approved' or "consent_from" is null or "consented_at" is not null)`);
    this.addSql(`update "access_request" set "beneficiary_id" = "requester_id"`);
    this.addSql(`alter table "access_request" alter column "beneficiary_id" set not null`);
    this.addSql(
      `create unique index "extension_one_at_a_time" on "access_request" ("extends_id") where "state" = 'pending'`,
    );
    this.addSql(
      `create index on "access_request" ("remind_at") where "state" = 'pending' and "reminded_at" is null`,
    );
    this.addSql(
      `create index on "access_request" ("escalate_at") where "state" = 'pending' and "escalated_at" is null`,
    );
    this.addSql(`
      create table "request_comment" (
        "id" bigint generated always as identity primary key,
        "request_id" text not null references "access_request" ("id"),
        "author_id" text not null references "identity" ("id"),
        "text" text not null check (length("text") between 1 and 2000),
        "platform" text not null,
        "created_at" timestamptz not null
      )`);
    this.addSql(`create index on "request_comment" ("request_id")`);
  }

  /** `claims` is what the voter was when they voted (`group:sre`, `person:…`, `on-call:…`): what the quorum counts. */
  #votes(): void {
    this.addSql(`
      alter table "vote"
        add column "claims" jsonb not null default '[]',
        add column "on_behalf_of_id" text references "identity" ("id"),
        add column "stepped_up" boolean not null default false,
        add check ("on_behalf_of_id" <> "identity_id")`);
    this.addSql(
      `update "vote" set "claims" = (select coalesce(jsonb_agg('group:' || name), '[]') from jsonb_array_elements_text("groups") name)`,
    );
    this.addSql(`alter table "vote" drop column "groups"`);
    this.addSql(
      `create unique index "vote_once_for_each_delegator" on "vote" ("request_id", "on_behalf_of_id") where "on_behalf_of_id" is not null`,
    );
    this.addSql(`
      create function "refuse_misplaced_vote"() returns trigger language plpgsql as $$
      declare
        asked "access_request"%rowtype;
      begin
        if tg_op <> 'INSERT' then
          raise exception 'votes are append-only' using errcode = 'check_violation';
        end if;
        select * into asked from "access_request" r where r.id = new.request_id for update;
        if asked.state <> 'pending' then
          raise exception 'request % takes no vote: it is %', asked.id, asked.state using errcode = 'check_violation';
        end if;
        if asked.requester_id in (new.identity_id, new.on_behalf_of_id)
            or asked.beneficiary_id in (new.identity_id, new.on_behalf_of_id) then
          raise exception 'nobody votes on their own request' using errcode = 'check_violation';
        end if;
        return new;
      end $$`);
    this.addSql(
      `create trigger "while_pending" before insert or update or delete on "vote" for each row execute function "refuse_misplaced_vote"()`,
    );
  }

  /** A deadline moves only forward, only while the grant lives. */
  #grants(): void {
    this.addSql(`
      create function "refuse_grant_change"() returns trigger language plpgsql as $$
      begin
        if (new.id, new.request_id, new.holder_id, new.starts_at, new.created_at)
            is distinct from (old.id, old.request_id, old.holder_id, old.starts_at, old.created_at) then
          raise exception 'what grant % is about cannot change', old.id using errcode = 'check_violation';
        end if;
        if new.expires_at <> old.expires_at
            and (new.expires_at < old.expires_at or old.state not in ('issuing', 'active') or new.state <> old.state) then
          raise exception 'the deadline of grant % cannot move like this', old.id using errcode = 'check_violation';
        end if;
        return new;
      end $$`);
    this.addSql(
      `create trigger "what_it_is_about" before update on "access_grant" for each row execute function "refuse_grant_change"()`,
    );
  }

  /** One row. Whoever grants holds it shared, so that a freeze waits for them and they for it. */
  #freeze(): void {
    this.addSql(`
      create table "freeze" (
        "only" boolean primary key default true check ("only"),
        "frozen_at" timestamptz,
        "frozen_by" text,
        "reason" text,
        check (("frozen_at" is null) = ("frozen_by" is null)),
        check (("frozen_at" is null) = ("reason" is null))
      )`);
    this.addSql(`insert into "freeze" default values`);
    this.addSql(`
      create function "refuse_while_frozen"() returns trigger language plpgsql as $$
      declare
        since timestamptz;
      begin
        if tg_op = 'INSERT' or new.expires_at > old.expires_at or (new.state = 'active' and old.state = 'issuing') then
          select frozen_at into since from "freeze" for share;
          if since is not null then
            raise exception 'nothing is granted: frozen since %', since using errcode = 'check_violation', constraint = 'freeze';
          end if;
        end if;
        return new;
      end $$`);
    this.addSql(
      `create trigger "not_while_frozen" before insert or update on "access_grant" for each row execute function "refuse_while_frozen"()`,
    );
  }

  #delegations(): void {
    this.addSql(`
      create table "delegation" (
        "id" text primary key,
        "from_id" text not null references "identity" ("id"),
        "to_id" text not null references "identity" ("id"),
        "claims" jsonb not null,
        "created_at" timestamptz not null,
        "until" timestamptz not null,
        "ended_at" timestamptz,
        check ("from_id" <> "to_id"),
        check ("until" > "created_at" and "until" <= "created_at" + interval '31 days')
      )`);
    this.addSql(`create index on "delegation" ("to_id") where "ended_at" is null`);
    this.addSql(
      `create unique index "delegation_one_each" on "delegation" ("from_id", "to_id") where "ended_at" is null`,
    );
  }

  /** What has to be looked at after break-glass. */
  #reviews(): void {
    this.addSql(`
      create table "review" (
        "id" text primary key,
        "grant_id" text not null unique references "access_grant" ("id"),
        "state" text not null check ("state" in ('pending', 'justified', 'unjustified')),
        "seats" jsonb not null check (jsonb_array_length("seats") > 0),
        "remind_every_ms" bigint not null check ("remind_every_ms" > 0),
        "created_at" timestamptz not null,
        "due_at" timestamptz not null check ("due_at" > "created_at"),
        "remind_at" timestamptz not null,
        "reminders" integer not null default 0,
        "decided_at" timestamptz,
        "decided_by_id" text references "identity" ("id"),
        "note" text,
        "platform" text,
        check (("state" = 'pending') = ("decided_at" is null)),
        check (("decided_at" is null) = ("decided_by_id" is null))
      )`);
    this.addSql(`create index on "review" ("remind_at") where "state" = 'pending'`);
    this.addSql(`
      create function "refuse_illegal_review_move"() returns trigger language plpgsql as $$
      begin
        if old.state <> 'pending' then
          raise exception 'review % is % already', old.id, old.state using errcode = 'check_violation';
        end if;
        if exists (select 1 from "access_grant" g where g.id = new.grant_id and g.holder_id = new.decided_by_id) then
          raise exception 'nobody reviews their own access' using errcode = 'check_violation';
        end if;
        return new;
      end $$`);
    this.addSql(
      `create trigger "legal_moves" before update on "review" for each row execute function "refuse_illegal_review_move"()`,
    );
  }

  /** A vote that waits for a fresh sign-in: bound to the person, to what was shown and to the decision. */
  #stepUps(): void {
    this.addSql(`
      create table "step_up" (
        "id_sha256" text primary key,
        "request_id" text not null references "access_request" ("id"),
        "shown_sha256" text not null,
        "identity_id" text not null references "identity" ("id"),
        "verdict" text not null check ("verdict" in ('approve', 'deny')),
        "duration_ms" bigint check ("duration_ms" > 0),
        "note" text,
        "platform" text not null,
        "created_at" timestamptz not null,
        "expires_at" timestamptz not null check ("expires_at" > "created_at"),
        "signed_in_at" timestamptz,
        "used_at" timestamptz
      )`);
    this.addSql(`create index on "step_up" ("expires_at")`);
  }

  /** One change of the policy at a time is in question; the one in force is the last that was applied. */
  #policyChanges(): void {
    this.addSql(`
      create table "policy_change" (
        "id" text primary key,
        "state" text not null check ("state" in ('pending', 'applied', 'denied', 'cancelled', 'expired', 'superseded')),
        "version" text not null references "policy_version" ("version"),
        "base_version" text not null,
        "proposer_id" text references "identity" ("id"),
        "source" text not null check ("source" in ('apply', 'file')),
        "comment" text,
        "seats" jsonb not null,
        "difference" text not null,
        "impact" jsonb,
        "created_at" timestamptz not null,
        "lapses_at" timestamptz not null,
        "decided_at" timestamptz,
        check (("state" = 'pending') = ("decided_at" is null))
      )`);
    this.addSql(
      `create unique index "policy_change_one_at_a_time" on "policy_change" ("state") where "state" = 'pending'`,
    );
    this.addSql(`create index on "policy_change" ("decided_at") where "state" = 'applied'`);
    this.addSql(`
      create table "policy_change_vote" (
        "change_id" text not null references "policy_change" ("id"),
        "identity_id" text not null references "identity" ("id"),
        "verdict" text not null check ("verdict" in ('approve', 'deny')),
        "note" text,
        "version" text not null,
        "claims" jsonb not null,
        "platform" text not null,
        "created_at" timestamptz not null,
        primary key ("change_id", "identity_id")
      )`);
    this.addSql(`
      create function "refuse_illegal_policy_change_move"() returns trigger language plpgsql as $$
      begin
        if old.state <> 'pending' then
          raise exception 'policy change % is % already', old.id, old.state using errcode = 'check_violation';
        end if;
        return new;
      end $$`);
    this.addSql(
      `create trigger "legal_moves" before update on "policy_change" for each row execute function "refuse_illegal_policy_change_move"()`,
    );
  }

  #holdVotes(): void {
    this.addSql(`alter table "hold_vote" add column "claims" jsonb not null default '[]'`);
    this.addSql(`alter table "hold_vote" disable trigger "while_held"`);
    this.addSql(
      `update "hold_vote" set "claims" = (select coalesce(jsonb_agg('group:' || name), '[]') from jsonb_array_elements_text("groups") name)`,
    );
    this.addSql(`alter table "hold_vote" enable trigger "while_held"`);
    this.addSql(`alter table "hold_vote" drop column "groups"`);
  }
}
