/** The card of an alert: what happened, to whom, and how often by now. */
import type { AlertView } from '../../access/alerts/raise-alert.ts';
import type { Card, CardField } from '../card.ts';
import { texts } from '../texts/texts.ts';
import { STATUS_CHARACTERS_MAX, VALUE_CHARACTERS_MAX } from './limits.ts';
import { plainLine } from './plain-text.ts';
import { replayUrl } from './session-card.ts';
import { formatInstant } from './wording.ts';

export function alertCard(alert: AlertView, options: { readonly publicUrl: string }): Card {
  const { alerts, buttons } = texts();
  const title = alerts.titles[alert.kind];
  const status = plainLine(statusOf(alert), STATUS_CHARACTERS_MAX);
  const { session } = alert.facts;
  return {
    tone: alert.facts['state'] === 'over' ? 'neutral' : 'bad',
    title,
    status,
    fields: fieldsOf(alert),
    lists: [],
    actions:
      session === undefined
        ? []
        : [{ kind: 'link', label: buttons.replay, url: replayUrl(session, options.publicUrl) }],
    fallback: `${title}. ${status}`,
  };
}

function statusOf({ facts, count, firstAt, lastAt }: AlertView): string {
  const { alerts } = texts();
  if (facts['state'] === 'over') return alerts.over(formatInstant(lastAt));
  if (facts['state'] === 'holds') return alerts.since(formatInstant(firstAt));
  if (count === 1) return alerts.once(formatInstant(firstAt));
  return alerts.often({ times: String(count), since: formatInstant(firstAt), last: formatInstant(lastAt) });
}

function fieldsOf({ id, facts }: AlertView): readonly CardField[] {
  const { labels } = texts();
  const names: Readonly<Record<string, string>> = {
    who: labels.who,
    resource: labels.resource,
    role: labels.role,
    rule: labels.rule,
    rows: labels.rows,
    request: labels.request,
    session: labels.session,
    sink: labels.sink,
    behind: labels.behind,
    refused: labels.refusedEvents,
    what: labels.record,
    job: labels.job,
    problem: labels.problem,
  };
  const fields = Object.entries(names).flatMap(([name, label]): CardField[] => {
    const value = plainLine(facts[name] ?? '', VALUE_CHARACTERS_MAX);
    return value === '' ? [] : [{ label, value }];
  });
  return [...fields, { label: labels.id, rank: 'small-print', value: id, code: true }];
}
