import { Migration } from '@mikro-orm/migrations';

/** Where Teams can be written to, and what its accounts are called by the bot. */
export class Migration20261125000300 extends Migration {
  override up(): void {
    this.addSql(`
      create table "teams_conversation" (
        "id" text primary key,
        "service_url" text not null,
        "tenant" text not null,
        "kind" text not null check ("kind" in ('personal', 'channel', 'group')),
        "team" text,
        "team_name" text,
        "channel_name" text,
        "account" text,
        "seen_at" timestamptz not null,
        "blocked_at" timestamptz,
        check (("kind" = 'personal') = ("account" is not null)),
        check (("kind" = 'channel') = ("team" is not null))
      )`);
    this.addSql(`create index on "teams_conversation" ("tenant", "account") where "kind" = 'personal'`);
    this.addSql(`create index on "teams_conversation" ("team") where "kind" = 'channel'`);
    this.addSql(`
      create table "teams_account" (
        "tenant" text not null,
        "account" text not null,
        "user_id" text not null,
        "service_url" text not null,
        "seen_at" timestamptz not null,
        primary key ("tenant", "account")
      )`);
  }
}
