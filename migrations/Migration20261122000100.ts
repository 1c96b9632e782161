import { Migration } from '@mikro-orm/migrations';

/**
 * Login roles that exist on targets for one grant each. The database itself sees to it that what is needed to
 * find one again never changes, and that none counts as dropped while its grant is live.
 */
export class Migration20261122000100 extends Migration {
  override up(): void {
    this.addSql(`
      create table "ephemeral_role" (
        "grant_id" text primary key references "access_grant" ("id"),
        "name" text not null unique check (octet_length("name") between 1 and 63),
        "state" text not null check ("state" in ('making', 'made', 'dropped')),
        "seed" bytea not null check (octet_length("seed") >= 16),
        "target" jsonb not null,
        "valid_until" timestamptz,
        "attempts" integer not null default 0,
        "retry_at" timestamptz not null,
        "problem" text,
        "created_at" timestamptz not null,
        "dropped_at" timestamptz,
        check ("state" <> 'made' or "valid_until" is not null),
        check (("state" = 'dropped') = ("dropped_at" is not null))
      )`);
    this.addSql(`create index on "ephemeral_role" ("retry_at") where "state" <> 'dropped'`);
    this.addSql(`
      create function "refuse_illegal_ephemeral_role_change"() returns trigger language plpgsql as $$
      begin
        if old.state = 'dropped' or (old.state = 'made' and new.state = 'making') then
          raise exception 'role % is % already', old.name, old.state using errcode = 'check_violation';
        end if;
        if (new.grant_id, new.name, new.seed, new.target -> 'address', new.target -> 'database') is distinct from
           (old.grant_id, old.name, old.seed, old.target -> 'address', old.target -> 'database') then
          raise exception 'where role % is cannot change', old.name using errcode = 'check_violation';
        end if;
        if new.state = 'dropped' and exists (
          select from access_grant where id = new.grant_id and state in ('issuing', 'active')) then
          raise exception 'grant % of role % is live', new.grant_id, new.name using errcode = 'check_violation';
        end if;
        return new;
      end $$`);
    this.addSql(
      `create trigger "legal_moves" before update on "ephemeral_role" for each row execute function "refuse_illegal_ephemeral_role_change"()`,
    );
  }
}
