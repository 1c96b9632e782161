/** While nothing is granted, every page says so, and why. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { REASON_CHARACTERS_MAX } from '../../core/request.ts';
import type { WireFreeze } from '../../web/wire.ts';
import { postJson } from '../http/client.ts';
import { useResource } from '../http/use-resource.ts';
import { FormDialog } from '../parts/form-dialog.tsx';
import { Icon } from '../parts/icons.tsx';
import { TimeAgo } from '../parts/time-text.tsx';

const REFRESH_MS = 5_000;

export function FreezeBanner(): JSX.Element | null {
  const { loaded, reload } = useResource<WireFreeze>('/api/v1/freeze', { refreshMs: REFRESH_MS });
  const [lifting, setLifting] = useState(false);
  const freeze = loaded.state === 'ready' ? loaded.value : null;
  if (!freeze?.frozen) return null;
  const lift = async (values: Record<string, string>): Promise<void> => {
    await postJson('/api/v1/unfreeze', { reason: values['reason'] ?? '' });
    setLifting(false);
    await reload();
  };
  return (
    <div class="freeze tone-bad" role="alert">
      <Icon name="lock" />
      <p class="freeze-words">
        <strong>Access is frozen: nothing is granted.</strong> {freeze.by?.name ?? 'An alert'}
        {freeze.since && (
          <>
            {' '}
            <TimeAgo at={freeze.since} />
          </>
        )}
        : {freeze.reason}
      </p>
      <button type="button" class="button button-small" onClick={() => setLifting(true)}>
        Lift…
      </button>
      {lifting && (
        <FormDialog
          danger
          form={{
            title: 'Lift the freeze',
            introduction: 'What waited can be approved again, and the policy grants by itself again.',
            submitLabel: 'Lift it',
            fields: [
              {
                name: 'reason',
                label: 'Why it is safe again',
                kind: 'multiline',
                required: true,
                charactersMax: REASON_CHARACTERS_MAX,
              },
            ],
          }}
          onSubmit={lift}
          onClose={() => setLifting(false)}
        />
      )}
    </div>
  );
}
