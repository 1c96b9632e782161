/** Ends a session now, with a reason that stays with it. */
import type { JSX } from 'preact';
import type { WireSession } from '../../../web/wire.ts';
import { postJson } from '../../http/client.ts';
import { AskButton } from '../../parts/ask-button.tsx';

const REASON_CHARACTERS_MAX = 1_000;

export function TerminateButton(props: {
  session: WireSession;
  small?: boolean;
  reload: () => Promise<void>;
}): JSX.Element | null {
  const { session, small = false, reload } = props;
  if (session.terminated !== null) return null;
  return (
    <AskButton
      label="Terminate"
      style="danger"
      small={small}
      form={{
        title: 'Terminate this session?',
        introduction: `The connection of ${session.holder.name} to ${session.resource} ends within two seconds, and what runs on it is cancelled. The grant stays: to keep them from connecting again, revoke it on the page of request ${session.requestId}.`,
        submitLabel: 'Terminate',
        fields: [
          {
            name: 'reason',
            label: 'Reason',
            kind: 'multiline',
            required: true,
            charactersMax: REASON_CHARACTERS_MAX,
            placeholder: 'Shown with the session, and kept in the audit log',
          },
        ],
      }}
      onAnswer={async ({ reason }) => {
        await postJson(`/api/v1/sessions/${encodeURIComponent(session.id)}/terminate`, { reason });
        await reload();
      }}
    />
  );
}
