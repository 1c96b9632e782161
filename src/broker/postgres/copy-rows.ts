/** Which messages of a copy out are rows: PostgreSQL sends each row as one CopyData, and some beside them. */
import type { SqlStatement } from '../../policies/analyzers/sql/statement.ts';
import { childOf, constantText, listOf, type TreeNode, textOf } from '../../policies/analyzers/sql/tree.ts';
import { BodyReader } from './codec/body-reader.ts';

/** A file in the binary format begins with 19 bytes, which come with the first row, and ends with two. */
const BINARY_END_BYTES = 2;
const BINARY_EMPTY_BYTES = 21;

export class CopyRows {
  readonly binary: boolean;
  readonly #header: boolean;
  #first = true;

  constructor(
    format: { readonly binary: boolean; readonly header: boolean } = { binary: false, header: false },
  ) {
    this.binary = format.binary;
    this.#header = format.header;
  }

  /**
   * @param body of CopyOutResponse
   * @param header true when the first line has the names of the columns
   */
  static begin(body: Buffer, header: boolean): CopyRows {
    return new CopyRows({ binary: new BodyReader(body, 'CopyOutResponse').int8() === 1, header });
  }

  /** How many rows the next CopyData has; call `passed` when it has gone by. */
  rowsIn(bodyBytes: number): 0 | 1 {
    if (!this.binary) return this.#first && this.#header ? 0 : 1;
    return bodyBytes === BINARY_END_BYTES || (this.#first && bodyBytes === BINARY_EMPTY_BYTES) ? 0 : 1;
  }

  passed(): void {
    this.#first = false;
  }
}

const TRUE_WORDS: ReadonlySet<string> = new Set(['', 'true', 'on', '1']);

/** True when every copy out of the text begins with a line of the columns' names. */
export function writesHeaderLine(statements: readonly SqlStatement[]): boolean {
  const copies = statements.flatMap(({ tree }) => (tree?.kind === 'CopyStmt' ? [tree] : []));
  return copies.length > 0 && copies.every((copy) => listOf(copy, 'options').some(isHeader));
}

function isHeader(option: TreeNode): boolean {
  if (textOf(option, 'defname') !== 'header') return false;
  return TRUE_WORDS.has((constantText(childOf(option, 'arg')) ?? '').toLowerCase());
}
