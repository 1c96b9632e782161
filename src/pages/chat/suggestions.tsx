/** The proposals above the composer: an ARIA listbox that the text field drives. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { type Requestable, type Suggestion, suggest } from './command-completion.ts';

export interface SuggestionState {
  readonly list: readonly Suggestion[];
  readonly active: number | null;
  /** True when the key was for the list. */
  onKey(event: KeyboardEvent, accept: (suggestion: Suggestion) => void): boolean;
  reset(): void;
}

/** Nothing is chosen until an arrow chooses it, so that Enter sends what was typed; Tab takes the first. */
export function useSuggestions(text: string, requestable: readonly Requestable[]): SuggestionState {
  const [active, setActive] = useState<number | null>(null);
  const [closed, setClosed] = useState(false);
  const list = closed ? [] : suggest(text, requestable);
  const onKey = (event: KeyboardEvent, accept: (suggestion: Suggestion) => void): boolean => {
    if (list.length === 0) return false;
    switch (event.key) {
      case 'ArrowDown':
        setActive(active === null ? 0 : (active + 1) % list.length);
        return true;
      case 'ArrowUp':
        setActive(active === null ? list.length - 1 : (active - 1 + list.length) % list.length);
        return true;
      case 'Escape':
        setClosed(true);
        return true;
      case 'Tab':
      case 'Enter': {
        const chosen = list[active ?? (event.key === 'Tab' && !event.shiftKey ? 0 : -1)];
        if (chosen) accept(chosen);
        return chosen !== undefined;
      }
      default:
        return false;
    }
  };
  const reset = (): void => {
    setActive(null);
    setClosed(false);
  };
  return { list, active, onKey, reset };
}

interface SuggestionsProps {
  readonly id: string;
  readonly suggestions: SuggestionState;
  readonly accept: (suggestion: Suggestion) => void;
}

export function Suggestions({ id, suggestions, accept }: SuggestionsProps): JSX.Element {
  return (
    <div class="suggestions">
      <div id={id} role="listbox" aria-label="Commands">
        {suggestions.list.map((suggestion, index) => (
          // biome-ignore lint/a11y/useFocusableInteractive: focus stays in the text field.
          // biome-ignore lint/a11y/useKeyWithClickEvents: the text field handles the keys.
          <div
            key={suggestion.text}
            id={`${id}-${index}`}
            class="suggestion"
            role="option"
            aria-selected={index === suggestions.active}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => accept(suggestion)}
          >
            <span class="code">{suggestion.label}</span>
            <span class="muted small">{suggestion.hint}</span>
          </div>
        ))}
      </div>
      <div class="suggestions-keys muted small">
        <kbd>Tab</kbd> completes · <kbd>↑</kbd> <kbd>↓</kbd> choose · <kbd>Esc</kbd> closes
      </div>
    </div>
  );
}
