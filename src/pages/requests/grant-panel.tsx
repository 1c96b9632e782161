/** The grant of an approved request: how long it lives, and the ways to use it and to end it. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { formatDuration } from '../../core/duration.ts';
import type { WireGrant } from '../../web/wire.ts';
import { postJson } from '../http/client.ts';
import { Badge, GRANT_WORDS } from '../parts/badge.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { Fact, Facts } from '../parts/facts.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';
import { Notice } from '../parts/states.tsx';
import { Moment } from '../parts/time-text.tsx';
import { useAct } from '../parts/use-act.ts';
import { useMe } from '../shell/me.ts';

const REASON_CHARACTERS_MAX = 500;

/** What is shown of the answer to a reveal. It lives in this page's memory only. */
interface Revealed {
  readonly commands: readonly { readonly client: string; readonly text: string }[];
}

interface GrantPanelProps {
  readonly grant: WireGrant;
  readonly reload: () => Promise<void>;
}

export function GrantPanel({ grant, reload }: GrantPanelProps): JSX.Element {
  const state = GRANT_WORDS[grant.state];
  const live = grant.state === 'active' || grant.state === 'issuing';
  return (
    <section class="panel" aria-labelledby="grant-title">
      <h2 id="grant-title">
        Grant <span class="code">{grant.id}</span> <Badge tone={state.tone}>{state.words}</Badge>
      </h2>
      <Facts>
        <Fact label="For">{formatDuration(grant.durationMs)}</Fact>
        <Fact label="From">
          <Moment at={grant.startsAt} />
        </Fact>
        <Fact label={live ? 'Expires' : 'Until'}>
          <Moment at={grant.endedAt ?? grant.expiresAt} />
        </Fact>
        {grant.endedBy && <Fact label="Ended by">{grant.endedBy.name}</Fact>}
      </Facts>
      {live && <GrantActions grant={grant} reload={reload} />}
    </section>
  );
}

function GrantActions({ grant, reload }: GrantPanelProps): JSX.Element {
  const me = useMe();
  const { busy, failure, run } = useAct();
  const [revealed, setRevealed] = useState<Revealed | null>(null);
  const [revoking, setRevoking] = useState(false);
  const path = `/api/v1/grants/${encodeURIComponent(grant.id)}`;
  const holder = me !== null && me.id === grant.holder.id;
  const reveal = async (): Promise<void> => setRevealed(await postJson<Revealed>(`${path}/reveal`, {}));
  const done = async (): Promise<void> => {
    await postJson(`${path}/done`, {});
    setRevealed(null);
    await reload();
  };
  const revoke = async (values: Record<string, string>): Promise<void> => {
    await postJson(`${path}/revoke`, { reason: values['reason'] ?? '' });
    setRevoking(false);
    await reload();
  };
  return (
    <>
      <div class="panel-acts">
        {holder && grant.state === 'active' && (
          <button
            type="button"
            class="button button-primary"
            disabled={busy}
            onClick={() => void run(reveal)}
          >
            {revealed || grant.revealed ? 'Reveal a new connection' : 'Reveal connection'}
          </button>
        )}
        {holder && (
          <button type="button" class="button" disabled={busy} onClick={() => void run(done)}>
            I’m done
          </button>
        )}
        {!holder && (
          <button
            type="button"
            class="button button-danger"
            disabled={busy}
            onClick={() => setRevoking(true)}
          >
            Revoke…
          </button>
        )}
      </div>
      {failure && <Notice tone="bad">{failure}</Notice>}
      {revealed && <Connection revealed={revealed} />}
      {revoking && (
        <FormDialog
          danger
          form={{
            title: 'Revoke this grant',
            introduction: `Connections of ${grant.holder.name} to ${grant.resource} end within two seconds. They see what you write.`,
            submitLabel: 'Revoke',
            fields: [
              {
                name: 'reason',
                label: 'Why',
                kind: 'multiline',
                required: true,
                charactersMax: REASON_CHARACTERS_MAX,
              },
            ],
          }}
          onSubmit={revoke}
          onClose={() => setRevoking(false)}
        />
      )}
    </>
  );
}

function Connection({ revealed }: { revealed: Revealed }): JSX.Element {
  return (
    <div class="connection">
      <p class="muted small">
        Only visible to you, and only now: it is not kept, and revealing again replaces it.
      </p>
      {revealed.commands.map(({ client, text }) => (
        <div class="copyable" key={client}>
          <div class="copyable-label">
            <span>{client}</span>
            <CopyButton text={text} what={`the ${client} line`} label="Copy" />
          </div>
          <pre class="copyable-text">{text}</pre>
        </div>
      ))}
    </div>
  );
}
