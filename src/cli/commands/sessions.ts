import { LIST_ITEMS_MAX } from '../../web/schemas/fields.ts';
import { REINDEX_ANSWER, SESSION_PAGE } from '../../web/schemas/sessions.ts';
import { addLeafCommand, type JsonOption, parseCountOption, type RegisterCommand } from '../leaf-command.ts';
import { parseSinceOption, parseUntilOption } from '../moment-option.ts';
import { printList, printOne } from '../output.ts';
import { printableJson } from '../printable.ts';
import { describeFound } from '../search-wording.ts';
import { SESSION_COLUMNS, timeOf } from '../wording.ts';

interface Options extends JsonOption {
  readonly search?: string;
  readonly who?: string;
  readonly resource?: string;
  readonly kind?: string;
  readonly incident?: string;
  readonly request?: string;
  readonly since?: string;
  readonly until?: string;
  readonly table?: string;
  readonly file?: string;
  readonly denied?: true;
  readonly held?: true;
  readonly masked?: true;
  readonly live?: true;
  readonly limit?: number;
  readonly cursor?: string;
}

const NONE = 'There are no such sessions.';

/** `sallyport sessions`: those the caller may see, newest first, and what was found in them. */
export const registerSessions: RegisterCommand = (parent, context) => {
  const sessions = addLeafCommand(parent, {
    usage: 'sessions',
    summary: 'List sessions that you may see, and search what was done in them',
    examples: [
      'sallyport sessions --live',
      'sallyport sessions --search payments.card_number --since 7d',
      `sallyport sessions --search '"delete from orders" -where' --who alice`,
      'sallyport sessions --file /etc/nginx --denied --json',
    ],
  })
    .option('--search <text>', 'words, names, "phrases", beginnings (custo*), and -what not')
    .option('--table <name>', 'what touched it: payments, public.payments, pay*')
    .option('--file <path>', 'what touched it: a path, a directory above it, its end')
    .option('--who <person>', 'a part of a name or an address')
    .option('--resource <name>', 'of this resource')
    .option('--kind <kind>', 'of this kind of resource: postgres, ssh')
    .option('--incident <name>', 'of this incident')
    .option('--request <id>', 'of this request')
    .option('--since <time>', '2026-11-22, 2026-11-22T14:00, or 2h for two hours ago', parseSinceOption)
    .option('--until <time>', 'the same; a day lasts to its end', parseUntilOption)
    .option('--denied', 'only what was denied')
    .option('--held', 'only what was held')
    .option('--masked', 'only what had masked values in its answer')
    .option('--live', 'only sessions that have not ended')
    .option('--limit <count>', 'how many', parseCountOption(LIST_ITEMS_MAX))
    .option('--cursor <cursor>', '`next` of the page before')
    .action(async (options: Options) => {
      const { json, ...query } = options;
      const page = await context.api.get('/sessions', SESSION_PAGE, query);
      const { terminal } = context;
      if (json) return terminal.print(printableJson(page));
      if (page.items.some(({ hitCount }) => hitCount > 0))
        terminal.print(page.items.map((session) => describeFound(terminal, session)).join('\n\n'));
      else printList(context, {}, { items: page.items, columns: SESSION_COLUMNS, none: NONE });
      if (page.next === null) return;
      if (page.lookedBackTo === null) return terminal.say(`There are more: --cursor ${page.next}`);
      terminal.say(`Looked back to ${timeOf(page.lookedBackTo)}. To go on: --cursor ${page.next}`);
    });

  addLeafCommand(sessions, {
    usage: 'reindex [session]',
    summary: 'Have recordings read into the search anew: one, or all (for members of oversight groups)',
    examples: ['sallyport sessions reindex', 'sallyport sessions reindex s-k3q7mzra'],
  }).action(async (session: string | undefined, options: JsonOption) => {
    const body = session === undefined ? {} : { session };
    printOne(context, options, {
      answer: await context.api.post('/sessions/reindex', REINDEX_ANSWER, body),
      describe: ({ sessions: count }) =>
        `${count} ${count === 1 ? 'recording' : 'recordings'} will be read anew.`,
    });
  });
};
