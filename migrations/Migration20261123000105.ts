import { Migration } from '@mikro-orm/migrations';

/**
 * The policy in force is the change with the highest revision: clocks of replicas differ, so a time could not
 * order them. A server's file proposes a change when it is another one than that server read before; what it read
 * is kept here, so that a replica that comes back with an old file changes nothing.
 */
export class Migration20261123000105 extends Migration {
  override up(): void {
    this.addSql(`
      alter table "policy_change"
        add column "revision" bigint unique check ("revision" > 0),
        add column "idempotency_key" text unique,
        add column "impact_at" timestamptz,
        add check (("state" = 'applied') = ("revision" is not null))`);
    this.addSql(`drop index if exists "policy_change_decided_at_idx"`);
    this.addSql(`create index on "policy_change" ("lapses_at") where "state" = 'pending'`);
    this.addSql(`
      create table "policy_file" (
        "server" text primary key,
        "version" text not null references "policy_version" ("version"),
        "seen_at" timestamptz not null
      )`);
    this.#voteTrigger();
    this.#moveTrigger();
  }

  /** As for requests: only while it is pending, about the version that is proposed, never by the proposer. */
  #voteTrigger(): void {
    this.addSql(`
      create function "refuse_misplaced_policy_change_vote"() returns trigger language plpgsql as $$
      declare
        asked "policy_change"%rowtype;
      begin
        if tg_op <> 'INSERT' then
          raise exception 'votes are append-only' using errcode = 'check_violation';
        end if;
        select * into asked from "policy_change" c where c.id = new.change_id for update;
        if asked.state <> 'pending' then
          raise exception 'policy change % takes no vote: it is %', asked.id, asked.state using errcode = 'check_violation';
        end if;
        if asked.version <> new.version then
          raise exception 'the vote is about another version' using errcode = 'check_violation';
        end if;
        if asked.proposer_id = new.identity_id then
          raise exception 'nobody votes on their own change' using errcode = 'check_violation';
        end if;
        return new;
      end $$`);
    this.addSql(
      `create trigger "while_pending" before insert or update or delete on "policy_change_vote" for each row execute function "refuse_misplaced_policy_change_vote"()`,
    );
  }

  /** A change that was decided stays; only the impact of one that still waits is added later. */
  #moveTrigger(): void {
    this.addSql(`
      create or replace function "refuse_illegal_policy_change_move"() returns trigger language plpgsql as $$
      begin
        if old.state <> 'pending' then
          raise exception 'policy change % is % already', old.id, old.state using errcode = 'check_violation';
        end if;
        if (new.id, new.version, new.base_version, new.proposer_id, new.seats, new.difference)
            is distinct from (old.id, old.version, old.base_version, old.proposer_id, old.seats, old.difference) then
          raise exception 'what policy change % is about cannot change', old.id using errcode = 'check_violation';
        end if;
        return new;
      end $$`);
  }
}
