import { parseDuration } from '../../core/duration.ts';
import { AppError } from '../../core/errors.ts';
import { DELEGATION, type DelegationAnswer } from '../../web/schemas/delegations.ts';
import { listOf } from '../../web/schemas/fields.ts';
import {
  addLeafCommand,
  type JsonOption,
  parseDurationOption,
  type RegisterCommand,
} from '../leaf-command.ts';
import { printList, printOne } from '../output.ts';
import type { Column } from '../table.ts';
import { timeOf } from '../wording.ts';

interface Options extends JsonOption {
  readonly until?: string;
  readonly for?: string;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

const COLUMNS: readonly Column<DelegationAnswer>[] = [
  { title: 'ID', value: ({ id }) => id },
  { title: 'IN THE PLACE OF', value: ({ from }) => `${from.name} <${from.email}>` },
  { title: 'DECIDES', value: ({ to }) => `${to.name} <${to.email}>` },
  { title: 'STATE', value: ({ acceptedAt }) => (acceptedAt === null ? 'not accepted' : 'in effect') },
  { title: 'UNTIL', value: ({ until }) => timeOf(until) },
];

/** `sallyport delegate`: somebody decides in the caller's place for a while, once they accept. */
export const registerDelegate: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'delegate <person>',
    summary: 'Ask somebody to decide in your place for a while; they have to accept',
    examples: [
      'sallyport delegate dana@example.com --for 3d',
      'sallyport delegate dana@example.com --until 2026-12-24',
      'sallyport delegate dana@example.com --until 2026-12-24T18:00:00+01:00',
    ],
  })
    .option('--for <duration>', 'for how long, such as 8h or 3d', parseDurationOption)
    .option('--until <time>', 'until the end of a day, or a time with its offset')
    .action(async (to: string, options: Options) => {
      printOne(context, options, {
        answer: await context.api.post('/delegations', DELEGATION, { to, until: untilOf(options) }),
        describe: (made) =>
          made.acceptedAt === null
            ? `${made.to.name} <${made.to.email}> is asked to decide in your place until ${timeOf(made.until)} (${made.id}). It takes effect when they accept.`
            : `${made.to.name} <${made.to.email}> decides in your place until ${timeOf(made.until)} (${made.id}).`,
      });
    });
};

/** `sallyport delegations`: from and to the caller. */
export const registerDelegations: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'delegations',
    summary: 'Who decides in your place, and in whose place you do',
    examples: ['sallyport delegations', 'sallyport delegations --json'],
  }).action(async (options: JsonOption) => {
    const { items } = await context.api.get('/delegations', listOf(DELEGATION));
    printList(context, options, { items, columns: COLUMNS, none: 'There are none.' });
  });
};

/** `sallyport accept`: to decide in the place of who asked for it. */
export const registerAcceptDelegation: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'accept <id>',
    summary: 'Accept to decide in the place of somebody who asks you to (undelegate declines)',
    examples: ['sallyport accept d-k3q7mzra'],
  }).action(async (id: string, options: JsonOption) => {
    printOne(context, options, {
      answer: await context.api.post(`/delegations/${encodeURIComponent(id)}/accept`, DELEGATION),
      describe: ({ from, until }) =>
        `You decide in the place of ${from.name} <${from.email}> until ${timeOf(until)}.`,
    });
  });
};

/** `sallyport undelegate`: before its time is over. */
export const registerUndelegate: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'undelegate <id>',
    summary: 'End a delegation of or to you, or decline it',
    examples: ['sallyport undelegate d-k3q7mzra'],
  }).action(async (id: string, options: JsonOption) => {
    printOne(context, options, {
      answer: await context.api.post(`/delegations/${encodeURIComponent(id)}/end`, DELEGATION),
      describe: ({ to, from, acceptedAt }) =>
        `${to.name} does not decide in the place of ${from.name}${acceptedAt === null ? '' : ' any more'}.`,
    });
  });
};

/** A day ends where the caller is. @throws AppError `invalid_input` */
function untilOf({ until, for: duration }: Options): string {
  if ((until === undefined) === (duration === undefined)) {
    throw new AppError('invalid_input', 'Say until when: --for 3d or --until 2026-12-24.');
  }
  if (duration !== undefined) return new Date(Date.now() + parseDuration(duration)).toISOString();
  const text = until ?? '';
  const at = new Date(DAY.test(text) ? `${text}T23:59:59` : text);
  if (Number.isNaN(at.getTime()) || !(DAY.test(text) || /(?:Z|[+-]\d{2}:\d{2})$/.test(text))) {
    throw new AppError(
      'invalid_input',
      `"${text.slice(0, 40)}" is not a time. Write 2026-12-24, or 2026-12-24T18:00:00+01:00.`,
    );
  }
  return at.toISOString();
}
