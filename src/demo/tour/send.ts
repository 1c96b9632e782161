import type { SqlResult } from './sql-client.ts';
import type { Tour } from './step.ts';

/** Runs a statement over the revealed connection and notes it, for the counts to be compared with. */
export async function send(
  { notebook }: Tour,
  text: string,
  { held }: { readonly held: boolean } = { held: false },
): Promise<SqlResult> {
  const result = await notebook.recall('sqlSession').run(text);
  notebook.statements.push({ text, result, held });
  return result;
}
