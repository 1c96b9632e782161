import { Migration } from '@mikro-orm/migrations';

/**
 * Commands and changes of the policy are decided as requests are, in somebody's place too; and what is said in
 * the thread of a request's card (a reminder, an escalation) is a card of its own, so that it is posted once. A
 * browser's session knows when its person last proved who they are.
 */
export class Migration20261123000101 extends Migration {
  override up(): void {
    for (const [table, matter] of [
      ['hold_vote', 'hold_id'],
      ['policy_change_vote', 'change_id'],
    ]) {
      this.addSql(
        `alter table "${table}"
           add column "on_behalf_of_id" text references "identity" ("id"),
           add check ("on_behalf_of_id" <> "identity_id")`,
      );
      this.addSql(
        `create unique index "${table}_once_for_each_delegator" on "${table}" ("${matter}", "on_behalf_of_id") where "on_behalf_of_id" is not null`,
      );
    }
    this.addSql(`alter table "web_session" add column "signed_in_at" timestamptz`);
    this.addSql(`alter table "card_copy" drop constraint "card_copy_subject_check"`);
    this.addSql(
      `alter table "card_copy" add constraint "card_copy_subject_check" check ("subject" in ('request', 'grant', 'session', 'hold', 'review', 'policy-change', 'freeze', 'reminder', 'escalation'))`,
    );
  }
}
