/**
 * What can be done about a held command, by whom the server says may. The vote names the hash of the command that
 * stands above the buttons.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { HoldScope } from '../../core/hold.ts';
import { NOTE_CHARACTERS_MAX } from '../../core/request.ts';
import type { WireHold } from '../../web/wire.ts';
import { postJson } from '../http/client.ts';
import { useOwnActs } from '../http/use-own-acts.ts';
import { FormDialog } from '../parts/form-dialog.tsx';
import { Missing, Notice } from '../parts/states.tsx';
import { useAct } from '../parts/use-act.ts';
import { useMe } from '../shell/me.ts';

interface HoldActionsProps {
  readonly hold: WireHold;
  readonly reload: () => Promise<void>;
}

export function HoldActions({ hold, reload }: HoldActionsProps): JSX.Element {
  const me = useMe();
  const [denying, setDenying] = useState(false);
  const { busy, failure, run } = useAct();
  const { textSha256 } = hold;
  const own = useOwnActs(me === null ? null : `${hold.id}.${textSha256}`, ['approve-once']);
  const path = `/api/v1/holds/${encodeURIComponent(hold.id)}/votes`;
  const approve = async (scope: HoldScope): Promise<void> => {
    await postJson(path, { verdict: 'approve', scope, textSha256 });
    await Promise.all([reload(), own.reload()]);
  };
  const deny = async (values: Record<string, string>): Promise<void> => {
    await postJson(path, { verdict: 'deny', note: values['note'] ?? '', textSha256 });
    setDenying(false);
    await reload();
  };
  if (me?.id === hold.holder.id) {
    return (
      <Notice tone="neutral">
        Your command waits for others. Interrupt it in your client to take it back.
      </Notice>
    );
  }
  if (!own.may('approve-once')) return <Missing reasons={own.missing} />;
  return (
    <>
      <div class="panel-acts">
        <button
          type="button"
          class="button button-primary"
          disabled={busy}
          onClick={() => void run(() => approve('once'))}
        >
          {busy && <span class="spinner" />}
          Approve once
        </button>
        <button
          type="button"
          class="button"
          disabled={busy}
          title="The identical command with the identical parameters, until the session ends"
          onClick={() => void run(() => approve('session'))}
        >
          Approve for this session
        </button>
        <button type="button" class="button button-danger" disabled={busy} onClick={() => setDenying(true)}>
          Deny…
        </button>
      </div>
      {failure && <Notice tone="bad">{failure}</Notice>}
      {denying && (
        <FormDialog
          danger
          form={{
            title: 'Deny this command',
            introduction: `${hold.holder.name} sees what you write, in their client.`,
            submitLabel: 'Deny',
            fields: [
              {
                name: 'note',
                label: 'Why not',
                kind: 'multiline',
                required: true,
                charactersMax: NOTE_CHARACTERS_MAX,
              },
            ],
          }}
          onSubmit={deny}
          onClose={() => setDenying(false)}
        />
      )}
    </>
  );
}
