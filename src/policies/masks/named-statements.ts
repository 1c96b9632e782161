/**
 * What the names of SQL's own cursors and prepared statements may stand for in one session. FETCH and EXECUTE show
 * only a name, so every statement that was ever given the name counts: which of them holds now depends on what
 * failed or was rolled back.
 */
import { type SqlStatement, withTree } from '../analyzers/sql/statement.ts';
import { childOf, textOf } from '../analyzers/sql/tree.ts';

type Kind = 'portal' | 'statement';

const NAMES_MAX = 1_000;
const STATEMENTS_MAX = 20;

export class NamedStatements {
  readonly #known = {
    portal: new Map<string, SqlStatement[]>(),
    statement: new Map<string, SqlStatement[]>(),
  };
  /** Of those that are not followed any more, every name may stand for anything. */
  readonly #lost = new Set<Kind>();

  /**
   * Call it for every statement before it runs.
   * @param unclear it runs code that nobody has looked at
   */
  remember(statement: SqlStatement, unclear: boolean): void {
    const { tree, calls } = statement;
    const kind =
      tree?.kind === 'PrepareStmt' ? 'statement' : tree?.kind === 'DeclareCursorStmt' ? 'portal' : null;
    if (tree !== null && kind !== null) {
      const inner = childOf(tree, 'query');
      const name = textOf(tree, kind === 'portal' ? 'portalname' : 'name') ?? '';
      this.#note(kind, name, withTree({ ...statement }, { tree: inner, calls }));
    }
    if (unclear) {
      // The target's own code can open cursors under names that it is given.
      this.#lost.add('portal');
    }
  }

  /** Null when nobody knows. */
  behind(kind: Kind, name: string): readonly SqlStatement[] | null {
    return this.#lost.has(kind) ? null : (this.#known[kind].get(name) ?? null);
  }

  #note(kind: Kind, name: string, statement: SqlStatement): void {
    const names = this.#known[kind];
    const statements = names.get(name) ?? [];
    if (statements.some(({ text }) => text === statement.text)) return;
    if (statements.length >= STATEMENTS_MAX || (names.size >= NAMES_MAX && !names.has(name))) {
      this.#lost.add(kind);
      return;
    }
    names.set(name, [...statements, statement]);
  }
}
