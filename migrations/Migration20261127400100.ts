import { Migration } from '@mikro-orm/migrations';

/** Where the audit log is sent to, and what is told in chat of what stands in it. */
export class Migration20261127400100 extends Migration {
  override up(): void {
    this.addSql(`
      create table "sink" (
        "name" text primary key check (length("name") between 1 and 64),
        "kind" text not null,
        "cursor" bigint not null check ("cursor" >= 0),
        "batch_to" bigint,
        "sent" bigint not null default 0,
        "last_sent_at" timestamptz,
        "failures" integer not null default 0,
        "refused_in_row" integer not null default 0,
        "last_error" text,
        "last_error_at" timestamptz,
        "next_attempt_at" timestamptz not null default '-infinity',
        "paused_at" timestamptz,
        "paused_by_id" text references "identity" ("id"),
        "paused_because" text,
        "holder" text,
        "leased_until" timestamptz,
        "created_at" timestamptz not null,
        check ("batch_to" is null or "batch_to" > "cursor"),
        check (("paused_at" is null) = ("paused_because" is null)),
        check (("holder" is null) = ("leased_until" is null))
      )`);
    this.addSql(`
      create function "refuse_cursor_going_back"() returns trigger language plpgsql as $$
      begin
        if new.cursor < old.cursor then
          raise exception 'the cursor of sink % goes forward', old.name using errcode = 'check_violation';
        end if;
        return new;
      end $$`);
    this.addSql(
      `create trigger "goes_forward" before update on "sink" for each row execute function "refuse_cursor_going_back"()`,
    );
    this.addSql(`
      create table "sink_letter" (
        "sink" text not null references "sink" ("name"),
        "sequence" bigint not null,
        "state" text not null check ("state" in ('waiting', 'again', 'sent', 'discarded')),
        "attempts" integer not null check ("attempts" >= 1),
        "reason" text not null,
        "failed_at" timestamptz not null,
        "settled_at" timestamptz,
        "settled_by_id" text references "identity" ("id"),
        primary key ("sink", "sequence"),
        check (("settled_at" is null) = ("state" in ('waiting', 'again')))
      )`);
    this.addSql(`create index on "sink_letter" ("sink", "state", "sequence")`);
    this.addSql(`
      create table "alert" (
        "id" text primary key,
        "kind" text not null,
        "group_key" text not null check (length("group_key") between 1 and 400),
        "facts" jsonb not null,
        "count" bigint not null check ("count" >= 1),
        "first_at" timestamptz not null,
        "last_at" timestamptz not null,
        "grouped_until" timestamptz not null,
        "refresh_at" timestamptz not null
      )`);
    this.addSql(`create index on "alert" ("kind", "group_key", "grouped_until")`);
    this.addSql(`create index on "alert" ("refresh_at")`);
    this.addSql(`alter table "session" add column "denied_told" bigint not null default 0`);
    this.addSql(`alter table "card_copy" drop constraint "card_copy_subject_check"`);
    this.addSql(
      `alter table "card_copy" add constraint "card_copy_subject_check" check ("subject" in ('request', 'closing', 'delegation', 'grant', 'session', 'hold', 'review', 'policy-change', 'freeze', 'reminder', 'escalation', 'review-reminder', 'chat-account-change', 'incident', 'alert'))`,
    );
  }
}
