import { Migration } from '@mikro-orm/migrations';

/**
 * The keyring: root keys by generation, and for what rests sealed the root key that it is sealed under (null: the
 * first, as before there were several). A root key is never removed: recordings could not be read any more.
 */
export class Migration20261128100000 extends Migration {
  override up(): void {
    this.addSql(`
      create table "root_key" (
        "generation" integer primary key check ("generation" > 0),
        "key_id" text not null unique check ("key_id" ~ '^[0-9a-f]{16}$'),
        "wrapped_by" text not null,
        "wrapped_key" bytea not null,
        "created_at" timestamptz not null
      )`);
    this.addSql(`
      create function "refuse_root_key_loss"() returns trigger language plpgsql as $$
      begin
        if tg_op = 'UPDATE' and (new.generation, new.key_id, new.created_at)
            is not distinct from (old.generation, old.key_id, old.created_at) then
          return new;
        end if;
        raise exception 'root keys are kept: recordings need them' using errcode = 'check_violation';
      end $$`);
    this.addSql(
      `create trigger "never_lost" before update or delete on "root_key" for each row execute function "refuse_root_key_loss"()`,
    );
    this.addSql(`
      alter table "deployment_key"
        add column "sealed_by" text,
        add column "number" integer not null default 1 check ("number" > 0),
        add column "endorsement" bytea,
        add constraint "deployment_key_endorsed_check" check (("endorsement" is null) = ("number" = 1))`);
  }
}
