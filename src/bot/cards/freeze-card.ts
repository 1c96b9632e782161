/** The card of a freeze: nothing is granted until it is lifted. One card for each freeze, from its beginning to its end. */
import type { FreezeEpisode } from '../../access/freeze.ts';
import type { Card, CardField } from '../card.ts';
import { texts } from '../texts/texts.ts';
import { REASON_LINES_MAX, STATUS_CHARACTERS_MAX, VALUE_CHARACTERS_MAX } from './limits.ts';
import { plainBlock, plainLine } from './plain-text.ts';
import { formatInstant, fullNameOf, nameOrNull } from './wording.ts';

export function freezeCard(freeze: FreezeEpisode): Card {
  const { lifted } = freeze;
  const title = lifted === null ? texts().freezes.title : texts().freezes.titleLifted;
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
              label: texts().buttons.liftFreeze,
              style: 'danger',
            },
          ]
        : [],
    fallback: `${title}. ${status}`,
  };
}

function statusOf({ since, lifted }: FreezeEpisode): string {
  const words = texts().freezes;
  if (lifted === null) return words.frozen(formatInstant(since));
  return words.lifted({ who: nameOrNull(lifted.by), instant: formatInstant(lifted.at) });
}

function fieldsOf({ id, by, since, reason, lifted }: FreezeEpisode): readonly CardField[] {
  const limits = { charactersMax: VALUE_CHARACTERS_MAX, linesMax: REASON_LINES_MAX };
  const fields: CardField[] = [
    { label: texts().labels.frozenBy, value: by === null ? texts().freezes.byAlert : fullNameOf(by) },
    { label: texts().labels.because, rank: 'quote', value: plainBlock(reason, limits) },
    { label: texts().labels.since, value: formatInstant(since) },
  ];
  if (lifted?.reason)
    fields.push({
      label: texts().labels.liftedBecause,
      rank: 'quote',
      value: plainBlock(lifted.reason, limits),
    });
  fields.push({ label: texts().labels.id, rank: 'small-print', value: id, code: true });
  return fields;
}
