/** What a change would have decided differently of what was really asked and run. */
import type { JSX } from 'preact';
import type { WirePolicyChange } from '../../web/wire.ts';
import { Badge } from '../parts/badge.tsx';
import { countText } from './policy-words.ts';

type Impact = NonNullable<WirePolicyChange['impact']>;

/** More is allowed than before. */
const LOOSER: ReadonlySet<string> = new Set(['allowed', 'automatic', 'break-glass']);

export function ImpactPanel({ change }: { change: WirePolicyChange }): JSX.Element {
  const { impact, state } = change;
  return (
    <section class="panel" aria-labelledby="impact-title">
      <h2 id="impact-title">Impact</h2>
      {impact ? (
        <Counts impact={impact} />
      ) : (
        <p class="muted">{state === 'pending' ? 'Being worked out…' : 'It was not worked out.'}</p>
      )}
    </section>
  );
}

function Counts({ impact }: { impact: Impact }): JSX.Element {
  return (
    <>
      <p>
        Would be decided differently: {countText(impact.requests, 'requests', impact.sinceMs)},{' '}
        {countText(impact.statements, 'statements', impact.sinceMs)}.
      </p>
      {impact.groups.length > 0 && (
        <ul class="impact">
          {impact.groups.map((group) => (
            <li key={`${group.subject} ${group.from} ${group.to} ${group.because}`}>
              <span class="impact-count">{group.count}</span>
              <span>
                {group.subject}
                {group.count === 1 ? '' : 's'} {group.from} →{' '}
                <Badge tone={LOOSER.has(group.to) ? 'warning' : 'neutral'}>{group.to}</Badge>{' '}
                <span class="muted">
                  by {group.because}, for example <span class="code">{group.example}</span>
                </span>
              </span>
            </li>
          ))}
        </ul>
      )}
      {impact.notes.map((note) => (
        <p key={note} class="muted small">
          {note}
        </p>
      ))}
    </>
  );
}
