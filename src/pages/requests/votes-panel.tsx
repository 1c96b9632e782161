/** The seats of the quorum, who fills them, and every vote with its words. */
import type { JSX } from 'preact';
import type { WireRequest } from '../../web/wire.ts';
import { Avatar } from '../parts/avatar.tsx';
import { Badge } from '../parts/badge.tsx';
import { Icon } from '../parts/icons.tsx';
import { TimeAgo } from '../parts/time-text.tsx';
import { seatsText } from './request-words.ts';

interface VotesPanelProps {
  readonly title?: string;
  /** Taken in an emergency: nobody was asked. */
  readonly taken?: boolean;
  readonly seats: WireRequest['seats'];
  readonly automatic: boolean;
  readonly votes: readonly VoteShown[];
  /** Votes still count. */
  readonly open: boolean;
}

interface VoteShown
  extends Pick<
    WireRequest['votes'][number],
    'person' | 'onBehalfOf' | 'verdict' | 'note' | 'platform' | 'at'
  > {
  /** The verdict in words, where they are others than "Approved" and "Denied". */
  readonly words?: string;
  readonly steppedUp?: boolean;
  /** What the approval is limited to, after the verdict. */
  readonly limit: string | null;
}

export function VotesPanel(props: VotesPanelProps): JSX.Element {
  const { title = 'Approval', taken = false, seats, automatic, votes, open } = props;
  return (
    <section class="panel" aria-labelledby="votes-title">
      <h2 id="votes-title">
        {title} {!taken && <span class="muted panel-note">{seatsText({ seats, automatic })}</span>}
      </h2>
      {taken && (
        <p class="muted">Nobody was asked: it was taken in an emergency, and is reviewed afterwards.</p>
      )}
      {automatic && <p class="muted">The policy grants this without a vote.</p>}
      {seats.length > 0 && (
        <ul class="seats">
          {seats.flatMap((seat) =>
            Array.from({ length: seat.count }, (_, index) => (
              <Seat
                key={`${seat.name} ${index}`}
                group={seat.name}
                person={seat.filledBy[index] ?? null}
                open={open}
              />
            )),
          )}
        </ul>
      )}
      {votes.length > 0 && (
        <ul class="votes">
          {votes.map((vote) => (
            <Vote key={vote.person.id} vote={vote} />
          ))}
        </ul>
      )}
    </section>
  );
}

type Party = WireRequest['requester'];

function Seat({ group, person, open }: { group: string; person: Party | null; open: boolean }): JSX.Element {
  return (
    <li class={`seat tone-${person ? 'good' : open ? 'waiting' : 'neutral'}`}>
      <Icon name={person ? 'check' : 'clock'} />
      <span>
        <span class="person">{group}</span>
        <span class="muted">
          {' '}
          {person ? `filled by ${person.name}` : open ? 'still needed' : 'was not filled'}
        </span>
      </span>
    </li>
  );
}

function Vote({ vote }: { vote: VoteShown }): JSX.Element {
  return (
    <li class="vote">
      <Avatar person={vote.person} small />
      <div>
        <p>
          <span class="person">{vote.person.name}</span>{' '}
          {vote.onBehalfOf && <span>for {vote.onBehalfOf.name} </span>}
          <Badge tone={vote.verdict === 'approve' ? 'good' : 'bad'}>
            {vote.words ?? (vote.verdict === 'approve' ? 'Approved' : 'Denied')}
          </Badge>{' '}
          {vote.limit && <span>{vote.limit} </span>}
          <span class="muted small">
            <TimeAgo at={vote.at} /> through {vote.platform}
            {vote.steppedUp && ', after a fresh sign-in'}
          </span>
        </p>
        {vote.note && <p class="vote-note">{vote.note}</p>}
      </div>
    </li>
  );
}
