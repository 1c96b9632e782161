/** Who is on call for a resource. Never posted. */
import type { OnCallView } from '../../access/who-is-on-call.ts';
import type { Card, CardField } from '../card.ts';
import { texts } from '../texts/texts.ts';
import { LIST_ITEMS_MAX, NAME_CHARACTERS_MAX, TITLE_CHARACTERS_MAX } from './limits.ts';
import { plainLine } from './plain-text.ts';
import { formatInstant, listInWords } from './wording.ts';

const PEOPLE_SHOWN_MAX = 10;

export function onCallCard(resource: string, schedules: readonly OnCallView[]): Card {
  const words = texts().onCall;
  const title = plainLine(words.title(resource), TITLE_CHARACTERS_MAX);
  const unknown = schedules.some(({ asOf }) => asOf === null);
  const status = schedules.length === 0 ? words.nobodyAsked : unknown ? words.unknown : words.known;
  return {
    tone: unknown ? 'warning' : 'neutral',
    title,
    status,
    fields: [],
    lists:
      schedules.length === 0
        ? []
        : [
            {
              title: words.schedules,
              items: schedules.slice(0, LIST_ITEMS_MAX).map((one) => ({
                text: plainLine(onCallInWords(one), TITLE_CHARACTERS_MAX),
                detail: one.asOf === null ? words.notKnown : words.asOf(formatInstant(one.asOf)),
                tone: one.asOf === null ? 'warning' : 'good',
              })),
            },
          ],
    actions: [],
    fallback: `${title}. ${status}`,
  };
}

/** The same on the card of what they are asked about; nothing where nobody on call is. */
export function onCallFields(schedules: readonly OnCallView[]): readonly CardField[] {
  return schedules.map((one) => ({ label: texts().labels.onCall, value: onCallInWords(one) }));
}

function onCallInWords({ schedule, level, people, asOf, fallback }: OnCallView): string {
  const words = texts().onCall;
  const asked = words.level(plainLine(schedule, NAME_CHARACTERS_MAX), level);
  if (asOf === null) {
    return fallback === null
      ? words.nobodyStandsIn(asked)
      : words.standsIn({ level: asked, group: plainLine(fallback, NAME_CHARACTERS_MAX) });
  }
  const names = people.slice(0, PEOPLE_SHOWN_MAX).map(({ name, email }) => {
    const shown = plainLine(name, NAME_CHARACTERS_MAX);
    return shown === '' ? plainLine(email, NAME_CHARACTERS_MAX) : shown;
  });
  return words.who({
    level: asked,
    names: names.length === 0 ? texts().people.nobody : listInWords(names),
  });
}
