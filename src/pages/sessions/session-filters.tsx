/** Narrows the list of sessions: a search box, what became of it, and a form that opens. */
import type { JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { FiltersToggle } from '../parts/filters-toggle.tsx';
import { Icon } from '../parts/icons.tsx';
import { Segments } from '../parts/segments.tsx';
import { TypedField, useTyped } from '../parts/typed-field.tsx';
import {
  countFilters,
  FLAG_FILTERS,
  NO_FILTERS,
  type SessionQuery,
  type TextFilter,
} from './session-query.ts';

interface FiltersProps {
  readonly query: SessionQuery;
  readonly onChange: (change: Partial<SessionQuery>) => void;
}

const CHARACTERS_MAX = 200;

interface FilterField {
  readonly name: TextFilter;
  readonly label: string;
  readonly placeholder?: string;
  readonly type?: 'date' | 'text';
}

const FIELDS: readonly FilterField[] = [
  { name: 'who', label: 'Person', placeholder: 'Name or address' },
  { name: 'resource', label: 'Resource', placeholder: 'orders-db' },
  { name: 'incident', label: 'Incident', placeholder: 'inc-42' },
  { name: 'table', label: 'Table', placeholder: 'payments, pay*' },
  { name: 'file', label: 'File', placeholder: '/etc/nginx, nginx.conf' },
  { name: 'since', label: 'From', type: 'date' },
  { name: 'until', label: 'To', type: 'date' },
];

const KINDS = [
  { kind: 'postgres', label: 'PostgreSQL' },
  { kind: 'ssh', label: 'Host' },
] as const;

const FLAG_LABELS = { denied: 'Denied', held: 'Held', masked: 'Masked' } as const;

export function SessionFilters({ query, onChange }: FiltersProps): JSX.Element {
  const count = countFilters(query);
  const [open, setOpen] = useState(count > 0);
  const formId = useId();
  return (
    <search class="session-filters">
      <div class="records-tools">
        <SearchBox value={query.search} onChange={(search) => onChange({ search })} />
        <Segments
          name="show"
          label="Which sessions"
          value={query.live ? 'live' : 'all'}
          options={[
            { value: 'all', label: 'All' },
            { value: 'live', label: 'Live now' },
          ]}
          onChange={(show) => onChange({ live: show === 'live' })}
        />
        <FiltersToggle
          formId={formId}
          open={open}
          count={count}
          onToggle={() => setOpen(!open)}
          onClear={() => onChange(NO_FILTERS)}
        />
      </div>
      <div id={formId} class="filter-form" hidden={!open}>
        <KindField value={query.kind} onChange={(kind) => onChange({ kind })} />
        {FIELDS.map((field) => (
          <TypedField
            key={field.name}
            {...field}
            value={query[field.name]}
            onChange={(value) => onChange({ [field.name]: value })}
          />
        ))}
        <fieldset class="filter-flags">
          <legend>Only what was</legend>
          {FLAG_FILTERS.map((flag) => (
            <label key={flag} class="filter-flag">
              <input
                type="checkbox"
                checked={query[flag]}
                onChange={(event) => onChange({ [flag]: event.currentTarget.checked })}
              />
              {FLAG_LABELS[flag]}
            </label>
          ))}
        </fieldset>
      </div>
    </search>
  );
}

/** `/` goes there from anywhere on the page. */
function SearchBox({ value, onChange }: { value: string; onChange: (text: string) => void }): JSX.Element {
  const [text, setText] = useTyped(value, onChange);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target))
        return;
      event.preventDefault();
      input.current?.select();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  return (
    <label class="search search-sessions">
      <Icon name="search" />
      <span class="spoken">Search sessions</span>
      <input
        ref={input}
        type="search"
        class="input"
        placeholder={'Statement, table, file, person, "phrase", custo*, -not'}
        value={text}
        maxLength={CHARACTERS_MAX}
        aria-keyshortcuts="/"
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <kbd class="search-key" title="Press / to search">
        /
      </kbd>
    </label>
  );
}

function KindField({ value, onChange }: { value: string; onChange: (kind: string) => void }): JSX.Element {
  const id = useId();
  return (
    <div class="field">
      <label class="field-label" for={id}>
        Kind
      </label>
      <select
        id={id}
        class="input"
        value={value}
        onChange={(event: { currentTarget: HTMLSelectElement }) => onChange(event.currentTarget.value)}
      >
        <option value="">Any</option>
        {KINDS.map(({ kind, label }) => (
          <option key={kind} value={kind}>
            {label}
          </option>
        ))}
      </select>
    </div>
  );
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null
  );
}
