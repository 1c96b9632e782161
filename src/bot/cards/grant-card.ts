/**
 * The private message to the holder of a grant. It never carries the connection: a button asks for
 * it, and the answer goes to that person alone.
 */
import type { GrantView } from '../../access/views.ts';
import { formatDuration } from '../../core/duration.ts';
import type { Card, CardAction, CardField, Tone } from '../card.ts';
import {
  NAME_CHARACTERS_MAX,
  REASON_LINES_MAX,
  TITLE_CHARACTERS_MAX,
  VALUE_CHARACTERS_MAX,
} from './limits.ts';
import { plainBlock, plainLine } from './plain-text.ts';
import { formatInstant, listInWords, nameOf } from './wording.ts';

export function grantCard(grant: GrantView): Card {
  const title = plainLine(`Your access to ${grant.resource} as ${grant.role}`, TITLE_CHARACTERS_MAX);
  const { tone, status } = standingOf(grant);
  return {
    tone,
    title,
    status,
    fields: fieldsOf(grant),
    lists: [],
    actions: actionsOf(grant),
    fallback: `${title}. ${status}`,
  };
}

function standingOf(grant: GrantView): { readonly tone: Tone; readonly status: string } {
  const endedAt = formatInstant(grant.endedAt ?? grant.expiresAt);
  switch (grant.state) {
    case 'issuing':
      return {
        tone: 'waiting',
        status: 'Approved. The connection is being prepared; this message will change.',
      };
    case 'active':
      return {
        tone: 'good',
        status: grant.revealed
          ? `Connection revealed. Active until ${formatInstant(grant.expiresAt)}. Revealing again replaces the password.`
          : `Active until ${formatInstant(grant.expiresAt)}. Reveal the connection to use it.`,
      };
    case 'expired':
      return { tone: 'neutral', status: `Ended at ${endedAt}: the time was up.` };
    case 'revoked': {
      const by = grant.endedBy === null ? '' : ` by ${nameOf(grant.endedBy)}`;
      return { tone: 'bad', status: `Ended at ${endedAt}: revoked${by}.` };
    }
    case 'done':
      return { tone: 'neutral', status: `Ended at ${endedAt}: you were done.` };
  }
}

function fieldsOf(grant: GrantView): readonly CardField[] {
  const fields: CardField[] = [
    { label: 'Resource', value: plainLine(`${grant.resource} (${grant.resourceKind})`, NAME_CHARACTERS_MAX) },
    { label: 'Role', value: plainLine(grant.role, NAME_CHARACTERS_MAX) },
    {
      label: 'Time',
      value: `${formatDuration(grant.durationMs)}, from ${formatInstant(grant.startsAt)} to ${formatInstant(grant.expiresAt)}`,
    },
    {
      label: 'Approved by',
      value:
        grant.approvers.length === 0 ? 'the policy, automatically' : listInWords(grant.approvers.map(nameOf)),
    },
    {
      label: 'Reason',
      value: plainBlock(grant.reason, { charactersMax: VALUE_CHARACTERS_MAX, linesMax: REASON_LINES_MAX }),
    },
  ];
  if (grant.incident !== null) {
    fields.push({ label: 'Incident', value: plainLine(`#${grant.incident}`, NAME_CHARACTERS_MAX) });
  }
  fields.push({ label: 'Access', value: grant.id, code: true });
  return fields;
}

function actionsOf(grant: GrantView): readonly CardAction[] {
  if (grant.state !== 'active') return [];
  return [
    {
      kind: 'button',
      action: 'reveal',
      subject: grant.id,
      label: grant.revealed ? 'Reveal again' : 'Reveal connection',
      style: 'primary',
    },
    { kind: 'button', action: 'done', subject: grant.id, label: 'I’m done', style: 'plain' },
  ];
}
