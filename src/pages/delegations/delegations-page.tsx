/** Who decides in whose place, and until when. */
import type { JSX } from 'preact';
import type { WireDelegation } from '../../web/wire.ts';
import { postJson } from '../http/client.ts';
import { useResource } from '../http/use-resource.ts';
import { AskButton } from '../parts/ask-button.tsx';
import { Avatar } from '../parts/avatar.tsx';
import { Empty, Notice, WhenLoaded } from '../parts/states.tsx';
import { Moment } from '../parts/time-text.tsx';
import { useAct } from '../parts/use-act.ts';
import { RequestsTabs } from '../requests/requests-tabs.tsx';
import { useMe } from '../shell/me.ts';
import { useTitle } from '../shell/use-title.ts';
import { untilOf } from './until-day.ts';

const REFRESH_MS = 10_000;

export function DelegationsPage(): JSX.Element {
  useTitle('Delegations');
  const { loaded, reload } = useResource<{ readonly items: readonly WireDelegation[] }>(
    '/api/v1/delegations',
    { refreshMs: REFRESH_MS },
  );
  const delegate = async (values: Record<string, string>): Promise<void> => {
    const to = (values['to'] ?? '').replace(/^@/, '');
    await postJson('/api/v1/delegations', { to, until: untilOf(values['until'] ?? '') });
    await reload();
  };
  return (
    <div class="records">
      <header class="records-header">
        <div class="records-title">
          <h1>Delegations</h1>
          <p class="muted">Who decides in whose place while somebody is away.</p>
        </div>
        <div class="records-acts">
          <AskButton
            label="Delegate…"
            style="primary"
            form={{
              title: 'Let somebody decide in your place',
              introduction:
                'Once they accept, they decide what you could decide today, and never about their own requests. Every vote says that it was cast for you.',
              submitLabel: 'Delegate',
              fields: [
                {
                  name: 'to',
                  label: 'Who',
                  kind: 'text',
                  required: true,
                  placeholder: 'dana@example.com',
                  charactersMax: 200,
                },
                {
                  name: 'until',
                  label: 'Through the day',
                  kind: 'text',
                  required: true,
                  placeholder: '2026-12-24',
                  charactersMax: 10,
                },
              ],
            }}
            onAnswer={delegate}
          />
        </div>
      </header>
      <RequestsTabs current="/delegations" />
      <WhenLoaded loaded={loaded} retry={() => void reload()}>
        {({ items }) =>
          items.length > 0 ? (
            <ul class="rows">
              {items.map((delegation) => (
                <Row key={delegation.id} delegation={delegation} reload={reload} />
              ))}
            </ul>
          ) : (
            <Empty icon="users" title="Everybody decides for themselves">
              <p>Before you are away, let somebody decide in your place, so that nobody waits for you.</p>
            </Empty>
          )
        }
      </WhenLoaded>
    </div>
  );
}

function Row({
  delegation,
  reload,
}: {
  delegation: WireDelegation;
  reload: () => Promise<void>;
}): JSX.Element {
  const me = useMe();
  const { busy, failure, run } = useAct();
  const { from, to, until, id, acceptedAt } = delegation;
  const accept = async (): Promise<void> => {
    await postJson(`/api/v1/delegations/${encodeURIComponent(id)}/accept`, {});
    await reload();
  };
  const end = async (): Promise<void> => {
    await postJson(`/api/v1/delegations/${encodeURIComponent(id)}/end`, {});
    await reload();
  };
  const mine = me?.email === from.email;
  return (
    <li class="row">
      <Avatar person={mine ? to : from} />
      <div class="row-main">
        <p>
          <span class="person">{to.name}</span> {acceptedAt === null ? 'is asked to decide' : 'decides'} in
          the place of <span class="person">{from.name}</span>
        </p>
        <p class="muted">
          {acceptedAt === null && 'not in effect before it is accepted; '}until <Moment at={until} />
        </p>
        {failure && <Notice tone="bad">{failure}</Notice>}
      </div>
      <div class="row-side">
        {acceptedAt === null && me?.email.toLowerCase() === to.email.toLowerCase() && (
          <button
            type="button"
            class="button button-small"
            disabled={busy}
            aria-label={`Accept: decide in the place of ${from.name}`}
            onClick={() => void run(accept)}
          >
            Accept
          </button>
        )}
        <button
          type="button"
          class="button button-small"
          disabled={busy}
          aria-label={`End: ${to.name} in the place of ${from.name}`}
          onClick={() => void run(end)}
        >
          End
        </button>
      </div>
    </li>
  );
}
