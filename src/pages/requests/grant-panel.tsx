/** The grant of an approved request: how long it lives, and the ways to use it and to end it. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { formatDuration } from '../../core/duration.ts';
import { REASON_CHARACTERS_MAX as REQUEST_REASON_CHARACTERS_MAX } from '../../core/request.ts';
import type { WireGrant, WireRequest } from '../../web/wire.ts';
import { newKey, postJson } from '../http/client.ts';
import { useOwnActs } from '../http/use-own-acts.ts';
import { AskButton } from '../parts/ask-button.tsx';
import { Badge, GRANT_WORDS } from '../parts/badge.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { Fact, Facts } from '../parts/facts.tsx';
import { FormDialog } from '../parts/form-dialog.tsx';
import { Notice } from '../parts/states.tsx';
import { Countdown, Moment } from '../parts/time-text.tsx';
import { useAct } from '../parts/use-act.ts';
import { wordsField } from '../parts/words-field.ts';
import { navigate } from '../routing/history.ts';
import { requestPath } from '../routing/routes.ts';
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
        {live && grant.state === 'active' && (
          <Fact label="Left">
            <Countdown to={grant.expiresAt} />
          </Fact>
        )}
        {grant.endedBy && <Fact label="Ended by">{grant.endedBy.name}</Fact>}
      </Facts>
      {grant.problem && <Notice tone="warning">It cannot be prepared yet: {grant.problem}</Notice>}
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
  const own = useOwnActs(me === null ? null : grant.id, ['revoke']);
  const reveal = async (): Promise<void> => setRevealed(await postJson<Revealed>(`${path}/reveal`, {}));
  const done = async (): Promise<void> => {
    await postJson(`${path}/done`, {});
    setRevealed(null);
    await reload();
  };
  const extend = async (values: Record<string, string>): Promise<void> => {
    const asked = { by: values['by'] ?? '', reason: values['reason'] ?? '' };
    const request = await postJson<WireRequest>(`${path}/extend`, asked, newKey());
    if (request.state === 'pending') navigate(requestPath(request.id));
    else await reload();
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
        {holder && grant.state === 'active' && grant.kind !== 'break-glass' && (
          <AskButton label="Extend…" style="plain" form={extendForm(grant)} onAnswer={extend} />
        )}
        {holder && (
          <button type="button" class="button" disabled={busy} onClick={() => void run(done)}>
            I’m done
          </button>
        )}
        {!holder && own.may('revoke') && (
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

function extendForm(grant: WireGrant): Parameters<typeof AskButton>[0]['form'] {
  return {
    title: 'Ask for more time',
    introduction: `${grant.resource} as ${grant.role}. Connections stay open; the policy decides who has to agree.`,
    submitLabel: 'Ask',
    fields: [
      {
        name: 'by',
        label: 'How much longer',
        kind: 'text',
        required: true,
        placeholder: '30m',
        charactersMax: 20,
      },
      wordsField('What is left to do', { name: 'reason', charactersMax: REQUEST_REASON_CHARACTERS_MAX }),
    ],
  };
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
