/** Narrows the list of requests: a choice of which, and a form that opens. */
import type { JSX } from 'preact';
import { useId, useState } from 'preact/hooks';
import { REQUEST_STATES, type RequestState } from '../../core/request.ts';
import { REQUEST_WORDS } from '../parts/badge.tsx';
import { FiltersToggle } from '../parts/filters-toggle.tsx';
import { Segments } from '../parts/segments.tsx';
import { TypedField } from '../parts/typed-field.tsx';
import { countRequestFilters, NO_REQUEST_FILTERS, type RequestQuery, type Show } from './request-query.ts';

const SHOW_OPTIONS: readonly { readonly value: Show; readonly label: string }[] = [
  { value: 'all', label: 'All' },
  { value: 'vote', label: 'For my vote' },
  { value: 'pending', label: 'Waiting' },
  { value: 'mine', label: 'Mine' },
  { value: 'voted', label: 'I voted' },
];

const FIELDS = [
  { name: 'who', label: 'Person', placeholder: 'Name or address' },
  { name: 'resource', label: 'Resource', placeholder: 'orders-db' },
  { name: 'incident', label: 'Incident', placeholder: 'inc-42' },
] as const;

interface RequestFiltersProps {
  readonly query: RequestQuery;
  readonly onChange: (change: Partial<RequestQuery>) => void;
}

export function RequestFilters({ query, onChange }: RequestFiltersProps): JSX.Element {
  const count = countRequestFilters(query);
  const [open, setOpen] = useState(count > 0);
  const formId = useId();
  const { show } = query;
  return (
    <search class="session-filters">
      <div class="records-tools">
        <Segments
          name="show"
          label="Which requests"
          value={show}
          options={SHOW_OPTIONS}
          onChange={(next) => onChange({ show: next })}
        />
        <FiltersToggle
          formId={formId}
          open={open}
          count={count}
          onToggle={() => setOpen(!open)}
          onClear={() => onChange(NO_REQUEST_FILTERS)}
          shown={show !== 'vote'}
        />
      </div>
      <div id={formId} class="filter-form" hidden={!open || show === 'vote'}>
        {show !== 'pending' && <StateField value={query.state} onChange={(state) => onChange({ state })} />}
        {FIELDS.map((field) => (
          <TypedField
            key={field.name}
            {...field}
            value={query[field.name]}
            onChange={(value) => onChange({ [field.name]: value })}
          />
        ))}
      </div>
    </search>
  );
}

function StateField(props: {
  value: RequestState | '';
  onChange: (state: RequestState | '') => void;
}): JSX.Element {
  const id = useId();
  const chosen = (text: string): RequestState | '' => REQUEST_STATES.find((state) => state === text) ?? '';
  return (
    <div class="field">
      <label class="field-label" for={id}>
        State
      </label>
      <select
        id={id}
        class="input"
        value={props.value}
        onChange={(event: { currentTarget: HTMLSelectElement }) =>
          props.onChange(chosen(event.currentTarget.value))
        }
      >
        <option value="">Any</option>
        {REQUEST_STATES.map((state) => (
          <option key={state} value={state}>
            {REQUEST_WORDS[state].words}
          </option>
        ))}
      </select>
    </div>
  );
}
