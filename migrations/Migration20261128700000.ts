import { Migration } from '@mikro-orm/migrations';

/** A test of a sink is sent by the processes that send the log: they have its secrets, and the way to it. */
export class Migration20261128700000 extends Migration {
  override up(): void {
    this.addSql(`
      create table "sink_test" (
        "id" text primary key,
        "sink" text not null,
        "asked_by_id" text not null references "identity" ("id"),
        "asked_at" timestamptz not null,
        "taken_at" timestamptz,
        "done_at" timestamptz check ("taken_at" is not null or "done_at" is null),
        "took_ms" int,
        "problem" text
      )
    `);
    this.addSql(`create index on "sink_test" ("asked_at") where "taken_at" is null`);
  }
}
