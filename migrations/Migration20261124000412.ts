import { Migration } from '@mikro-orm/migrations';

/**
 * The channel of an incident is made after the incident is. Documents that somebody asked for in chat, and files of
 * our own chat page.
 */
export class Migration20261124000412 extends Migration {
  override up(): void {
    this.addSql(`alter table "incident" alter column "channel" drop not null`);
    this.addSql(
      `alter table "incident" add column "own_channel" boolean not null default false, add column "idempotency_key" text unique, add column "settled_at" timestamptz`,
    );
    this.addSql(`
      create table "chat_document" (
        "id" text primary key,
        "kind" text not null check ("kind" in ('transcript', 'recording', 'timeline')),
        "subject_id" text not null,
        "platform" text not null,
        "channel" text not null,
        "asked_by_id" text not null references "identity" ("id"),
        "asked_at" timestamptz not null,
        "idempotency_key" text not null unique,
        "posted_at" timestamptz
      )`);
    this.addSql(`create index on "chat_document" ("asked_at") where "posted_at" is null`);
    this.addSql(`
      create table "chat_file" (
        "id" text primary key,
        "key" text not null unique,
        "channel" text not null,
        "name" text not null,
        "bytes" bytea not null,
        "created_at" timestamptz not null
      )`);
  }
}
