import { Migration } from '@mikro-orm/migrations';

/** Cards of what happened to a chat account, and of incidents. */
export class Migration20261124000402 extends Migration {
  override up(): void {
    this.addSql(`alter table "card_copy" drop constraint "card_copy_subject_check"`);
    this.addSql(
      `alter table "card_copy" add constraint "card_copy_subject_check" check ("subject" in ('request', 'closing', 'delegation', 'grant', 'session', 'hold', 'review', 'policy-change', 'freeze', 'reminder', 'escalation', 'review-reminder', 'chat-account-change', 'incident'))`,
    );
  }
}
