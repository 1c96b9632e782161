import { Migration } from '@mikro-orm/migrations';

/**
 * What was done in sessions, to be searched: a row for each statement, command and file operation, and how far each
 * recording has been read. `words` is made by src/access/search/words.ts and never from the text by PostgreSQL.
 */
export class Migration20261127500100 extends Migration {
  override up(): void {
    this.addSql(`
      create table "search_progress" (
        "session_id" text primary key references "session" ("id") on delete cascade,
        "events" bigint not null default 0 check ("events" >= 0),
        "entries" bigint not null default 0 check ("entries" >= 0),
        "complete" boolean not null default false,
        "problem" text,
        "look_at" timestamptz not null default now()
      )`);
    this.addSql(`create index on "search_progress" ("look_at") where not "complete"`);
    this.addSql(`
      create table "search_entry" (
        "session_id" text not null,
        "ordinal" integer not null check ("ordinal" > 0),
        "at_ms" bigint not null,
        "risk" smallint not null,
        "denied" boolean not null,
        "held" boolean not null,
        "masked" boolean not null,
        "cut" boolean not null,
        "statement" integer,
        "kind" text not null check ("kind" in ('statement', 'command', 'guess')),
        "action" text check ("action" in ('allow', 'deny', 'review')),
        "operation" text,
        "rule" text,
        "text" text not null,
        "relations" text[] not null,
        "files" text[] not null,
        "words" tsvector not null,
        primary key ("session_id", "ordinal")
      )`);
    // Without its list of pending entries a search costs the same whether or not recordings are being read.
    this.addSql(`create index on "search_entry" using gin ("words") with (fastupdate = off)`);
    this.addSql(`
      create function "await_reading"() returns trigger language plpgsql as $$
      begin
        insert into search_progress (session_id) values (new.id);
        return null;
      end $$`);
    this.addSql(
      `create trigger "read_its_recording" after insert on "session" for each row execute function "await_reading"()`,
    );
    this.addSql(
      `insert into "search_progress" ("session_id") select "id" from "session" on conflict do nothing`,
    );
  }
}
