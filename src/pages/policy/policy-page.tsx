/** Changes of the policy: the one that waits, the one in force, and those before. */
import type { JSX } from 'preact';
import type { WirePolicyChange } from '../../web/wire.ts';
import { useResource } from '../http/use-resource.ts';
import { Avatar } from '../parts/avatar.tsx';
import { Badge } from '../parts/badge.tsx';
import { Empty, WhenLoaded } from '../parts/states.tsx';
import { TimeAgo } from '../parts/time-text.tsx';
import { seatsText } from '../requests/request-words.ts';
import { policyChangePath } from '../routing/routes.ts';
import { useTitle } from '../shell/use-title.ts';
import { changeWords, proposerName } from './policy-words.ts';

const REFRESH_MS = 5_000;

export function PolicyPage(): JSX.Element {
  useTitle('Policy');
  const { loaded, reload } = useResource<{ readonly items: readonly WirePolicyChange[] }>(
    '/api/v1/policy/changes',
    { refreshMs: REFRESH_MS },
  );
  return (
    <div class="records">
      <header class="records-header">
        <div>
          <h1>Policy</h1>
          <p class="muted">Who changed who may do what, and who agreed.</p>
        </div>
      </header>
      <WhenLoaded loaded={loaded} retry={() => void reload()}>
        {({ items }) =>
          items.length > 0 ? (
            <ul class="rows">
              {items.map((change) => (
                <Row key={change.id} change={change} />
              ))}
            </ul>
          ) : (
            <Empty icon="shield" title="No change that you may read">
              <p>A policy is changed by its file, or with one command:</p>
              <div class="empty-example">
                <code class="code">sallyport policy apply sallyport.yaml</code>
              </div>
            </Empty>
          )
        }
      </WhenLoaded>
    </div>
  );
}

function Row({ change }: { change: WirePolicyChange }): JSX.Element {
  const { tone, words } = changeWords(change);
  return (
    <li class="row">
      <Avatar person={change.proposer} />
      <div class="row-main">
        <p>
          <a class="row-link" href={policyChangePath(change.id)}>
            {proposerName(change)} · version <span class="code">{change.version.slice(0, 12)}</span>
          </a>
        </p>
        <p class="row-reason muted">{change.comment ?? 'No comment'}</p>
      </div>
      <div class="row-side">
        <Badge tone={tone} live={change.state === 'pending'}>
          {words}
        </Badge>
        <span class="muted small">
          {change.state === 'pending' && `${seatsText({ seats: change.seats, automatic: false })} · `}
          <TimeAgo at={change.decidedAt ?? change.createdAt} />
        </span>
      </div>
    </li>
  );
}
