import { Migration } from '@mikro-orm/migrations';

/** Whoever finds a lane full is told when their place comes, one after the other. */
export class Migration20261124000105 extends Migration {
  override up(): void {
    this.addSql(`alter table "chat_pace" add "promised_at" timestamptz null`);
  }
}
