/**
 * The private message to the holder of a grant. It never carries the connection: a button asks for
 * it, and the answer goes to that person alone.
 */
import type { GrantView } from '../../access/views.ts';
import { formatDuration } from '../../core/duration.ts';
import type { Card, CardAction, CardField, Tone } from '../card.ts';
import { texts } from '../texts/texts.ts';
import {
  NAME_CHARACTERS_MAX,
  REASON_LINES_MAX,
  STATUS_CHARACTERS_MAX,
  TITLE_CHARACTERS_MAX,
  VALUE_CHARACTERS_MAX,
} from './limits.ts';
import { plainBlock, plainLine } from './plain-text.ts';
import { formatInstant, nameOrNull, resourceAsRole, whoApproved } from './wording.ts';

export function grantCard(grant: GrantView): Card {
  const title = plainLine(texts().grants.title(resourceAsRole(grant)), TITLE_CHARACTERS_MAX);
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
  const words = texts().grants.status;
  const endedAt = formatInstant(grant.endedAt ?? grant.expiresAt);
  const until = formatInstant(grant.expiresAt);
  switch (grant.state) {
    case 'issuing':
      return grant.problem === null
        ? { tone: 'waiting', status: words.issuing }
        : {
            tone: 'warning',
            status: plainLine(words.cannotIssue({ problem: grant.problem, until }), STATUS_CHARACTERS_MAX),
          };
    case 'active':
      return {
        tone: 'good',
        status: grant.revealed ? words.revealed(until) : words.active(until),
      };
    case 'expired':
      return {
        tone: 'neutral',
        status: plainLine(
          grant.problem === null
            ? words.expired(endedAt)
            : words.neverIssued({ endedAt, problem: grant.problem }),
          STATUS_CHARACTERS_MAX,
        ),
      };
    case 'revoked':
      return { tone: 'bad', status: words.revoked({ endedAt, who: nameOrNull(grant.endedBy) }) };
    case 'done':
      return { tone: 'neutral', status: words.done(endedAt) };
  }
}

function fieldsOf(grant: GrantView): readonly CardField[] {
  const fields: CardField[] = [
    {
      label: texts().labels.resource,
      value: plainLine(`${grant.resource} (${grant.resourceKind})`, NAME_CHARACTERS_MAX),
    },
    { label: texts().labels.role, value: plainLine(grant.role, NAME_CHARACTERS_MAX) },
    {
      label: texts().labels.time,
      value: texts().grants.time({
        length: formatDuration(grant.durationMs),
        from: formatInstant(grant.startsAt),
        to: formatInstant(grant.expiresAt),
      }),
      ...(grant.state === 'active' ? { countdownTo: grant.expiresAt.toISOString() } : {}),
    },
    { label: texts().labels.approvedBy, value: whoApproved(grant) },
    {
      label: texts().labels.reason,
      rank: 'quote',
      value: plainBlock(grant.reason, { charactersMax: VALUE_CHARACTERS_MAX, linesMax: REASON_LINES_MAX }),
    },
  ];
  if (grant.incident !== null) {
    fields.push({
      label: texts().labels.incident,
      value: plainLine(`#${grant.incident}`, NAME_CHARACTERS_MAX),
    });
  }
  if (grant.review !== null)
    fields.push({ label: texts().labels.review, value: texts().grants.review[grant.review.state] });
  fields.push({ label: texts().labels.access, rank: 'small-print', value: grant.id, code: true });
  return fields;
}

function actionsOf(grant: GrantView): readonly CardAction[] {
  if (grant.state !== 'active') return [];
  const subject = grant.id;
  // Emergency access is not extended.
  const extend: readonly CardAction[] =
    grant.kind === 'break-glass'
      ? []
      : [{ kind: 'button', action: 'extend', subject, label: texts().buttons.extend, style: 'plain' }];
  return [
    {
      kind: 'button',
      action: 'reveal',
      subject,
      label: grant.revealed ? texts().buttons.revealAgain : texts().buttons.reveal,
      style: 'primary',
    },
    ...extend,
    { kind: 'button', action: 'done', subject, label: texts().buttons.done, style: 'plain' },
  ];
}
