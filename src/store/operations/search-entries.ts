/** What was done in sessions, as rows to be searched. */
import type { Database } from '../open-store.ts';

export interface SearchEntry {
  /** Counts from 1 within the session. */
  readonly ordinal: number;
  readonly kind: 'statement' | 'command' | 'guess';
  readonly statement: number | null;
  readonly atMs: number;
  /** As anybody may see it, cut at a limit. */
  readonly text: string;
  readonly cut: boolean;
  /** `schema.name`, or `name` where the text names no schema. */
  readonly relations: readonly string[];
  readonly files: readonly string[];
  readonly action: string | null;
  readonly rule: string | null;
  readonly operation: string | null;
  readonly risk: number;
  readonly denied: boolean;
  readonly held: boolean;
  readonly masked: boolean;
  /** The target answered with an error. False for what was read before that was kept. */
  readonly failed: boolean;
}

/** @param options.entries each with its words, a `tsvector` as text. Those that are there already are replaced. */
export async function putSearchEntries(
  db: Database,
  options: {
    readonly sessionId: string;
    readonly entries: readonly (SearchEntry & { readonly words: string })[];
  },
): Promise<void> {
  if (options.entries.length === 0) return;
  await db.execute(
    `insert into search_entry (session_id, ordinal, at_ms, risk, denied, held, masked, failed, cut, statement, kind, action,
                               operation, rule, text, relations, files, words)
     select ?, e.ordinal, e."atMs", e.risk, e.denied, e.held, e.masked, e.failed, e.cut, e.statement, e.kind, e.action,
            e.operation, e.rule, e.text, e.relations, e.files, e.words::tsvector
       from jsonb_to_recordset(?::jsonb) as e (ordinal int, "atMs" bigint, risk smallint, denied boolean, held boolean,
            masked boolean, failed boolean, cut boolean, statement int, kind text, action text, operation text, rule text, text text,
            relations text[], files text[], words text)
     on conflict (session_id, ordinal) do update
        set risk = excluded.risk, denied = excluded.denied, held = excluded.held, masked = excluded.masked,
            failed = excluded.failed,
            text = excluded.text, cut = excluded.cut, relations = excluded.relations, files = excluded.files,
            words = excluded.words`,
    [options.sessionId, JSON.stringify(options.entries)],
  );
}

/** Before a recording is read anew. */
export async function clearSearchEntries(
  db: Database,
  options: { readonly sessionId: string },
): Promise<void> {
  await db.execute('delete from search_entry where session_id = ?', [options.sessionId]);
}

/** With their recordings, which nobody reads any more. */
export async function deleteSearchEntries(
  db: Database,
  options: { readonly sessionIds: readonly string[] },
): Promise<void> {
  const ids = JSON.stringify(options.sessionIds);
  await db.execute(
    `update search_progress set complete = true, problem = 'its recording was deleted'
      where session_id in (select jsonb_array_elements_text(?::jsonb))`,
    [ids],
  );
  await db.execute(
    'delete from search_entry where session_id in (select jsonb_array_elements_text(?::jsonb))',
    [ids],
  );
}
