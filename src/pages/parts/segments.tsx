/** One choice out of a few, side by side: radio buttons underneath. */
import type { JSX } from 'preact';

interface SegmentsProps<Value extends string> {
  readonly name: string;
  readonly label: string;
  readonly value: Value;
  readonly options: readonly { readonly value: Value; readonly label: string; readonly count?: number }[];
  readonly onChange: (value: Value) => void;
}

export function Segments<Value extends string>(props: SegmentsProps<Value>): JSX.Element {
  return (
    <div class="segments" role="radiogroup" aria-label={props.label}>
      {props.options.map((option) => (
        <label key={option.value}>
          <input
            type="radio"
            name={props.name}
            value={option.value}
            checked={option.value === props.value}
            onChange={() => props.onChange(option.value)}
          />
          <span>
            {option.label}
            {option.count !== undefined && <span class="muted">{option.count}</span>}
          </span>
        </label>
      ))}
    </div>
  );
}
