import { Migration } from '@mikro-orm/migrations';

/**
 * For the timeline of an incident: whether a statement failed, and what of a session matters, to be found without
 * reading the rest. Reports of incidents are documents of chat, too.
 */
export class Migration20261128030000 extends Migration {
  override up(): void {
    this.addSql(`alter table "search_entry" add column "failed" boolean not null default false`);
    this.addSql(`alter table "chat_document" drop constraint "chat_document_kind_check"`);
    this.addSql(
      `alter table "chat_document" add constraint "chat_document_kind_check" check ("kind" in ('transcript', 'recording', 'timeline', 'report'))`,
    );
  }
}
