/** A private answer: to this person, on this screen, gone with it. The one place a secret is shown. */
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { TONE_ICON } from '../parts/badge.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { Icon } from '../parts/icons.tsx';
import { ClockTime } from '../parts/time-text.tsx';
import { Card } from './card.tsx';
import type { Acts, Note as NoteOf } from './use-acts.ts';

export function Note({ note, acts }: { note: NoteOf; acts: Acts }): JSX.Element {
  const { content } = note;
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => element.current?.scrollIntoView({ block: 'nearest' }), []);
  return (
    <div class={`note tone-${content.tone}`} ref={element} role={content.tone === 'bad' ? 'alert' : 'status'}>
      <div class="note-header">
        <Icon name="eye" />
        <span>
          Only visible to you · <ClockTime at={note.at} />
        </span>
        <button type="button" class="button button-quiet button-small" onClick={() => acts.dismiss(note.id)}>
          Dismiss
        </button>
      </div>
      {content.text && (
        <p class="note-text">
          <span class="note-icon">
            <Icon name={TONE_ICON[content.tone]} />
          </span>
          <span>{content.text}</span>
        </p>
      )}
      {content.card && <Card card={content.card} anchor={note.anchor} acts={acts} />}
      {content.copyable.map(({ label, text }) => (
        <div class="copyable" key={label}>
          <div class="copyable-label">
            <span>{label}</span>
            <CopyButton text={text} what={label} label="Copy" />
          </div>
          <pre class="copyable-text">{text}</pre>
        </div>
      ))}
      {note.retry && (
        <button
          type="button"
          class="button button-small"
          onClick={() => {
            acts.dismiss(note.id);
            note.retry?.();
          }}
        >
          Try again
        </button>
      )}
    </div>
  );
}
