import { Migration } from '@mikro-orm/migrations';

/**
 * Chat accounts of people, the links that make them, and what became of each: an account is linked to one person at
 * a time, and a change of that is kept and announced. Incidents that were opened from chat, or linked to a channel.
 */
export class Migration20261124000102 extends Migration {
  override up(): void {
    this.addSql(`
      create table "chat_account" (
        "platform" text not null,
        "tenant" text not null,
        "account" text not null,
        "enterprise" text,
        "account_name" text not null,
        "tenant_name" text not null,
        "identity_id" text not null references "identity" ("id"),
        "linked_at" timestamptz not null,
        primary key ("platform", "tenant", "account")
      )`);
    this.addSql(`create index on "chat_account" ("identity_id")`);
    this.addSql(`
      create table "chat_link_nonce" (
        "id_sha256" text primary key,
        "platform" text not null,
        "tenant" text not null,
        "account" text not null,
        "enterprise" text,
        "account_name" text not null,
        "tenant_name" text not null,
        "created_at" timestamptz not null,
        "expires_at" timestamptz not null,
        "identity_id" text references "identity" ("id"),
        "opened_at" timestamptz,
        "code_sha256" text,
        "code_attempts" integer not null default 0 check ("code_attempts" >= 0),
        "used_at" timestamptz,
        check (("identity_id" is null) = ("opened_at" is null)),
        check ("code_sha256" is null or "opened_at" is not null)
      )`);
    this.addSql(`create index on "chat_link_nonce" ("expires_at")`);
    this.addSql(`create index on "chat_link_nonce" ("platform", "tenant", "account")`);
    this.addSql(`
      create table "chat_account_change" (
        "id" text primary key,
        "kind" text not null check ("kind" in ('linked', 'unlinked')),
        "platform" text not null,
        "tenant" text not null,
        "account" text not null,
        "enterprise" text,
        "account_name" text not null,
        "tenant_name" text not null,
        "identity_id" text not null references "identity" ("id"),
        "previous_identity_id" text references "identity" ("id"),
        "by_id" text not null references "identity" ("id"),
        "at" timestamptz not null,
        check ("kind" = 'linked' or "previous_identity_id" is null)
      )`);
    this.addSql(`create index on "chat_account_change" ("at")`);
    this.addSql(`
      create table "incident" (
        "id" text primary key,
        "name" text not null,
        "platform" text not null,
        "channel" text not null,
        "title" text not null,
        "state" text not null check ("state" in ('open', 'closed')),
        "opened_by_id" text not null references "identity" ("id"),
        "opened_at" timestamptz not null,
        "closed_by_id" text references "identity" ("id"),
        "closed_at" timestamptz,
        check (("state" = 'closed') = ("closed_at" is not null)),
        check (("closed_by_id" is null) = ("closed_at" is null))
      )`);
    this.addSql(`create unique index on "incident" ("platform", "channel") where "state" = 'open'`);
    this.addSql(`create index on "incident" ("name")`);
    this.addSql(`create index on "incident" ("opened_at")`);
    this.addSql(`create index on "access_request" ("incident") where "incident" is not null`);
    this.addSql(`alter table "card_copy" drop constraint "card_copy_subject_check"`);
    this.addSql(
      `alter table "card_copy" add constraint "card_copy_subject_check" check ("subject" in ('request', 'grant', 'session', 'hold', 'review', 'policy-change', 'freeze', 'reminder', 'escalation', 'review-reminder', 'chat-account-change', 'incident'))`,
    );
  }
}
