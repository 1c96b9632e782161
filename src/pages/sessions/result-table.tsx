/** The first rows that came back, in the masked view: nobody sees more here than the client did. */
import type { JSX } from 'preact';
import type { TimelineEntry } from '../../web/wire.ts';
import { Icon } from '../parts/icons.tsx';
import { count } from './session-words.ts';

interface ResultTableProps {
  readonly columns: TimelineEntry['columns'];
  readonly rows: TimelineEntry['firstRows'];
  /** How many came back in all. */
  readonly total: number;
}

export function ResultTable({ columns, rows, total }: ResultTableProps): JSX.Element {
  return (
    <figure class="result">
      <div class="result-scroll">
        <table>
          <thead>
            <tr>
              {columns.map((column, index) => (
                <th key={index} scope="col" class={column.masked ? 'masked' : undefined}>
                  {column.name}
                  {column.masked && (
                    <span class="masked-mark" title="Masked by policy">
                      <Icon name="lock" />
                      masked
                    </span>
                  )}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, rowIndex) => (
              <tr key={rowIndex}>
                {columns.map((column, index) => (
                  <td key={index} class={column.masked ? 'masked' : undefined}>
                    {row[index] ?? <span class="null">NULL</span>}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <figcaption class="muted small">
        {rows.length < total ? `First ${rows.length} of ${count(total, 'row')}` : count(total, 'row')}, as the
        client saw them
      </figcaption>
    </figure>
  );
}
