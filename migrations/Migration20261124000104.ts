import { Migration } from '@mikro-orm/migrations';

/** What was posted on a platform that keeps its messages itself, and when its next message may go where. */
export class Migration20261124000104 extends Migration {
  override up(): void {
    this.addSql(
      `create table "chat_posting" (
         "platform" text not null,
         "key" text not null,
         "channel" text not null,
         "thread_ref" text null,
         "ref" text null,
         "draft" text null,
         "attempted_at" timestamptz null,
         "claimed_until" timestamptz not null,
         "created_at" timestamptz not null,
         primary key ("platform", "key"))`,
    );
    this.addSql(`create index on "chat_posting" ("created_at")`);
    this.addSql(
      `create table "chat_pace" (
         "platform" text not null,
         "lane" text not null,
         "next_at" timestamptz not null,
         primary key ("platform", "lane"))`,
    );
  }
}
