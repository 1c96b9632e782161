/** What a text does to the cursors of its session. */
import { textOf } from '../../policies/analyzers/sql/tree.ts';
import type { SqlInspection } from './sql-inspection.ts';

/** The cursors that a text declares or closes, in the order of their tags; null stands for all of them. */
export function cursorsMoved(found: SqlInspection | null): (string | null)[] {
  return (found?.statements ?? []).flatMap(({ tree }) =>
    tree?.kind === 'DeclareCursorStmt' || tree?.kind === 'ClosePortalStmt'
      ? [textOf(tree, 'portalname')]
      : [],
  );
}
