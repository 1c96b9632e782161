/** Who was in an incident, and as what. */
import type { JSX } from 'preact';
import type { WireIncidentTimeline } from '../../web/wire.ts';
import { Avatar } from '../parts/avatar.tsx';

const SHOWN_MAX = 60;

export function People({ people }: Pick<WireIncidentTimeline, 'people'>): JSX.Element | null {
  if (people.length === 0) return null;
  const more = people.length - SHOWN_MAX;
  return (
    <section class="panel" aria-labelledby="people-title">
      <h2 id="people-title">People</h2>
      <ul class="incident-people">
        {people.slice(0, SHOWN_MAX).map(({ person, roles }) => (
          <li key={person.id}>
            <Avatar person={person} small />
            <span>
              <span class="person">{person.name}</span>
              <span class="muted small">{roles.join(', ')}</span>
            </span>
          </li>
        ))}
      </ul>
      {more > 0 && <p class="muted small">and {more} more</p>}
    </section>
  );
}
