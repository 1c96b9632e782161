/** Where messages and commands are written, with proposals while a command is typed. */
import type { JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { ChatChannel } from '../../bot/web/wire.ts';
import { useResource } from '../http/use-resource.ts';
import { Icon } from '../parts/icons.tsx';
import { channelTitle } from './channel-list.tsx';
import type { Requestable, Suggestion } from './command-completion.ts';
import { Suggestions, useSuggestions } from './suggestions.tsx';

const TEXT_CHARACTERS_MAX = 4_000;
/** Drafts outlive a look at another channel, not the page. */
const drafts = new Map<string, string>();

interface ComposerProps {
  readonly channel: ChatChannel;
  /** Resolves true when the text was taken and the field may be emptied. */
  readonly send: (text: string) => Promise<boolean>;
}

export function Composer({ channel, send }: ComposerProps): JSX.Element {
  const [text, setText] = useState(drafts.get(channel.name) ?? '');
  const [sending, setSending] = useState(false);
  const [lastSent, setLastSent] = useState('');
  const input = useRef<HTMLTextAreaElement>(null);
  const listId = useId();
  const requestable = useRequestable(text.startsWith('/'));
  const suggestions = useSuggestions(text, requestable);

  const write = (next: string): void => {
    setText(next);
    drafts.set(channel.name, next);
    suggestions.reset();
  };
  const accept = (suggestion: Suggestion): void => {
    write(suggestion.text);
    input.current?.focus();
  };
  const submit = async (): Promise<void> => {
    const trimmed = text.trim();
    if (trimmed === '' || sending) return;
    setSending(true);
    const taken = await send(trimmed);
    setSending(false);
    if (taken) {
      setLastSent(trimmed);
      write('');
    }
    input.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    if (suggestions.onKey(event, accept)) event.preventDefault();
    else if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      void submit();
    } else if (event.key === 'ArrowUp' && text === '' && lastSent !== '') {
      event.preventDefault();
      write(lastSent);
    }
  };

  useFocusWithKeyboard(input);
  return (
    <div class="composer">
      {suggestions.list.length > 0 && <Suggestions id={listId} suggestions={suggestions} accept={accept} />}
      <form
        class="composer-box"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <textarea
          ref={input}
          class="composer-input"
          rows={1}
          value={text}
          maxLength={TEXT_CHARACTERS_MAX}
          readOnly={sending}
          placeholder="Message, or / for commands"
          aria-label={`Message ${channelTitle(channel)}`}
          aria-autocomplete="list"
          aria-haspopup="listbox"
          aria-controls={suggestions.list.length > 0 ? listId : undefined}
          aria-activedescendant={suggestions.active === null ? undefined : `${listId}-${suggestions.active}`}
          onInput={(event) => write(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <button
          type="submit"
          class="button button-primary button-icon"
          aria-label="Send"
          disabled={sending || text.trim() === ''}
        >
          {sending ? <span class="spinner" /> : <Icon name="send" />}
        </button>
      </form>
    </div>
  );
}

/** Read once somebody begins to type a command. Without an answer there are simply fewer proposals. */
function useRequestable(wanted: boolean): readonly Requestable[] {
  const [asked, setAsked] = useState(false);
  useEffect(() => {
    if (wanted) setAsked(true);
  }, [wanted]);
  const { loaded } = useResource<{ readonly items: readonly Requestable[] }>(
    asked ? '/api/v1/resources' : null,
  );
  return loaded.state === 'ready' ? loaded.value.items : [];
}

/** With a real keyboard writing starts at once; on a phone it would raise the keyboard over the messages. */
function useFocusWithKeyboard(input: { current: HTMLTextAreaElement | null }): void {
  useEffect(() => {
    if (matchMedia('(pointer: fine)').matches) input.current?.focus();
  }, [input]);
}
