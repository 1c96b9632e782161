/** Access that was taken in an emergency: what has to be looked at first, the most urgent at the top. */
import type { JSX } from 'preact';
import type { WireReview } from '../../web/wire.ts';
import { useResource } from '../http/use-resource.ts';
import { Avatar } from '../parts/avatar.tsx';
import { Badge } from '../parts/badge.tsx';
import { Empty, WhenLoaded } from '../parts/states.tsx';
import { TimeAgo } from '../parts/time-text.tsx';
import { seatsText } from '../requests/request-words.ts';
import { RequestsTabs } from '../requests/requests-tabs.tsx';
import { reviewPath } from '../routing/routes.ts';
import { useTitle } from '../shell/use-title.ts';
import { reviewWords } from './review-words.ts';

const REFRESH_MS = 5_000;

export function ReviewsPage(): JSX.Element {
  useTitle('Reviews');
  const { loaded, reload } = useResource<{ readonly items: readonly WireReview[] }>('/api/v1/reviews', {
    refreshMs: REFRESH_MS,
  });
  return (
    <div class="records">
      <header class="records-header">
        <div>
          <h1>Reviews</h1>
          <p class="muted">Access that was taken in an emergency, and what others say about it.</p>
        </div>
      </header>
      <RequestsTabs current="/reviews" />
      <WhenLoaded loaded={loaded} retry={() => void reload()}>
        {({ items }) =>
          items.length > 0 ? (
            <ul class="rows">
              {items.map((review) => (
                <Row key={review.id} review={review} />
              ))}
            </ul>
          ) : (
            <Empty icon="shield" title="Nobody broke the glass">
              <p>Or you may not see who did. Emergency access shows here from the moment it is taken.</p>
            </Empty>
          )
        }
      </WhenLoaded>
    </div>
  );
}

function Row({ review }: { review: WireReview }): JSX.Element {
  const { tone, words } = reviewWords(review);
  return (
    <li class="row">
      <Avatar person={review.holder} />
      <div class="row-main">
        <p>
          <a class="row-link" href={reviewPath(review.id)}>
            {review.holder.name} · <span class="code">{review.resource}</span> as {review.role}
          </a>
        </p>
        <p class="row-reason muted">{review.reason}</p>
      </div>
      <div class="row-side">
        <Badge tone={tone} live={review.endedAt === null}>
          {words}
        </Badge>
        <span class="muted small">
          {review.state === 'pending' && review.endedAt !== null && (
            <>
              {seatsText({ seats: review.seats, automatic: false })} · due <TimeAgo at={review.dueAt} />
            </>
          )}
          {(review.state !== 'pending' || review.endedAt === null) && (
            <TimeAgo at={review.decidedAt ?? review.startsAt} />
          )}
        </span>
      </div>
    </li>
  );
}
