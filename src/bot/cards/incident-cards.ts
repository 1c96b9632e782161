/** The card of an incident, and how to get at a document that is not posted where everybody reads it. */
import type { IncidentView } from '../../access/incidents/incidents.ts';
import type { Card, CardField } from '../card.ts';
import { texts } from '../texts/texts.ts';
import { NAME_CHARACTERS_MAX, STATUS_CHARACTERS_MAX, TITLE_CHARACTERS_MAX } from './limits.ts';
import { linkCard } from './link-card.ts';
import { plainLine } from './plain-text.ts';
import { formatInstant, fullNameOf, nameOrNull } from './wording.ts';

export function incidentCard(incident: IncidentView): Card {
  const { id, title: about, name, state } = incident;
  const words = texts().incidents;
  const open = state === 'open';
  const title = plainLine(open ? words.title(about) : words.titleClosed(about), TITLE_CHARACTERS_MAX);
  const status = plainLine(statusOf(incident), STATUS_CHARACTERS_MAX);
  const fields: CardField[] = [
    { label: texts().labels.channel, value: plainLine(`#${name}`, NAME_CHARACTERS_MAX) },
    { label: texts().labels.openedBy, value: fullNameOf(incident.openedBy) },
    { label: texts().labels.id, rank: 'small-print', value: id, code: true },
  ];
  return {
    tone: open ? 'warning' : 'neutral',
    title,
    status,
    fields,
    lists: [],
    actions: [
      { kind: 'button', action: 'timeline', subject: id, label: texts().buttons.timeline, style: 'plain' },
      { kind: 'button', action: 'report', subject: id, label: texts().buttons.report, style: 'plain' },
      ...(open
        ? [
            {
              kind: 'button',
              action: 'close-incident',
              subject: id,
              label: texts().buttons.closeIncident,
              style: 'danger',
            } as const,
          ]
        : []),
    ],
    fallback: `${title}. ${status}`,
  };
}

function statusOf({ name, openedAt, closedAt, closedBy }: IncidentView): string {
  const words = texts().incidents;
  const since = formatInstant(openedAt);
  if (closedAt === null) return words.open({ since, channel: `#${name}` });
  return words.closed({ since, who: nameOrNull(closedBy), closedAt: formatInstant(closedAt) });
}

/** A document that each reader opens for themselves: they sign in, and see it if they may. */
export function documentCard(document: {
  readonly title: string;
  readonly why: string;
  readonly url: string;
}): Card {
  const { title, why, url } = document;
  return linkCard({ title, status: why, link: { label: texts().buttons.openDocument, url } });
}

/** The page of a timeline: whoever opens it signs in, and sees what they may. */
export function timelineUrl(incident: string, { publicUrl }: { readonly publicUrl: string }): string {
  return `${publicUrl}/incidents/${encodeURIComponent(incident)}`;
}
