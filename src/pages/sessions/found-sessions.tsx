/** Sessions in which something was found, each with its statements; every one leads to its moment. */
import type { JSX } from 'preact';
import type { WireFoundSession, WireSearchHit } from '../../web/wire.ts';
import { Avatar } from '../parts/avatar.tsx';
import { Badge } from '../parts/badge.tsx';
import { offsetText } from '../parts/relative-time.ts';
import { ClockTime, TimeAgo } from '../parts/time-text.tsx';
import { incidentPath, sessionPath } from '../routing/routes.ts';
import { LiveMark } from './live/live-mark.tsx';
import { momentPath } from './session-query.ts';
import { count } from './session-words.ts';

export function FoundSessions({ sessions }: { sessions: readonly WireFoundSession[] }): JSX.Element {
  return (
    <ol class="found">
      {sessions.map((session) => (
        <Found key={session.id} session={session} />
      ))}
    </ol>
  );
}

function Found({ session }: { session: WireFoundSession }): JSX.Element {
  const { id, holder, resource, role, startedAt, incident, live, hits, hitCount, isHitCountAtLeast } =
    session;
  return (
    <li class="panel found-session">
      <div class="found-header">
        <Avatar person={holder} small />
        <a class="found-who" href={sessionPath(id)} data-result>
          {holder.name} on <span class="code">{resource}</span>
        </a>
        {live && <LiveMark session={session} />}
        <span class="muted small">
          as {role} · <TimeAgo at={startedAt} />
          {incident !== null && (
            <>
              {' · '}
              <a href={incidentPath(incident)}>#{incident}</a>
            </>
          )}
        </span>
        {hitCount > 0 && (
          <span class="found-count muted small">
            {isHitCountAtLeast && 'at least '}
            {count(hitCount, 'match', 'matches')}
          </span>
        )}
      </div>
      {hits.length > 0 && (
        <ol class="hits">
          {hits.map((hit) => (
            <Hit key={hit.ordinal} hit={hit} path={momentPath(sessionPath(id), hit)} />
          ))}
        </ol>
      )}
      {hitCount > hits.length && (
        <p class="muted small found-more">
          The {hits.length} riskiest of {isHitCountAtLeast && 'at least '}
          {hitCount.toLocaleString('en')} are shown.
        </p>
      )}
    </li>
  );
}

function Hit({ hit, path }: { hit: WireSearchHit; path: string }): JSX.Element {
  return (
    <li>
      <a class="hit" href={path} data-result>
        <span class="hit-time muted small">
          <ClockTime at={hit.at} seconds /> <span>{offsetText(hit.atMs)}</span>
        </span>
        <span class="hit-text code">
          {hit.text.map((piece, index) => (piece.found ? <mark key={index}>{piece.text}</mark> : piece.text))}
        </span>
        <span class="hit-flags">
          {hit.kind === 'guess' && <Badge tone="neutral">Guess</Badge>}
          {hit.denied && <Badge tone="bad">Denied</Badge>}
          {hit.held && <Badge tone="waiting">Held</Badge>}
          {hit.masked && <Badge tone="warning">Masked</Badge>}
        </span>
      </a>
    </li>
  );
}
