import { Migration } from '@mikro-orm/migrations';

/** The signed heads of the audit log. Neither they nor events can be emptied away. */
export class Migration20261127300100 extends Migration {
  override up(): void {
    this.addSql(`
      create table "audit_head" (
        "id" bigint generated always as identity primary key,
        "sequence" bigint not null references "event" ("sequence"),
        "sha256" text not null check ("sha256" ~ '^[0-9a-f]{64}$'),
        "at" timestamptz not null,
        "day" date unique,
        "signing_key_sha256" text not null check ("signing_key_sha256" ~ '^[0-9a-f]{64}$'),
        "signature" text not null check ("signature" ~ '^[0-9a-f]{128}$'),
        "posted_at" timestamptz
      )`);
    this.addSql(`create index on "audit_head" ("sequence")`);
    this.addSql(`create index on "event" using brin ("at")`);
    this.addSql(`
      create function "refuse_audit_head_change"() returns trigger language plpgsql as $$
      begin
        if tg_op = 'UPDATE' and old.posted_at is null
            and (new.id, new.sequence, new.sha256, new.at, new.day, new.signing_key_sha256, new.signature)
            is not distinct from (old.id, old.sequence, old.sha256, old.at, old.day, old.signing_key_sha256, old.signature) then
          return new;
        end if;
        raise exception 'signed heads of the audit log are append-only' using errcode = 'check_violation';
      end $$`);
    this.addSql(
      `create trigger "append_only" before update or delete on "audit_head" for each row execute function "refuse_audit_head_change"()`,
    );
    this.addSql(`
      create function "refuse_emptying"() returns trigger language plpgsql as $$
      begin
        raise exception 'the audit log is append-only' using errcode = 'check_violation';
      end $$`);
    for (const table of ['event', 'audit_head']) {
      this.addSql(
        `create trigger "never_emptied" before truncate on "${table}" for each statement execute function "refuse_emptying"()`,
      );
    }
  }
}
