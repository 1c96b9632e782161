import { Migration } from '@mikro-orm/migrations';

/** As FACT_SEPARATORS in src/access/search/query.ts: what is typed has blanks in their places. */
const SEPARATORS = `@./-_:,;()[]#"''`;
const BLANKS = ' '.repeat(15);

/**
 * What a search compares with words about who, what and why, in lower case and with blanks for separators: put
 * together once and not for each session in every search.
 */
export class Migration20261128600000 extends Migration {
  override up(): void {
    const facts = (columns: readonly string[]): string =>
      `translate(lower(${columns.map((column) => `' ' || coalesce("${column}", '')`).join(' || ')}), '${SEPARATORS}', '${BLANKS}')`;
    const request = facts(['resource', 'resource_kind', 'role', 'reason', 'ticket', 'incident']);
    this.addSql(
      `alter table "access_request" add column "search_facts" text generated always as (${request}) stored`,
    );
    this.addSql(
      `alter table "identity" add column "search_facts" text generated always as (${facts(['name', 'email'])}) stored`,
    );
  }
}
