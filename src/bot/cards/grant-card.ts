/**
 * The private message to the holder of a grant. It never carries the connection: a button asks for
 * it, and the answer goes to that person alone.
 */
import type { GrantView } from '../../access/views.ts';
import { formatDuration } from '../../core/duration.ts';
import type { ReviewState } from '../../core/review.ts';
import type { Card, CardAction, CardField, Tone } from '../card.ts';
import {
  NAME_CHARACTERS_MAX,
  REASON_LINES_MAX,
  STATUS_CHARACTERS_MAX,
  TITLE_CHARACTERS_MAX,
  VALUE_CHARACTERS_MAX,
} from './limits.ts';
import { plainBlock, plainLine } from './plain-text.ts';
import { formatInstant, nameOf, whoApproved } from './wording.ts';

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
      return grant.problem === null
        ? {
            tone: 'waiting',
            status: 'Approved. The connection is being prepared; this message will change.',
          }
        : {
            tone: 'warning',
            status: plainLine(
              `Approved, but the connection cannot be prepared yet: ${grant.problem} It is tried again until ${formatInstant(grant.expiresAt)}; this message will change.`,
              STATUS_CHARACTERS_MAX,
            ),
          };
    case 'active':
      return {
        tone: 'good',
        status: grant.revealed
          ? `Connection revealed. Active until ${formatInstant(grant.expiresAt)}. Revealing again replaces the password.`
          : `Active until ${formatInstant(grant.expiresAt)}. Reveal the connection to use it.`,
      };
    case 'expired':
      return {
        tone: 'neutral',
        status: plainLine(
          grant.problem === null
            ? `Ended at ${endedAt}: the time was up.`
            : `Ended at ${endedAt}: the time was up before the connection could be prepared. ${grant.problem}`,
          STATUS_CHARACTERS_MAX,
        ),
      };
    case 'revoked': {
      const by = grant.endedBy === null ? '' : ` by ${nameOf(grant.endedBy)}`;
      return { tone: 'bad', status: `Ended at ${endedAt}: revoked${by}.` };
    }
    case 'done':
      return { tone: 'neutral', status: `Ended at ${endedAt}: you were done.` };
  }
}

const REVIEW_IN_WORDS: Readonly<Record<ReviewState, string>> = {
  pending: 'it follows: others will look at what you did, and why',
  justified: 'found justified',
  unjustified: 'found unjustified',
};

function fieldsOf(grant: GrantView): readonly CardField[] {
  const fields: CardField[] = [
    { label: 'Resource', value: plainLine(`${grant.resource} (${grant.resourceKind})`, NAME_CHARACTERS_MAX) },
    { label: 'Role', value: plainLine(grant.role, NAME_CHARACTERS_MAX) },
    {
      label: 'Time',
      value: `${formatDuration(grant.durationMs)}, from ${formatInstant(grant.startsAt)} to ${formatInstant(grant.expiresAt)}`,
      ...(grant.state === 'active' ? { countdownTo: grant.expiresAt.toISOString() } : {}),
    },
    { label: 'Approved by', value: whoApproved(grant) },
    {
      label: 'Reason',
      rank: 'quote',
      value: plainBlock(grant.reason, { charactersMax: VALUE_CHARACTERS_MAX, linesMax: REASON_LINES_MAX }),
    },
  ];
  if (grant.incident !== null) {
    fields.push({ label: 'Incident', value: plainLine(`#${grant.incident}`, NAME_CHARACTERS_MAX) });
  }
  if (grant.review !== null) fields.push({ label: 'Review', value: REVIEW_IN_WORDS[grant.review.state] });
  fields.push({ label: 'Access', rank: 'small-print', value: grant.id, code: true });
  return fields;
}

function actionsOf(grant: GrantView): readonly CardAction[] {
  if (grant.state !== 'active') return [];
  const subject = grant.id;
  // Emergency access is not extended.
  const extend: readonly CardAction[] =
    grant.kind === 'break-glass'
      ? []
      : [{ kind: 'button', action: 'extend', subject, label: 'Extend', style: 'plain' }];
  return [
    {
      kind: 'button',
      action: 'reveal',
      subject,
      label: grant.revealed ? 'Reveal again' : 'Reveal connection',
      style: 'primary',
    },
    ...extend,
    { kind: 'button', action: 'done', subject, label: 'I’m done', style: 'plain' },
  ];
}
