import { Migration } from '@mikro-orm/migrations';

/** When a review was last reminded of, and which freeze was lifted last: what the sweep of cards goes by. */
export class Migration20261123000112 extends Migration {
  override up(): void {
    this.addSql(`alter table "review" add column "reminded_at" timestamptz`);
    this.addSql(`alter table "freeze" add column "lifted_id" text, add column "lifted_at" timestamptz`);
  }
}
