import { Migration } from '@mikro-orm/migrations';

/** Public keys that say who somebody is at a host: registered by themselves, or named by the identity provider. */
export class Migration20261126000100 extends Migration {
  override up(): void {
    this.addSql(`
      create table "ssh_key" (
        "id" text primary key,
        "identity_id" text not null references "identity" ("id"),
        "fingerprint" text not null unique check ("fingerprint" ~ '^SHA256:[A-Za-z0-9+/]{43}$'),
        "type" text not null,
        "blob_base64" text not null check (length("blob_base64") between 1 and 8192),
        "label" text not null check (length("label") between 1 and 200),
        "created_at" timestamptz not null,
        "last_used_at" timestamptz
      )`);
    this.addSql(`create index on "ssh_key" ("identity_id")`);
    this.addSql(`alter table "identity" add column "ssh_keys" jsonb not null default '[]'`);
    this.addSql(`create index on "identity" using gin ("ssh_keys")`);
    this.addSql(`
      create function "refuse_ssh_key_change"() returns trigger language plpgsql as $$
      begin
        if (new.id, new.identity_id, new.fingerprint, new.type, new.blob_base64, new.created_at)
            is distinct from (old.id, old.identity_id, old.fingerprint, old.type, old.blob_base64, old.created_at) then
          raise exception 'key % belongs to whom it was registered for', old.id using errcode = 'check_violation';
        end if;
        return new;
      end $$`);
    this.addSql(
      `create trigger "stays_with_its_owner" before update on "ssh_key" for each row execute function "refuse_ssh_key_change"()`,
    );
  }
}
