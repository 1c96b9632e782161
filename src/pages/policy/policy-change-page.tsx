/** One change of the policy: all of its difference, what it would have decided differently, and who agrees. */
import type { JSX } from 'preact';
import type { WirePolicyChange } from '../../web/wire.ts';
import { postJson } from '../http/client.ts';
import { useOwnActs } from '../http/use-own-acts.ts';
import { useResource } from '../http/use-resource.ts';
import { AskButton } from '../parts/ask-button.tsx';
import { Avatar } from '../parts/avatar.tsx';
import { Badge } from '../parts/badge.tsx';
import { Fact, Facts } from '../parts/facts.tsx';
import { Missing, Notice, WhenLoaded } from '../parts/states.tsx';
import { Moment, TimeAgo } from '../parts/time-text.tsx';
import { useAct } from '../parts/use-act.ts';
import { wordsField } from '../parts/words-field.ts';
import { VotesPanel } from '../requests/votes-panel.tsx';
import { useMe } from '../shell/me.ts';
import { useTitle } from '../shell/use-title.ts';
import { Difference } from './difference.tsx';
import { ImpactPanel } from './impact-panel.tsx';
import { changeWords, proposerName } from './policy-words.ts';

const REFRESH_MS = 3_000;

export function PolicyChangePage({ id }: { id: string }): JSX.Element {
  const { loaded, reload } = useResource<WirePolicyChange>(
    `/api/v1/policy/changes/${encodeURIComponent(id)}`,
    { refreshMs: REFRESH_MS },
  );
  useTitle('Change of the policy');
  return (
    <div class="records">
      <nav class="trail" aria-label="Where this is">
        <a href="/policy">Policy</a>
      </nav>
      <WhenLoaded loaded={loaded} retry={() => void reload()} whole>
        {(change) => (
          <>
            <Header change={change} reload={reload} />
            <ChangeFacts change={change} />
            <Difference text={change.difference} />
            {change.seats.length > 0 && <ImpactPanel change={change} />}
            {change.seats.length > 0 && (
              <VotesPanel
                seats={change.seats}
                automatic={false}
                open={change.state === 'pending'}
                votes={change.votes.map((vote) => ({ ...vote, limit: null }))}
              />
            )}
          </>
        )}
      </WhenLoaded>
    </div>
  );
}

interface ChangeProps {
  readonly change: WirePolicyChange;
  readonly reload: () => Promise<void>;
}

function Header({ change, reload }: ChangeProps): JSX.Element {
  const { tone, words } = changeWords(change);
  return (
    <header class="records-header">
      <Avatar person={change.proposer} />
      <div class="records-title">
        <h1>{proposerName(change)} wants to change the policy</h1>
        <p class="records-states">
          <Badge tone={tone} live={change.state === 'pending'}>
            {words}
          </Badge>
          <span class="muted">
            {change.state === 'pending' ? 'lapses ' : ''}
            <TimeAgo
              at={change.state === 'pending' ? change.lapsesAt : (change.decidedAt ?? change.createdAt)}
            />
          </span>
        </p>
      </div>
      {change.state === 'pending' && <Decide change={change} reload={reload} />}
    </header>
  );
}

/** The vote names the version whose difference stands below. */
function Decide({ change, reload }: ChangeProps): JSX.Element {
  const me = useMe();
  const { busy, failure, run } = useAct();
  const path = `/api/v1/policy/changes/${encodeURIComponent(change.id)}`;
  const own = useOwnActs(`${change.id}.${change.version}`, ['approve-policy', 'deny-policy']);
  const vote = async (verdict: string, more: { note?: string } = {}): Promise<void> => {
    await postJson(`${path}/votes`, { verdict, version: change.version, ...more });
    await Promise.all([reload(), own.reload()]);
  };
  const cancel = async (): Promise<void> => {
    await postJson(`${path}/cancel`, {});
    await reload();
  };
  return (
    <>
      <div class="records-acts">
        {me !== null && me.id === change.proposer?.id && (
          <button type="button" class="button button-danger" disabled={busy} onClick={() => void run(cancel)}>
            Cancel change
          </button>
        )}
        {own.may('approve-policy') && (
          <button
            type="button"
            class="button button-primary"
            disabled={busy}
            onClick={() => void run(() => vote('approve'))}
          >
            {busy && <span class="spinner" />}
            Approve
          </button>
        )}
        {own.may('deny-policy') && (
          <AskButton
            label="Deny…"
            style="danger"
            form={{
              title: 'Deny this change of the policy',
              introduction: `${proposerName(change)} sees what you write.`,
              submitLabel: 'Deny',
              fields: [wordsField('Why not')],
            }}
            onAnswer={(values) => vote('deny', { note: values['note'] ?? '' })}
          />
        )}
      </div>
      <Missing reasons={own.missing} />
      {failure && <Notice tone="bad">{failure}</Notice>}
    </>
  );
}

function ChangeFacts({ change }: { change: WirePolicyChange }): JSX.Element {
  return (
    <section class="panel">
      <Facts>
        {change.comment && (
          <Fact label="Comment" wide>
            {change.comment}
          </Fact>
        )}
        <Fact label="From">
          {change.source === 'file' ? (
            'the file of a server'
          ) : (
            <span class="code">sallyport policy apply</span>
          )}
        </Fact>
        <Fact label="Version">
          <span class="code">{change.version}</span>
        </Fact>
        <Fact label="Instead of">
          <span class="code">{change.baseVersion}</span>
        </Fact>
        <Fact label="Proposed">
          <Moment at={change.createdAt} />
        </Fact>
        {change.decidedAt && (
          <Fact label="Decided">
            <Moment at={change.decidedAt} />
          </Fact>
        )}
      </Facts>
    </section>
  );
}
