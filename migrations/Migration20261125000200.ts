import { Migration } from '@mikro-orm/migrations';

/** Tokens that expire and are exchanged for the next ones, by one process for all. */
export class Migration20261125000200 extends Migration {
  override up(): void {
    this.addSql(`
      create table "rotating_token" (
        "name" text primary key,
        "seed_sha256" text not null check ("seed_sha256" ~ '^[0-9a-f]{64}$'),
        "sealed" bytea not null,
        "refreshed_at" timestamptz not null,
        "expires_at" timestamptz not null
      )`);
  }
}
