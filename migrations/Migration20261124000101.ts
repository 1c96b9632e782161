import { Migration } from '@mikro-orm/migrations';

/** What chat platforms have delivered: what arrives twice is done once, on whichever replica it arrives. */
export class Migration20261124000101 extends Migration {
  override up(): void {
    this.addSql(`
      create table "chat_delivery" (
        "platform" text not null,
        "key" text not null check (length("key") between 1 and 200),
        "at" timestamptz not null,
        primary key ("platform", "key")
      )`);
    this.addSql(`create index on "chat_delivery" ("at")`);
  }
}
