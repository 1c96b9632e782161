import { Migration } from '@mikro-orm/migrations';

/** What changed lately is found without reading what is long over. */
export class Migration20261123000120 extends Migration {
  override up(): void {
    this.addSql(`create index on "access_request" ("decided_at")`);
    this.addSql(`create index on "access_request" ("extends_id") where "extends_id" is not null`);
    this.addSql(`create index on "access_request" ("reminded_at") where "reminded_at" is not null`);
    this.addSql(`create index on "access_request" ("escalated_at") where "escalated_at" is not null`);
    this.addSql(`create index on "access_grant" ("created_at")`);
    this.addSql(`create index on "access_grant" ("ended_at")`);
    this.addSql(`create index on "access_grant" ("issue_problem_at") where "issue_problem_at" is not null`);
    this.addSql(`create index on "request_comment" ("created_at")`);
    this.addSql(`create index on "review" ("decided_at")`);
    this.addSql(`create index on "session" ("ended_at")`);
    this.addSql(`create index on "hold" ("decided_at")`);
  }
}
