/**
 * Inspects large statements in a thread of its own, so that nobody else's connection waits for the parser.
 * What depends on the parse tree is worked out here: a tree of a large statement costs as much to hand over
 * as to make.
 */
import { parentPort } from 'node:worker_threads';
import { messageOf } from '../../core/errors.ts';
import { loadSqlParser } from '../../policies/analyzers/sql/analyze.ts';
import { isEverydayWork, SUMMARY_CHARACTERS_MAX } from '../riskiest.ts';
import { ClientNames } from './client-names.ts';
import { exposureOf } from './exposure.ts';
import { createSqlJudge, type JudgeSettings, type SqlInspection } from './sql-judge.ts';

export interface InspectionRequest {
  readonly id: number;
  readonly text: string;
  /** Null for those of the request before. */
  readonly settings: JudgeSettings | null;
}

/** In `found`, the text of a statement that is all of the request's is left empty: it need not travel back. */
export type InspectionReply =
  | { readonly id: number; readonly found: SqlInspection }
  | { readonly id: number; readonly problem: string };

const ready = loadSqlParser();
let latest: JudgeSettings | null = null;

function inspect(text: string, { masks, ...others }: JudgeSettings): SqlInspection {
  // Which names clients have taken is known where the session is, and looked at there.
  const judge = createSqlJudge({ masks, ...others, clientNames: new ClientNames() });
  const found = judge.inspect(text);
  const verdict = judge.decide(found);
  const everyday = verdict.action !== 'deny' && isEverydayWork(found.analysis);
  const normalized = everyday ? null : judge.normalize(text, found).slice(0, SUMMARY_CHARACTERS_MAX);
  const whole = text.trim();
  const analysis = found.analysis.map((one) => (one.text === whole ? { ...one, text: '' } : one));
  const decided = { verdict, exposure: exposureOf(masks, found), normalized };
  const { parseError, errorPosition, runs, releases, defines, definesUnseen } = found;
  const names = { runs, releases, defines, definesUnseen };
  return { parseError, errorPosition, ...names, analysis, statements: [], decided };
}

async function answer(
  { id, text }: InspectionRequest,
  settings: JudgeSettings | null,
): Promise<InspectionReply> {
  try {
    await ready;
    if (settings === null) throw new Error('it is not known what to judge by');
    return { id, found: inspect(text, settings) };
  } catch (error) {
    return { id, problem: messageOf(error) };
  }
}

parentPort?.on('message', (request: InspectionRequest) => {
  latest = request.settings ?? latest;
  void answer(request, latest).then((reply) => parentPort?.postMessage(reply));
});
