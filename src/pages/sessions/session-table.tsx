/** Sessions as a table; on a narrow screen each row becomes a block. */
import type { JSX } from 'preact';
import type { WireSession } from '../../web/wire.ts';
import { Avatar } from '../parts/avatar.tsx';
import { Badge } from '../parts/badge.tsx';
import { Elapsed, TimeAgo } from '../parts/time-text.tsx';
import { incidentPath, sessionPath } from '../routing/routes.ts';
import { LiveMark } from './live/live-mark.tsx';
import { count } from './session-words.ts';

export function SessionTable({ sessions }: { sessions: readonly WireSession[] }): JSX.Element {
  return (
    <table class="table">
      <thead>
        <tr>
          <th scope="col">Who</th>
          <th scope="col">Resource</th>
          <th scope="col">Started</th>
          <th scope="col">Duration</th>
          <th scope="col" class="number">
            Commands
          </th>
          <th scope="col" class="number">
            Denied
          </th>
          <th scope="col" class="number">
            Masked
          </th>
          <th scope="col">Incident</th>
        </tr>
      </thead>
      <tbody>
        {sessions.map((session) => (
          <Row key={session.id} session={session} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ session }: { session: WireSession }): JSX.Element {
  const { counts } = session;
  return (
    <tr>
      <td class="table-main">
        <span class="table-who">
          <Avatar person={session.holder} small />
          <a
            class="row-link"
            href={sessionPath(session.id)}
            aria-label={`Session of ${session.holder.name} on ${session.resource}`}
          >
            {session.holder.name}
          </a>
          {session.live && <LiveMark session={session} />}
        </span>
      </td>
      <td>
        <span class="code">{session.resource}</span> <span class="muted">as {session.role}</span>
      </td>
      <td>
        <TimeAgo at={session.startedAt} />
      </td>
      <td>
        <Elapsed from={session.startedAt} to={session.endedAt} />
      </td>
      <td class="number" data-label="commands">
        {counts.commands}
      </td>
      <td class="number" data-label="denied">
        {counts.denied > 0 ? <Badge tone="bad">{counts.denied}</Badge> : <span class="muted">0</span>}
      </td>
      <td
        class="number"
        data-label="masked"
        title={count(counts.maskedCells, session.resourceKind === 'ssh' ? 'masked value' : 'masked cell')}
      >
        {counts.maskedCells > 0 ? counts.maskedCells.toLocaleString() : <span class="muted">0</span>}
      </td>
      <td class="table-incident">
        {session.incident ? (
          <a class="above" href={incidentPath(session.incident)}>
            #{session.incident}
          </a>
        ) : (
          <span class="muted">none</span>
        )}
      </td>
    </tr>
  );
}
