/** Narrows an incident's timeline: to what became of statements, to a person, to a resource. */
import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import { WORK_MARKS, type WorkMark } from '../../core/incident.ts';
import type { WireIncidentTimeline } from '../../web/wire.ts';
import { type IncidentQuery, incidentQueryText } from './incident-words.ts';

interface FiltersProps {
  readonly timeline: Pick<WireIncidentTimeline, 'people' | 'resources'>;
  readonly query: IncidentQuery;
  readonly onChange: (change: Partial<IncidentQuery>) => void;
}

const LABELS: Readonly<Record<WorkMark, string>> = {
  denied: 'Denied',
  held: 'Held',
  changed: 'Changed something',
  masked: 'Masked',
  failed: 'Failed',
};
const NOTHING: IncidentQuery = { show: [], who: '', resource: '' };

export function IncidentFilters({ timeline, query, onChange }: FiltersProps): JSX.Element {
  const { people, resources } = timeline;
  const toggle = (mark: WorkMark, isOn: boolean): void =>
    onChange({ show: WORK_MARKS.filter((one) => (one === mark ? isOn : query.show.includes(one))) });
  return (
    <search class="incident-filters">
      <Choice
        label="Person"
        value={query.who}
        options={people.map(({ person }) => ({ value: person.id, label: person.name }))}
        onChange={(who) => onChange({ who })}
      />
      <Choice
        label="Resource"
        value={query.resource}
        options={resources.map((name) => ({ value: name, label: name }))}
        onChange={(resource) => onChange({ resource })}
      />
      <fieldset class="filter-flags">
        <legend>Only statements</legend>
        {WORK_MARKS.map((mark) => (
          <label key={mark} class="filter-flag">
            <input
              type="checkbox"
              checked={query.show.includes(mark)}
              onChange={(event) => toggle(mark, event.currentTarget.checked)}
            />
            {LABELS[mark]}
          </label>
        ))}
      </fieldset>
      {incidentQueryText(query) !== '' && (
        <button type="button" class="button button-quiet" onClick={() => onChange(NOTHING)}>
          Show everything
        </button>
      )}
    </search>
  );
}

function Choice(props: {
  label: string;
  value: string;
  options: readonly { readonly value: string; readonly label: string }[];
  onChange: (value: string) => void;
}): JSX.Element {
  const { label, value, options, onChange } = props;
  const id = useId();
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {label}
      </label>
      <select id={id} class="input" value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">Any</option>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  );
}
