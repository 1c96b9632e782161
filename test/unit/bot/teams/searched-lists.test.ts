import { expect, test } from 'vitest';
import { formCard } from '../../../../src/bot/teams/render/form.ts';
import { fieldsOf } from '../../../support/teams/card-elements.ts';
import { problemsOfCard } from '../../../support/teams/validate.ts';

function cardWith(resources: number): unknown {
  const options = Array.from({ length: resources }, (_, index) => ({
    value: `db-${index}`,
    label: `db-${index}`,
  }));
  const form = {
    ...{ id: 'break-glass', subject: 'new', title: 'Break the glass', submitLabel: 'Take access now' },
    fields: [
      {
        ...({
          name: 'resource',
          label: 'Resource',
          kind: 'select',
          required: true,
          charactersMax: 63,
        } as const),
        ...({ searched: true, options } as const),
      },
    ],
  };
  return formCard(form, { stage: 'dialog', problem: null });
}

test.each([
  [1, 1, null],
  [99, 99, null],
  [100, 100, 'break-glass'],
  [250, 100, 'break-glass'],
])('of %d resources %d are listed, and the rest is searched for in %s', (resources, listed, dataset) => {
  const card = cardWith(resources);
  expect(problemsOfCard(card)).toEqual([]);
  const [field] = fieldsOf(card);
  expect([field?.choices.length, field?.dataset]).toEqual([listed, dataset]);
});
