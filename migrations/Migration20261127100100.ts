import { Migration } from '@mikro-orm/migrations';

/** Where recordings are kept, who put them on hold, and which were deleted. */
export class Migration20261127100100 extends Migration {
  override up(): void {
    this.addSql(`alter table "session" add column "labels" jsonb not null default '{}'`);
    this.addSql(`
      create table "recording" (
        "session_id" text primary key references "session" ("id"),
        "claimed_by" text,
        "claimed_until" timestamptz,
        "stored_at" timestamptz,
        "bytes" bigint check ("bytes" >= 0),
        "sha256" text check ("sha256" ~ '^[0-9a-f]{64}$'),
        "object_key" text,
        "object_version" text,
        "deleted_at" timestamptz,
        "deleted_because" text,
        "object_removed_at" timestamptz,
        "removal_problem" text,
        "next_removal_at" timestamptz,
        check (("stored_at" is null) = ("object_key" is null)),
        check (("stored_at" is null) = ("sha256" is null)),
        check (("deleted_at" is null) = ("deleted_because" is null)),
        check ("object_removed_at" is null or "deleted_at" is not null)
      )`);
    this.addSql(
      `create index on "recording" ("session_id") where "stored_at" is null and "deleted_at" is null`,
    );
    this.addSql(`create index on "recording" ("deleted_at") where "deleted_at" is not null`);
    this.addSql(`
      create table "recording_hold" (
        "id" text primary key,
        "session_id" text references "session" ("id"),
        "incident" text check (length("incident") between 1 and 200),
        "because" text not null check (length("because") between 1 and 2000),
        "placed_at" timestamptz not null,
        "placed_by_id" text not null references "identity" ("id"),
        "released_at" timestamptz,
        "released_by_id" text references "identity" ("id"),
        "released_because" text,
        check (("session_id" is null) <> ("incident" is null)),
        check (("released_at" is null) = ("released_by_id" is null)),
        check (("released_at" is null) = ("released_because" is null))
      )`);
    this.addSql(`create index on "recording_hold" ("session_id") where "released_at" is null`);
    this.addSql(`create index on "recording_hold" ("incident") where "released_at" is null`);
    // What the code asks first, the database refuses: a recording on hold is not deleted, and a deletion stands.
    this.addSql(`
      create function "refuse_recording_change"() returns trigger language plpgsql as $$
      begin
        if tg_op = 'UPDATE' and old.deleted_at is not null
            and (new.deleted_at, new.deleted_because) is distinct from (old.deleted_at, old.deleted_because) then
          raise exception 'the recording of session % is deleted', old.session_id using errcode = 'check_violation';
        end if;
        if new.deleted_at is not null and (tg_op = 'INSERT' or old.deleted_at is null) and exists (
            select 1 from recording_hold h where h.released_at is null
               and (h.session_id = new.session_id
                    or h.incident in (select r.incident from session s
                                        join access_grant g on g.id = s.grant_id
                                        join access_request r on r.id = g.request_id
                                       where s.id = new.session_id))) then
          raise exception 'the recording of session % is on hold', new.session_id using errcode = 'check_violation';
        end if;
        return new;
      end $$`);
    this.addSql(
      `create trigger "stays_while_on_hold" before insert or update on "recording" for each row execute function "refuse_recording_change"()`,
    );
  }
}
