/** Labelled facts in a grid. */
import type { ComponentChildren, JSX } from 'preact';

export function Facts({ children }: { children: ComponentChildren }): JSX.Element {
  return <dl class="facts">{children}</dl>;
}

interface FactProps {
  readonly label: string;
  /** Takes the grid's whole width: text of a sentence or more. */
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}

export function Fact({ label, wide = false, children }: FactProps): JSX.Element {
  return (
    <div class={wide ? 'fact fact-wide' : 'fact'}>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A number that stands out, with what it counts. */
export function Count({
  value,
  label,
  tone = 'neutral',
}: {
  value: number;
  label: string;
  tone?: 'neutral' | 'bad' | 'waiting';
}): JSX.Element {
  return (
    <div class={`count ${value > 0 ? `tone-${tone}` : 'tone-neutral'}`}>
      <span class="count-value">{value.toLocaleString()}</span>
      <span class="count-label">{label}</span>
    </div>
  );
}
