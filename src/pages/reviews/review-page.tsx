/** One review: what was taken and why, what was done with it, and what is found about that. */
import type { JSX } from 'preact';
import type { WireReview } from '../../web/wire.ts';
import { postJson } from '../http/client.ts';
import { useOwnActs } from '../http/use-own-acts.ts';
import { useResource } from '../http/use-resource.ts';
import { AskButton } from '../parts/ask-button.tsx';
import { Avatar } from '../parts/avatar.tsx';
import { Badge } from '../parts/badge.tsx';
import { Fact, Facts } from '../parts/facts.tsx';
import { Missing, Notice, WhenLoaded } from '../parts/states.tsx';
import { Moment, TimeAgo } from '../parts/time-text.tsx';
import { wordsField } from '../parts/words-field.ts';
import { RequestSessions } from '../requests/request-sessions.tsx';
import { VotesPanel } from '../requests/votes-panel.tsx';
import { incidentPath, requestPath } from '../routing/routes.ts';
import { useMe } from '../shell/me.ts';
import { useTitle } from '../shell/use-title.ts';
import { reviewWords } from './review-words.ts';

const REFRESH_MS = 3_000;

export function ReviewPage({ id }: { id: string }): JSX.Element {
  const { loaded, reload } = useResource<WireReview>(`/api/v1/reviews/${encodeURIComponent(id)}`, {
    refreshMs: REFRESH_MS,
  });
  const review = loaded.state === 'ready' ? loaded.value : null;
  useTitle(review ? `Review: ${review.holder.name}` : 'Review');
  return (
    <div class="records">
      <nav class="trail" aria-label="Where this is">
        <a href="/reviews">Reviews</a>
      </nav>
      <WhenLoaded loaded={loaded} retry={() => void reload()} whole>
        {(value) => (
          <>
            <Header review={value} reload={reload} />
            <ReviewFacts review={value} />
            <VotesPanel
              title="Findings"
              seats={value.seats}
              automatic={false}
              open={value.state === 'pending'}
              votes={value.votes.map((vote) => ({
                ...vote,
                verdict: vote.verdict === 'justified' ? 'approve' : 'deny',
                words: vote.verdict === 'justified' ? 'Justified' : 'Not justified',
                limit: null,
              }))}
            />
            <RequestSessions requestId={value.requestId} />
          </>
        )}
      </WhenLoaded>
    </div>
  );
}

interface ReviewProps {
  readonly review: WireReview;
  readonly reload: () => Promise<void>;
}

function Header({ review, reload }: ReviewProps): JSX.Element {
  const { tone, words } = reviewWords(review);
  return (
    <header class="records-header">
      <Avatar person={review.holder} />
      <div class="records-title">
        <h1>
          {review.holder.name} broke the glass for <span class="code">{review.resource}</span> as{' '}
          {review.role}
        </h1>
        <p class="records-states">
          <Badge tone={tone} live={review.endedAt === null}>
            {words}
          </Badge>
          <span class="muted">
            {review.state === 'pending' && review.endedAt !== null ? 'due ' : ''}
            <TimeAgo at={review.decidedAt ?? (review.endedAt === null ? review.startsAt : review.dueAt)} />
          </span>
        </p>
      </div>
      {review.state === 'pending' && <Findings review={review} reload={reload} />}
    </header>
  );
}

function Findings({ review, reload }: ReviewProps): JSX.Element {
  const me = useMe();
  const own = useOwnActs(review.endedAt === null ? null : review.id, ['find-justified']);
  const find = async (verdict: string, values: Record<string, string>): Promise<void> => {
    const path = `/api/v1/reviews/${encodeURIComponent(review.id)}/votes`;
    await postJson(path, { verdict, note: values['note'] ?? '' });
    await Promise.all([reload(), own.reload()]);
  };
  if (me?.id === review.holder.id || me?.id === review.requester.id) {
    return <Notice tone="neutral">Others say what they think of this. You see it here.</Notice>;
  }
  if (review.endedAt === null) {
    return (
      <Notice tone="warning">
        The access is still open. It is reviewed once it has ended;{' '}
        <a href={requestPath(review.requestId)}>its request</a> has the button to revoke it.
      </Notice>
    );
  }
  if (!own.may('find-justified')) return <Missing reasons={own.missing} />;
  const introduction = `${review.holder.name} sees what you write.`;
  return (
    <div class="records-acts">
      <AskButton
        label="Justified…"
        style="primary"
        form={{
          title: 'This was justified',
          introduction,
          submitLabel: 'Justified',
          fields: [wordsField('What you looked at')],
        }}
        onAnswer={(values) => find('justified', values)}
      />
      <AskButton
        label="Not justified…"
        style="danger"
        form={{
          title: 'This was not justified',
          introduction,
          submitLabel: 'Not justified',
          fields: [wordsField('Why not, and what follows')],
        }}
        onAnswer={(values) => find('unjustified', values)}
      />
    </div>
  );
}

function ReviewFacts({ review }: { review: WireReview }): JSX.Element {
  return (
    <section class="panel">
      <Facts>
        <Fact label="Reason" wide>
          {review.reason}
        </Fact>
        {review.note && (
          <Fact label="Finding" wide>
            {review.note}
          </Fact>
        )}
        <Fact label="Who">
          {review.holder.name} <span class="muted">{review.holder.email}</span>
        </Fact>
        <Fact label="Taken">
          <Moment at={review.startsAt} />
        </Fact>
        <Fact label={review.endedAt === null ? 'Ends at the latest' : 'Ended'}>
          <Moment at={review.endedAt ?? review.expiresAt} />
        </Fact>
        {review.state === 'pending' && review.endedAt !== null && (
          <Fact label="Due">
            <Moment at={review.dueAt} />
          </Fact>
        )}
        {review.reminders > 0 && <Fact label="Reminders">{review.reminders}</Fact>}
        {review.ticket && <Fact label="Ticket">{review.ticket}</Fact>}
        {review.incident && (
          <Fact label="Incident">
            <a href={incidentPath(review.incident)}>#{review.incident}</a>
          </Fact>
        )}
        <Fact label="Request">
          <a class="code" href={requestPath(review.requestId)}>
            {review.requestId}
          </a>
        </Fact>
      </Facts>
    </section>
  );
}
