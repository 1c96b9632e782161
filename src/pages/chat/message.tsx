/** One message: who, when, what; and its answers below it. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { ChatMessage } from '../../bot/web/wire.ts';
import { Avatar } from '../parts/avatar.tsx';
import { Icon } from '../parts/icons.tsx';
import { ClockTime, exactText } from '../parts/time-text.tsx';
import { Card } from './card.tsx';
import type { Thread as ThreadOf } from './conversation.ts';
import { Note } from './note.tsx';
import type { KnownOffers } from './offers.ts';
import type { Acts } from './use-acts.ts';

/** More answers than this are folded to the last ones. */
const REPLIES_UNFOLDED_MAX = 3;
const REPLIES_KEPT = 2;

interface ThreadProps {
  readonly thread: ThreadOf;
  readonly acts: Acts;
  readonly offers: KnownOffers;
  /** Follows a message of the same person closely: the name is not repeated. */
  readonly continues: boolean;
}

export function Thread({ thread, acts, offers, continues }: ThreadProps): JSX.Element {
  const { root, replies } = thread;
  const [unfolded, setUnfolded] = useState(false);
  const foldable = replies.length > REPLIES_UNFOLDED_MAX;
  // A private answer belongs to a message; folding must not take it away.
  const answered = replies.some((reply) => acts.notes.some((note) => note.anchor === reply.id));
  const folded = foldable && !unfolded && !answered;
  const shown = folded ? replies.slice(-REPLIES_KEPT) : replies;
  return (
    <li class="thread" id={`m-${root.id}`}>
      <Message message={root} acts={acts} offers={offers} continues={continues} />
      <Notes anchor={root.id} acts={acts} />
      {replies.length > 0 && (
        <div class="replies">
          {foldable && (
            <button
              type="button"
              class="replies-toggle"
              aria-expanded={!folded}
              onClick={() => setUnfolded(!unfolded)}
            >
              <Icon name="reply" />
              {!folded ? 'Show fewer replies' : `Show ${replies.length - REPLIES_KEPT} earlier replies`}
            </button>
          )}
          <ul aria-label={`${replies.length} ${replies.length === 1 ? 'reply' : 'replies'}`}>
            {shown.map((reply) => (
              <li key={reply.id} id={`m-${reply.id}`}>
                <Message message={reply} acts={acts} offers={offers} continues={false} small />
                <Notes anchor={reply.id} acts={acts} />
              </li>
            ))}
          </ul>
        </div>
      )}
    </li>
  );
}

function Notes({ anchor, acts }: { anchor: string; acts: Acts }): JSX.Element {
  return (
    <>
      {acts.notes
        .filter((note) => note.anchor === anchor)
        .map((note) => (
          <Note key={note.id} note={note} acts={acts} />
        ))}
    </>
  );
}

interface MessageProps {
  readonly message: ChatMessage;
  readonly acts: Acts;
  readonly offers: KnownOffers;
  readonly continues: boolean;
  readonly small?: boolean;
}

function Message({ message, acts, offers, continues, small = false }: MessageProps): JSX.Element {
  const { author, card } = message;
  return (
    <div class={`message ${continues ? 'message-continues' : ''}`}>
      <div class="message-side">
        {continues ? <ClockTime at={message.createdAt} /> : <Avatar person={author} small={small} />}
      </div>
      <div class="message-main">
        {!continues && (
          <div class="message-header">
            <span class="person">{author?.name ?? 'Sallyport'}</span>
            {author === null && <span class="chip">app</span>}
            <span class="muted small">
              <ClockTime at={message.createdAt} />
            </span>
          </div>
        )}
        {author !== null && (
          <button
            type="button"
            class="button button-quiet button-small message-ask"
            onClick={() => acts.askForAccess(message.text, message.id)}
          >
            <Icon name="lock" />
            Ask for access
          </button>
        )}
        {message.text && !(card && message.text === card.fallback) && (
          <p class="message-text">
            {message.text}
            {message.editedAt && !card && (
              <span class="muted small" title={exactText(message.editedAt)}>
                {' '}
                (edited)
              </span>
            )}
          </p>
        )}
        {card && <Card card={card} anchor={message.id} acts={acts} offers={offers[message.id] ?? null} />}
      </div>
    </div>
  );
}
