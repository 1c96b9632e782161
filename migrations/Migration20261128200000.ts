import { Migration } from '@mikro-orm/migrations';

/**
 * Watching sessions while they run: who does, why one was ended, and the way of a recording's bytes from the broker
 * that writes them to the process that shows them. Those bytes are as they are on disk, sealed, and live for seconds:
 * after a crash of the database nobody misses them.
 */
export class Migration20261128200000 extends Migration {
  override up(): void {
    this.addSql(`alter table "session" add column "terminate_reason" text`);
    this.addSql(`
      create table "session_watcher" (
        "session_id" text not null references "session" ("id") on delete cascade,
        "identity_id" text not null references "identity" ("id") on delete cascade,
        "began_at" timestamptz not null,
        "seen_at" timestamptz not null,
        primary key ("session_id", "identity_id")
      )`);
    this.addSql(`
      create unlogged table "recording_relay" (
        "id" text primary key,
        "session_id" text not null,
        "received" bigint not null default 0 check ("received" >= 0),
        "seen_at" timestamptz not null default now()
      )`);
    this.addSql(`
      create unlogged table "recording_relay_piece" (
        "relay_id" text not null references "recording_relay" ("id") on delete cascade,
        "start" bigint not null check ("start" >= 0),
        "bytes" bytea not null,
        primary key ("relay_id", "start")
      )`);
  }
}
