import type { CliContext } from './context.ts';
import type { JsonOption } from './leaf-command.ts';
import { printableJson } from './printable.ts';
import { type Column, renderTable } from './table.ts';

/** Prints one answer: as JSON when asked for, else as `describe` puts it. */
export function printOne<Answer>(
  context: CliContext,
  options: JsonOption,
  shown: { readonly answer: Answer; readonly describe: (answer: Answer) => string },
): void {
  const { terminal } = context;
  terminal.print(options.json ? printableJson(shown.answer) : shown.describe(shown.answer));
}

/** Prints a list: `{ items }` as JSON, else a table; an empty one says so on stderr and prints nothing. */
export function printList<Row>(
  context: CliContext,
  options: JsonOption,
  shown: { readonly items: readonly Row[]; readonly columns: readonly Column<Row>[]; readonly none: string },
): void {
  const { terminal } = context;
  if (options.json) terminal.print(printableJson({ items: shown.items }));
  else if (shown.items.length === 0) terminal.say(shown.none);
  else terminal.print(renderTable(terminal, shown.items, shown.columns));
}
