/** The commands that wait for approval right now: somebody sits in front of each. Nothing where there are none. */
import type { JSX } from 'preact';
import type { WireHold } from '../../web/wire.ts';
import { useResource } from '../http/use-resource.ts';
import { Avatar } from '../parts/avatar.tsx';
import { Badge, HOLD_WORDS } from '../parts/badge.tsx';
import { Countdown } from '../parts/time-text.tsx';
import type { Show } from '../requests/request-query.ts';
import { seatsText } from '../requests/request-words.ts';
import { holdPath } from '../routing/routes.ts';

/** Their authors wait, and time runs out in minutes. */
const REFRESH_MS = 2_000;

const NARROWED: Readonly<Record<Exclude<Show, 'voted'>, string>> = {
  all: '',
  pending: '',
  vote: '&forMe=true',
  mine: '&mine=true',
};

export function HeldCommands({ show }: { show: Exclude<Show, 'voted'> }): JSX.Element | null {
  const { loaded } = useResource<{ readonly items: readonly WireHold[] }>(
    `/api/v1/holds?state=held${NARROWED[show]}`,
    { refreshMs: REFRESH_MS, keepValue: true },
  );
  const held = loaded.state === 'ready' ? loaded.value.items : [];
  if (held.length === 0) return null;
  return (
    <section class="held" aria-labelledby="held-title">
      <h2 id="held-title">Held commands</h2>
      <ul class="rows">
        {held.map((hold) => (
          <Row key={hold.id} hold={hold} />
        ))}
      </ul>
    </section>
  );
}

function Row({ hold }: { hold: WireHold }): JSX.Element {
  const { tone, words } = HOLD_WORDS[hold.state];
  return (
    <li class="row">
      <Avatar person={hold.holder} />
      <div class="row-main">
        <p>
          <a class="row-link" href={holdPath(hold.id)}>
            {hold.holder.name} · <span class="code">{hold.resource}</span> as {hold.role}
          </a>
        </p>
        <p class="row-reason code">{hold.text}</p>
      </div>
      <div class="row-side">
        <Badge tone={tone} live>
          {words}
        </Badge>
        <span class="muted small">
          {seatsText({ seats: hold.seats, automatic: false })} · <Countdown to={hold.expiresAt} />
        </span>
      </div>
    </li>
  );
}
