/**
 * What can be done with a pending request. The server says which buttons are for whoever looks, and decides all the
 * same at the click.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { FormField } from '../../bot/card.ts';
import { formatDuration } from '../../core/duration.ts';
import { NOTE_CHARACTERS_MAX, type VoteVerdict } from '../../core/request.ts';
import type { WireRequest } from '../../web/wire.ts';
import { newKey, postJson } from '../http/client.ts';
import { useOwnActs } from '../http/use-own-acts.ts';
import { FormDialog } from '../parts/form-dialog.tsx';
import { Missing, Notice } from '../parts/states.tsx';
import { useAct } from '../parts/use-act.ts';
import { navigate } from '../routing/history.ts';
import { requestPath } from '../routing/routes.ts';
import { useMe } from '../shell/me.ts';

interface RequestActionsProps {
  readonly request: WireRequest;
  readonly reload: () => Promise<void>;
}

type Question = 'approve-for-less' | 'deny';

export function RequestActions({ request, reload }: RequestActionsProps): JSX.Element | null {
  if (request.state === 'pending') return <Decide request={request} reload={reload} />;
  return isOver(request) ? <Again request={request} /> : null;
}

/** What was asked for in the ordinary way, and is denied, lapsed, cancelled or used up. */
function isOver({ kind, grant }: WireRequest): boolean {
  return kind === 'access' && grant?.state !== 'active' && grant?.state !== 'issuing';
}

/** The same once more; the policy is asked again. */
function Again({ request }: { request: WireRequest }): JSX.Element | null {
  const me = useMe();
  const { busy, failure, run } = useAct();
  if (me?.id !== request.requester.id && me?.id !== request.beneficiary.id) return null;
  const again = async (): Promise<void> => {
    const path = `/api/v1/requests/${encodeURIComponent(request.id)}/again`;
    const { id } = await postJson<WireRequest>(path, {}, newKey());
    navigate(requestPath(id));
  };
  return (
    <>
      <div class="records-acts">
        <button type="button" class="button" disabled={busy} onClick={() => void run(again)}>
          {busy && <span class="spinner" />}
          Ask again
        </button>
      </div>
      {failure && <Notice tone="bad">{failure}</Notice>}
    </>
  );
}

function Decide({ request, reload }: RequestActionsProps): JSX.Element {
  const me = useMe();
  const [question, setQuestion] = useState<Question | null>(null);
  const { busy, failure, run } = useAct();
  const path = `/api/v1/requests/${encodeURIComponent(request.id)}`;
  const own = useOwnActs(request.seats.length > 0 ? request.id : null, ['approve', 'deny']);
  const vote = async (
    verdict: VoteVerdict,
    more: { duration?: string; note?: string } = {},
  ): Promise<void> => {
    await postJson(`${path}/votes`, { verdict, ...more });
    await Promise.all([reload(), own.reload()]);
  };
  const cancel = async (): Promise<void> => {
    await postJson(`${path}/cancel`, {});
    await reload();
  };
  const mine = me !== null && me.id === request.requester.id;
  return (
    <>
      <div class="records-acts">
        {mine && (
          <button type="button" class="button button-danger" disabled={busy} onClick={() => void run(cancel)}>
            Cancel request
          </button>
        )}
        {own.may('approve') && (
          <>
            <button
              type="button"
              class="button button-primary"
              disabled={busy}
              onClick={() => void run(() => vote('approve'))}
            >
              {busy && <span class="spinner" />}
              Approve{request.stepUp ? ' (opens a sign-in)' : ''}
            </button>
            <button
              type="button"
              class="button"
              disabled={busy}
              onClick={() => setQuestion('approve-for-less')}
            >
              Approve for less…
            </button>
          </>
        )}
        {own.may('deny') && (
          <button
            type="button"
            class="button button-danger"
            disabled={busy}
            onClick={() => setQuestion('deny')}
          >
            Deny…
          </button>
        )}
      </div>
      <Missing reasons={own.missing} />
      {failure && <Notice tone="bad">{failure}</Notice>}
      {question && (
        <VoteDialog
          question={question}
          request={request}
          onClose={() => setQuestion(null)}
          onAnswer={async (values) => {
            await vote(question === 'deny' ? 'deny' : 'approve', filled(values));
            setQuestion(null);
          }}
        />
      )}
    </>
  );
}

interface VoteDialogProps {
  readonly question: Question;
  readonly request: WireRequest;
  readonly onAnswer: (values: Record<string, string>) => Promise<void>;
  readonly onClose: () => void;
}

function VoteDialog({ question, request, onAnswer, onClose }: VoteDialogProps): JSX.Element {
  const note: FormField = {
    name: 'note',
    label: 'Note',
    kind: 'multiline',
    required: false,
    charactersMax: NOTE_CHARACTERS_MAX,
  };
  const what = `${request.requester.name} asks for ${request.resource} as ${request.role} for ${formatDuration(request.durationMs)}.`;
  const form =
    question === 'deny'
      ? {
          title: 'Deny this request',
          introduction: `${what} They see what you write.`,
          submitLabel: 'Deny',
          fields: [{ ...note, label: 'Why not', required: true }],
        }
      : {
          title: 'Approve for less',
          introduction: what,
          submitLabel: 'Approve',
          fields: [
            {
              name: 'duration',
              label: 'For how long',
              kind: 'text',
              required: true,
              placeholder: '30m',
              charactersMax: 20,
            } as const,
            note,
          ],
        };
  return <FormDialog form={form} danger={question === 'deny'} onSubmit={onAnswer} onClose={onClose} />;
}

/** What was left empty is not sent. */
function filled(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim() !== ''));
}
