import { AppError } from '../../core/errors.ts';
import { LIST_ITEMS_MAX, listOf } from '../../web/schemas/fields.ts';
import { RECORDING_HOLD } from '../../web/schemas/recordings.ts';
import { addLeafCommand, type JsonOption, parseCountOption, type RegisterCommand } from '../leaf-command.ts';
import { printList, printOne } from '../output.ts';
import { describeRecordingHold, RECORDING_HOLD_COLUMNS } from '../recordings-wording.ts';

interface HoldOptions extends JsonOption {
  readonly because: string;
  readonly incident?: string;
}

/** `sallyport recordings hold`: nobody deletes them until the hold is released. */
export const registerRecordingsHold: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'hold [session]',
    summary: 'Keep the recording of a session, or those of an incident, whatever the retention says',
    examples: [
      'sallyport recordings hold s-4fd2k7qa --because "case 4711"',
      'sallyport recordings hold --incident inc-12 --because "the regulator asked"',
    ],
  })
    .requiredOption('--because <text>', 'why; whoever finds the hold later reads it')
    .option('--incident <name>', 'all recordings of this incident, also those to come')
    .action(async (session: string | undefined, options: HoldOptions) => {
      const { because, incident } = options;
      if ((session === undefined) === (incident === undefined))
        throw new AppError('invalid_input', 'Name a session, or an incident with --incident.');
      const on = session === undefined ? { incident } : { sessionId: session };
      printOne(context, options, {
        answer: await context.api.post('/recording-holds', RECORDING_HOLD, { ...on, because }),
        describe: (hold) => describeRecordingHold(context.terminal, hold),
      });
    });
};

/** `sallyport recordings release`: the retention decides again. */
export const registerRecordingsRelease: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'release <hold>',
    summary: 'Release a hold on recordings: what is due is deleted then',
    examples: ['sallyport recordings release lh-k3q7mzra --because "case 4711 is closed"'],
  })
    .requiredOption('--because <text>', 'why')
    .action(async (id: string, options: JsonOption & { because: string }) => {
      const path = `/recording-holds/${encodeURIComponent(id)}/release`;
      printOne(context, options, {
        answer: await context.api.post(path, RECORDING_HOLD, { because: options.because }),
        describe: (hold) => describeRecordingHold(context.terminal, hold),
      });
    });
};

/** `sallyport recordings list`: the holds, newest first. */
export const registerRecordingsList: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'list',
    summary: 'List holds on recordings',
    examples: ['sallyport recordings list', 'sallyport recordings list --all --json'],
  })
    .option('--all', 'also those that are released')
    .option('--limit <count>', 'how many', parseCountOption(LIST_ITEMS_MAX))
    .action(async (options: JsonOption & { all?: true; limit?: number }) => {
      const { items } = await context.api.get('/recording-holds', listOf(RECORDING_HOLD), {
        inForce: options.all === true ? undefined : true,
        limit: options.limit,
      });
      printList(context, options, {
        items,
        columns: RECORDING_HOLD_COLUMNS,
        none: 'No recording is on hold.',
      });
    });
};
