import { Migration } from '@mikro-orm/migrations';

/**
 * Jobs that gave up are kept here, and not only in the queue: an operator sees them while the queue is away, and
 * trying one again is an entry of the outbox in the same transaction. `upkeep_turn` says whose turn repeating
 * work is, by the database's clock, so that it goes on without a queue.
 */
export class Migration20261123000104 extends Migration {
  override up(): void {
    this.addSql(`
      create table "dead_letter" (
        "id" text primary key,
        "job" text not null,
        "payload" jsonb not null,
        "attempts" integer not null check ("attempts" >= 0),
        "reason" text not null,
        "asked_at" timestamptz not null,
        "failed_at" timestamptz not null,
        "state" text not null default 'waiting' check ("state" in ('waiting', 'retried', 'discarded', 'resolved')),
        "decided_at" timestamptz,
        "decided_by_id" text references "identity" ("id"),
        check (("state" = 'waiting') = ("decided_at" is null)),
        check (("state" in ('retried', 'discarded')) = ("decided_by_id" is not null))
      )`);
    this.addSql(`create index on "dead_letter" ("failed_at")`);
    this.addSql(`create index on "dead_letter" ("job") where "state" = 'waiting'`);
    this.addSql(`
      create function "refuse_illegal_dead_letter_move"() returns trigger language plpgsql as $$
      begin
        if old.state <> 'waiting' then
          raise exception 'dead letter % is % already', old.id, old.state using errcode = 'check_violation';
        end if;
        return new;
      end $$`);
    this.addSql(
      `create trigger "legal_moves" before update on "dead_letter" for each row execute function "refuse_illegal_dead_letter_move"()`,
    );
    this.addSql(`
      create table "upkeep_turn" (
        "name" text primary key,
        "next_at" timestamptz not null
      )`);
  }
}
