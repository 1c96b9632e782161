/** The first rows that came back, in the masked view: nobody sees more here than the client did. */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { TimelineEntry } from '../../web/wire.ts';
import { Icon } from '../parts/icons.tsx';
import { count } from './session-words.ts';

interface ResultTableProps {
  /** What they came back of: `statement 3`. */
  readonly of: string;
  readonly columns: TimelineEntry['columns'];
  readonly rows: TimelineEntry['firstRows'];
  /** How many came back in all. */
  readonly total: number;
}

export function ResultTable({ of, columns, rows, total }: ResultTableProps): JSX.Element {
  const [scroller, overflows] = useOverflow();
  return (
    <figure class="result">
      <section
        class="result-scroll"
        ref={scroller}
        // A keyboard can scroll what it can reach.
        {...(overflows ? { tabIndex: 0, 'aria-label': `Rows of ${of}` } : {})}
      >
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
      </section>
      <figcaption class="muted small">
        {rows.length < total ? `First ${rows.length} of ${count(total, 'row')}` : count(total, 'row')}, as the
        client saw them
      </figcaption>
    </figure>
  );
}

/** Whether there is more of an element than fits beside each other; it may be drawn wider or narrower later. */
function useOverflow(): [{ readonly current: HTMLElement | null }, boolean] {
  const element = useRef<HTMLElement>(null);
  const [overflows, setOverflows] = useState(false);
  useEffect(() => {
    const { current } = element;
    if (current === null) return;
    const observer = new ResizeObserver(() => setOverflows(current.scrollWidth > current.clientWidth));
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  return [element, overflows];
}
