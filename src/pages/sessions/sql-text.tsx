/** A statement to read: coloured by text nodes, long ones folded. */
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { CopyButton } from '../parts/copy-button.tsx';
import { tokenizeSql } from './sql-tokens.ts';

const LINES_FOLDED = 12;
const CHARACTERS_FOLDED = 1_200;

/** @param props.plain for what is not SQL */
export function SqlText({ text, plain = false }: { text: string; plain?: boolean }): JSX.Element {
  const [unfolded, setUnfolded] = useState(false);
  const folded = useMemo(() => fold(text), [text]);
  const shown = unfolded ? text : folded;
  const tokens = useMemo(
    () => (plain ? [{ kind: 'plain', text: shown } as const] : tokenizeSql(shown)),
    [plain, shown],
  );
  return (
    <div class="sql">
      <pre class="sql-text">
        <code>
          {tokens.map((token, index) =>
            token.kind === 'plain' ? (
              token.text
            ) : (
              <span key={index} class={`sql-${token.kind}`}>
                {token.text}
              </span>
            ),
          )}
          {shown !== text && '…'}
        </code>
      </pre>
      <div class="sql-copy">
        <CopyButton text={text} what={plain ? 'the command' : 'the statement'} />
      </div>
      {folded !== text && (
        <button
          type="button"
          class="button button-small button-quiet"
          aria-expanded={unfolded}
          onClick={() => setUnfolded(!unfolded)}
        >
          {unfolded ? 'Show less' : `Show all ${text.length.toLocaleString()} characters`}
        </button>
      )}
    </div>
  );
}

function fold(text: string): string {
  const lines = text.split('\n', LINES_FOLDED + 1);
  const few = lines.length > LINES_FOLDED ? lines.slice(0, LINES_FOLDED).join('\n') : text;
  return few.length > CHARACTERS_FOLDED ? few.slice(0, CHARACTERS_FOLDED) : few;
}
