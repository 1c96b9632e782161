import { Migration } from '@mikro-orm/migrations';

/** Teams says of a click on which message it was, and not of what. */
export class Migration20261125000301 extends Migration {
  override up(): void {
    this.addSql(`create index on "card_copy" ("channel", "ref") where "platform" = 'teams'`);
  }
}
