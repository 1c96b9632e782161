/** The card of a freeze: nothing is granted until it is lifted. One card for each freeze, from its beginning to its end. */
import type { FreezeEpisode } from '../../access/freeze.ts';
import type { Card, CardField } from '../card.ts';
import { REASON_LINES_MAX, STATUS_CHARACTERS_MAX, VALUE_CHARACTERS_MAX } from './limits.ts';
import { plainBlock, plainLine } from './plain-text.ts';
import { formatInstant, fullNameOf, nameOf } from './wording.ts';

export function freezeCard(freeze: FreezeEpisode): Card {
  const { lifted } = freeze;
  const title = lifted === null ? 'Access is frozen: nothing is granted' : 'Access was frozen';
  const status = plainLine(statusOf(freeze), STATUS_CHARACTERS_MAX);
  return {
    tone: lifted === null ? 'bad' : 'neutral',
    title,
    status,
    fields: fieldsOf(freeze),
    lists: [],
    actions:
      lifted === null
        ? [
            {
              kind: 'button',
              action: 'unfreeze',
              subject: freeze.id,
              label: 'Lift the freeze',
              style: 'danger',
            },
          ]
        : [],
    fallback: `${title}. ${status}`,
  };
}

function statusOf({ since, lifted }: FreezeEpisode): string {
  if (lifted === null) {
    return `Since ${formatInstant(since)}. Requests wait, approvals are refused; what was granted before goes on.`;
  }
  const by = lifted.by === null ? '' : ` by ${nameOf(lifted.by)}`;
  return `Lifted${by} at ${formatInstant(lifted.at)}.`;
}

function fieldsOf({ id, by, since, reason, lifted }: FreezeEpisode): readonly CardField[] {
  const limits = { charactersMax: VALUE_CHARACTERS_MAX, linesMax: REASON_LINES_MAX };
  const fields: CardField[] = [
    { label: 'Frozen by', value: by === null ? 'an alert, with the token for it' : fullNameOf(by) },
    { label: 'Because', rank: 'quote', value: plainBlock(reason, limits) },
    { label: 'Since', value: formatInstant(since) },
  ];
  if (lifted?.reason)
    fields.push({ label: 'Lifted because', rank: 'quote', value: plainBlock(lifted.reason, limits) });
  fields.push({ label: 'ID', rank: 'small-print', value: id, code: true });
  return fields;
}
