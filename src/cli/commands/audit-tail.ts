import { setTimeout as sleep } from 'node:timers/promises';
import { EVENT, type EventAnswer } from '../../web/schemas/events.ts';
import { LIST_ITEMS_MAX, listOf } from '../../web/schemas/fields.ts';
import type { CliContext } from '../context.ts';
import { addLeafCommand, type JsonOption, parseCountOption, type RegisterCommand } from '../leaf-command.ts';
import { printableJson, printableLine } from '../printable.ts';
import { timeOf } from '../wording.ts';

const LIMIT_DEFAULT = 20;
const POLL_MS = 2_000;

interface Options extends JsonOption {
  readonly limit: number;
  readonly subject?: string;
  readonly follow?: true;
}

/** `sallyport audit tail`: the end of the audit log, oldest first, as the eye reads a log. */
export const registerAuditTail: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'tail',
    summary: 'Show the end of the audit log',
    examples: ['sallyport audit tail --follow', 'sallyport audit tail --subject r-k3q7mzra --json'],
  })
    .option('--limit <count>', 'how many', parseCountOption(LIST_ITEMS_MAX), LIMIT_DEFAULT)
    .option('--subject <id>', 'only events of this request, grant or session')
    .option('--follow', 'keep printing new ones (as JSON: one object a line)')
    .action(async (options: Options) => {
      const events = await readEvents(context, options);
      if (options.json && !options.follow) context.terminal.print(printableJson({ items: events }));
      else printEvents(context, options, events);
      if (options.follow) await follow(context, options, events.at(-1)?.id ?? 0);
    });
};

async function readEvents(context: CliContext, options: Options): Promise<EventAnswer[]> {
  const { limit, subject } = options;
  const { items } = await context.api.get('/events', listOf(EVENT), { limit, subject });
  return items.toReversed();
}

/** Until somebody ends the command. */
async function follow(context: CliContext, options: Options, lastId: number): Promise<never> {
  let last = lastId;
  for (;;) {
    await sleep(POLL_MS);
    const events = await readEvents(context, { ...options, limit: LIST_ITEMS_MAX });
    printEvents(
      context,
      options,
      events.filter((event) => event.id > last),
    );
    last = events.at(-1)?.id ?? last;
  }
}

function printEvents({ terminal }: CliContext, options: Options, events: readonly EventAnswer[]): void {
  for (const event of events) {
    if (options.json) {
      terminal.print(printableLine(JSON.stringify(event)));
      continue;
    }
    const place = event.sequence === null ? '-' : String(event.sequence);
    const by = event.actorId === null ? '' : ` by ${event.actorId}`;
    const data = Object.keys(event.data).length === 0 ? '' : ` ${JSON.stringify(event.data)}`;
    terminal.print(
      printableLine(`${timeOf(event.at)}  ${place}  ${event.type}  ${event.subject}${by}${data}`),
    );
  }
}
