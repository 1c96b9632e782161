/** What was said about a request, and where to say more. Words are no vote. */
import type { JSX } from 'preact';
import { COMMENT_CHARACTERS_MAX } from '../../core/request.ts';
import type { WireRequest } from '../../web/wire.ts';
import { postJson } from '../http/client.ts';
import { AskButton } from '../parts/ask-button.tsx';
import { Avatar } from '../parts/avatar.tsx';
import { TimeAgo } from '../parts/time-text.tsx';
import { wordsField } from '../parts/words-field.ts';

interface CommentsPanelProps {
  readonly request: WireRequest;
  readonly reload: () => Promise<void>;
}

export function CommentsPanel({ request, reload }: CommentsPanelProps): JSX.Element {
  const comment = async (values: Record<string, string>): Promise<void> => {
    const path = `/api/v1/requests/${encodeURIComponent(request.id)}/comments`;
    await postJson(path, { text: values['text'] ?? '' });
    await reload();
  };
  return (
    <section class="panel" aria-labelledby="comments-title">
      <div class="panel-title">
        <h2 id="comments-title">Comments</h2>
        <AskButton
          label="Comment…"
          style="plain"
          form={{
            title: 'Comment on this request',
            introduction: 'Everybody who sees the request sees it, here and on its card.',
            submitLabel: 'Say it',
            fields: [
              wordsField('Comment or question', { name: 'text', charactersMax: COMMENT_CHARACTERS_MAX }),
            ],
          }}
          onAnswer={comment}
        />
      </div>
      {request.comments.length === 0 && <p class="muted">Nobody has said anything yet.</p>}
      {request.comments.length > 0 && (
        <ul class="votes">
          {request.comments.map((each) => (
            <li class="vote" key={`${each.at} ${each.author.id}`}>
              <Avatar person={each.author} small />
              <div>
                <p>
                  <span class="person">{each.author.name}</span>{' '}
                  <span class="muted small">
                    <TimeAgo at={each.at} /> through {each.platform}
                  </span>
                </p>
                <p class="vote-note">{each.text}</p>
              </div>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
