import { Migration } from '@mikro-orm/migrations';

/** What the sessions of a grant have taken of each limit that counts over all of them, on whatever replica. */
export class Migration20261122000500 extends Migration {
  override up(): void {
    this.addSql(`
      create table "grant_egress" (
        "grant_id" text not null references "access_grant" ("id"),
        "rule" text not null,
        "rows" bigint not null check ("rows" >= 0),
        "bytes" bigint not null check ("bytes" >= 0),
        primary key ("grant_id", "rule")
      )`);
  }
}
