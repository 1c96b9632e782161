/**
 * Text of `sallyport.yaml` -> a policy document, or every problem in it with path and line. Pure: it
 * reads no file, no environment and no secret.
 */
import { createHash } from 'node:crypto';
import { LineCounter, parseDocument } from 'yaml';
import { findUnavailable } from './availability.ts';
import { type Finding, flatten, locate, type Problem, pathText } from './problems.ts';
import { findContradictions } from './references.ts';
import { POLICY_DOCUMENT, type PolicyDocument } from './schema.ts';

export type ParsedPolicy =
  | {
      readonly ok: true;
      readonly document: PolicyDocument;
      /** First 12 hex digits of the text's SHA-256: what decisions are stored with. */
      readonly version: string;
      readonly text: string;
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const TEXT_BYTES_MAX = 1_048_576;
const ALIASES_MAX = 100;
const PROBLEMS_MAX = 100;

/**
 * Never throws. At most 1 MiB of text; at most 100 problems are listed.
 * @param options.toStart false where nothing is started with it: what no part acts on yet is then accepted
 */
export function parsePolicyDocument(
  text: string,
  { toStart }: { readonly toStart: boolean } = { toStart: true },
): ParsedPolicy {
  if (Buffer.byteLength(text) > TEXT_BYTES_MAX) {
    return failed([{ path: '', line: 1, column: 1, message: 'the file is larger than 1 MiB' }]);
  }
  const lines = new LineCounter();
  const yaml = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  if (yaml.errors.length > 0) {
    return failed(
      yaml.errors.map((error) => {
        const { line, col } = lines.linePos(error.pos[0]);
        return { path: '', line, column: col, message: firstLine(error.message) };
      }),
    );
  }
  const at = (found: Finding): Problem => ({
    path: pathText(found.path),
    ...locate(yaml, lines, found.path),
    message: found.message,
  });

  let value: unknown;
  try {
    value = yaml.toJS({ maxAliasCount: ALIASES_MAX }) ?? {};
  } catch (error) {
    return failed([
      { path: '', line: 1, column: 1, message: error instanceof Error ? error.message : 'not readable' },
    ]);
  }
  const parsed = POLICY_DOCUMENT.safeParse(value);
  if (!parsed.success) return failed(parsed.error.issues.flatMap((issue) => flatten(issue)).map(at));

  const unavailable = toStart ? findUnavailable(parsed.data) : [];
  const findings = [...unavailable, ...findContradictions(parsed.data)];
  if (findings.length > 0) return failed(findings.map(at));
  const version = createHash('sha256').update(text).digest('hex').slice(0, 12);
  return { ok: true, document: parsed.data, version, text };
}

function failed(problems: readonly Problem[]): ParsedPolicy {
  const sorted = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  return { ok: false, problems: sorted.slice(0, PROBLEMS_MAX) };
}

/** The YAML parser appends a drawing of the place; path and line say it already. */
function firstLine(message: string): string {
  return message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? message;
}
