import { ON_CALL, type OnCallAnswer } from '../../web/schemas/explain.ts';
import { listOf } from '../../web/schemas/fields.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printList } from '../output.ts';
import { printableLine } from '../printable.ts';
import type { Column } from '../table.ts';

const COLUMNS: readonly Column<OnCallAnswer>[] = [
  { title: 'SCHEDULE', value: ({ schedule }) => schedule },
  { title: 'LEVEL', value: ({ level }) => String(level), align: 'right' },
  { title: 'ON CALL', value: whoText },
  { title: 'AS OF', value: ({ asOf }) => asOf?.toISOString() ?? '-' },
];

/** `sallyport oncall`: who is on call now, for what access to a resource asks of people on call. */
export const registerOncall: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'oncall <resource>',
    summary: 'Show who is on call for a resource',
    examples: ['sallyport oncall orders-db', 'sallyport oncall orders-db --json'],
  }).action(async (resource: string, options: JsonOption) => {
    const path = `/resources/${encodeURIComponent(resource)}/on-call`;
    const { items } = await context.api.get(path, listOf(ON_CALL));
    const none = `Nothing about ${printableLine(resource)} asks for people on call.`;
    printList(context, options, { items, columns: COLUMNS, none });
  });
};

function whoText({ people, asOf, fallback }: OnCallAnswer): string {
  if (asOf !== null) return people.map(({ name, email }) => `${name} (${email})`).join(', ') || 'nobody';
  return fallback === null ? 'not known' : `not known; ${fallback} stands in`;
}
