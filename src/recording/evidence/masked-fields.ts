/** Which fields of answers were masked, and how often. */

export interface MaskedField {
  /** Columns that were masked together, as the answers named them; empty for what is no table: output, an error. */
  readonly columns: readonly string[];
  /** Tables that the statements read. */
  readonly tables: readonly string[];
  readonly cells: number;
  readonly statements: number;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

const FIELDS_MAX = 500;
const COLUMNS_MAX = 50;

export class MaskedFields {
  readonly #fields = new Map<string, Mutable<MaskedField>>();
  #omittedCells = 0;

  /** The answer of one statement. */
  take(of: {
    readonly columns: readonly string[];
    readonly tables: readonly string[];
    readonly cells: number;
  }): void {
    if (of.cells === 0) return;
    const columns = [...new Set(of.columns)].slice(0, COLUMNS_MAX);
    const tables = [...new Set(of.tables)].slice(0, COLUMNS_MAX);
    const key = JSON.stringify([columns, tables]);
    const known = this.#fields.get(key);
    if (known !== undefined) {
      known.cells += of.cells;
      known.statements += 1;
    } else if (this.#fields.size < FIELDS_MAX) {
      this.#fields.set(key, { columns, tables, cells: of.cells, statements: 1 });
    } else {
      this.#omittedCells += of.cells;
    }
  }

  list(): { readonly fields: readonly MaskedField[]; readonly omittedCells: number } {
    return { fields: [...this.#fields.values()], omittedCells: this.#omittedCells };
  }
}
