import { Migration } from '@mikro-orm/migrations';

/**
 * Commands that wait for approval. The database itself sees to it that a hold is decided once, that its
 * command never changes, that a vote names the bytes it is about and counts only while the command is
 * held, and that nothing is approved after its time.
 */
export class Migration20261122000000 extends Migration {
  override up(): void {
    this.addSql(`
      create table "hold" (
        "id" text primary key,
        "session_id" text not null references "session" ("id"),
        "statement" integer not null check ("statement" > 0),
        "state" text not null check ("state" in ('held', 'approved', 'denied', 'expired', 'withdrawn')),
        "text" text not null,
        "text_sha256" text not null check ("text_sha256" = encode(sha256(convert_to("text", 'UTF8')), 'hex')),
        "parameters" jsonb not null,
        "effects" jsonb not null,
        "relations" jsonb not null,
        "context" jsonb not null,
        "rule" text not null,
        "reason" text not null,
        "seats" jsonb not null check (jsonb_array_length("seats") > 0),
        "policy_version" text not null,
        "scope" text check ("scope" in ('once', 'session')),
        "note" text,
        "withdrawn_because" text check ("withdrawn_because" in ('client', 'session-ended')),
        "created_at" timestamptz not null,
        "expires_at" timestamptz not null check ("expires_at" > "created_at"),
        "decided_at" timestamptz,
        check (("state" = 'held') = ("decided_at" is null)),
        check (("state" = 'approved') = ("scope" is not null)),
        check (("state" = 'withdrawn') = ("withdrawn_because" is not null)),
        check ("state" <> 'approved' or "decided_at" < "expires_at")
      )`);
    this.addSql(`create index on "hold" ("created_at")`);
    this.addSql(`create index on "hold" ("session_id")`);
    this.addSql(`create index on "hold" ("expires_at") where "state" = 'held'`);
    this.addSql(`create unique index "hold_one_at_a_time" on "hold" ("session_id") where "state" = 'held'`);
    this.addSql(`
      create table "hold_vote" (
        "hold_id" text not null references "hold" ("id"),
        "identity_id" text not null references "identity" ("id"),
        "verdict" text not null check ("verdict" in ('approve', 'deny')),
        "scope" text not null check ("scope" in ('once', 'session')),
        "note" text,
        "text_sha256" text not null,
        "groups" jsonb not null,
        "platform" text not null,
        "created_at" timestamptz not null,
        primary key ("hold_id", "identity_id")
      )`);
    this.addSql(`
      create function "refuse_illegal_hold_change"() returns trigger language plpgsql as $$
      begin
        if old.state <> 'held' then
          raise exception 'hold % is % already', old.id, old.state using errcode = 'check_violation';
        end if;
        if (new.id, new.session_id, new.statement, new.text, new.text_sha256, new.parameters, new.effects, new.relations,
            new.context, new.rule, new.reason, new.seats, new.policy_version, new.created_at, new.expires_at)
            is distinct from
           (old.id, old.session_id, old.statement, old.text, old.text_sha256, old.parameters, old.effects, old.relations,
            old.context, old.rule, old.reason, old.seats, old.policy_version, old.created_at, old.expires_at) then
          raise exception 'what hold % is about cannot change', old.id using errcode = 'check_violation';
        end if;
        return new;
      end $$`);
    this.addSql(
      `create trigger "legal_moves" before update on "hold" for each row execute function "refuse_illegal_hold_change"()`,
    );
    this.addSql(`
      create function "refuse_misplaced_hold_vote"() returns trigger language plpgsql as $$
      begin
        if tg_op <> 'INSERT' then
          raise exception 'votes are append-only' using errcode = 'check_violation';
        end if;
        perform 1 from "hold" h where h.id = new.hold_id and h.state = 'held' and h.text_sha256 = new.text_sha256 for update;
        if not found then
          raise exception 'hold % takes no such vote', new.hold_id using errcode = 'check_violation';
        end if;
        return new;
      end $$`);
    this.addSql(
      `create trigger "while_held" before insert or update or delete on "hold_vote" for each row execute function "refuse_misplaced_hold_vote"()`,
    );
    this.addSql(`alter table "card_copy" drop constraint "card_copy_subject_check"`);
    this.addSql(
      `alter table "card_copy" add constraint "card_copy_subject_check" check ("subject" in ('request', 'grant', 'session', 'hold'))`,
    );
  }
}
