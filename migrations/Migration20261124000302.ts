import { Migration } from '@mikro-orm/migrations';

/**
 * A delegation takes effect once the delegate has accepted it: otherwise a requester could keep approvers from
 * deciding by delegating their own votes to them. Those that stand already were in effect, and stay so.
 */
export class Migration20261124000302 extends Migration {
  override up(): void {
    this.addSql(`alter table "delegation" add column "accepted_at" timestamptz`);
    this.addSql(`update "delegation" set "accepted_at" = "created_at" where "ended_at" is null`);
    this.addSql(
      `alter table "delegation" add check ("accepted_at" >= "created_at" and "accepted_at" < "until")`,
    );
    this.addSql(`drop index "delegation_one_each"`);
    this.addSql(
      `create unique index "delegation_one_each" on "delegation" ("from_id", "to_id") where "ended_at" is null and "accepted_at" is not null`,
    );
    this.addSql(
      `create unique index "delegation_one_offer" on "delegation" ("from_id", "to_id") where "ended_at" is null and "accepted_at" is null`,
    );
    this.addSql(`
      create or replace function "refuse_delegation_change"() returns trigger language plpgsql as $$
      begin
        if old.ended_at is not null or (new.id, new.from_id, new.to_id, new.claims, new.created_at, new.until)
            is distinct from (old.id, old.from_id, old.to_id, old.claims, old.created_at, old.until) then
          raise exception 'delegation % only ends', old.id using errcode = 'check_violation';
        end if;
        if old.accepted_at is not null and new.accepted_at is distinct from old.accepted_at then
          raise exception 'delegation % was accepted already', old.id using errcode = 'check_violation';
        end if;
        return new;
      end $$`);
    this.#votesInThePlaceOfOthers();
  }

  /** Whatever the use case has checked: nobody votes in the place of whom they did not agree to stand for. */
  #votesInThePlaceOfOthers(): void {
    this.addSql(`
      create function "refuse_vote_without_delegation"() returns trigger language plpgsql as $$
      begin
        if new.on_behalf_of_id is not null and not exists (
            select 1 from "delegation" d
             where d.from_id = new.on_behalf_of_id and "is_same_person"(d.to_id, new.identity_id)
               and d.accepted_at is not null and d.until > new.created_at) then
          raise exception 'nobody let % vote in the place of %', new.identity_id, new.on_behalf_of_id
            using errcode = 'check_violation';
        end if;
        return new;
      end $$`);
    for (const table of ['vote', 'hold_vote', 'review_vote', 'policy_change_vote']) {
      this.addSql(
        `create trigger "with_a_delegation" before insert on "${table}" for each row execute function "refuse_vote_without_delegation"()`,
      );
    }
  }
}
