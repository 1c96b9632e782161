/** Whose consent is missing, and for that person the two answers. */
import type { JSX } from 'preact';
import type { WireRequest } from '../../web/wire.ts';
import { postJson } from '../http/client.ts';
import { AskButton } from '../parts/ask-button.tsx';
import { Notice } from '../parts/states.tsx';
import { useAct } from '../parts/use-act.ts';
import { wordsField } from '../parts/words-field.ts';
import { useMe } from '../shell/me.ts';

interface ConsentProps {
  readonly request: WireRequest;
  readonly reload: () => Promise<void>;
}

export function ConsentNotice({ request, reload }: ConsentProps): JSX.Element | null {
  const me = useMe();
  const { consent, state } = request;
  if (consent === null || consent.given || state !== 'pending') return null;
  if (me?.email.toLowerCase() === consent.from.toLowerCase())
    return <Answer request={request} reload={reload} />;
  return <Notice tone="warning">It waits for the consent of {consent.from}, whoever approves it.</Notice>;
}

function Answer({ request, reload }: ConsentProps): JSX.Element {
  const { busy, failure, run } = useAct();
  const { requester, beneficiary, role, resource } = request;
  const answer = async (verdict: string, more: { note?: string } = {}): Promise<void> => {
    const path = `/api/v1/requests/${encodeURIComponent(request.id)}/consent`;
    await postJson(path, { verdict, ...more });
    await reload();
  };
  const whose = beneficiary.kind === 'workload' ? `${beneficiary.name}, which you answer for,` : 'you';
  return (
    <section class="panel panel-asks" aria-labelledby="consent-title">
      <h2 id="consent-title">Your consent is needed</h2>
      <p>
        {requester.name} asks that {whose} may use <span class="code">{resource}</span> as {role}.
      </p>
      <div class="panel-acts">
        <button
          type="button"
          class="button button-primary"
          disabled={busy}
          onClick={() => void run(() => answer('approve'))}
        >
          {busy && <span class="spinner" />}
          Consent
        </button>
        <AskButton
          label="Refuse…"
          style="danger"
          form={{
            title: 'Refuse consent',
            introduction: `The request is denied then. ${requester.name} sees what you write.`,
            submitLabel: 'Refuse',
            fields: [wordsField('Why not')],
          }}
          onAnswer={(values) => answer('deny', { note: values['note'] ?? '' })}
        />
      </div>
      {failure && <Notice tone="bad">{failure}</Notice>}
    </section>
  );
}
