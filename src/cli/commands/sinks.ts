import { listOf } from '../../web/schemas/fields.ts';
import { SINK, SINK_IN_FULL, SINK_TEST, SINK_WITH_COUNT } from '../../web/schemas/sinks.ts';
import { addLeafCommand, type JsonOption, parseCountOption, type RegisterCommand } from '../leaf-command.ts';
import { printList, printOne } from '../output.ts';
import { describeSink, SINK_COLUMNS } from '../sinks-wording.ts';

interface LettersOption extends JsonOption {
  readonly event?: number;
}

const EVENT_MAX = Number.MAX_SAFE_INTEGER;

/** `sallyport sinks`: where the audit log is sent to, and how far each sink has come. */
export const registerSinksList: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'list',
    summary: 'List the sinks, how far each is behind, and its last error',
    examples: ['sallyport sinks', 'sallyport sinks --json'],
  }).action(async (options: JsonOption) => {
    const { items } = await context.api.get('/sinks', listOf(SINK));
    printList(context, options, { items, columns: SINK_COLUMNS, none: 'No sink is configured.' });
  });
};

/** `sallyport sinks show`: one of them, with the events that it would not take. */
export const registerSinksShow: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'show <name>',
    summary: 'Show one sink and the events that it would not take',
    examples: ['sallyport sinks show siem'],
  }).action(async (name: string, options: JsonOption) => {
    printOne(context, options, {
      answer: await context.api.get(pathOf(name), SINK_IN_FULL),
      describe: (sink) => describeSink(context.terminal, sink),
    });
  });
};

/** `sallyport sinks retry`: tries again at once. */
export const registerSinksRetry: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'retry <name>',
    summary: 'Try again at once, and send the events once more that it would not take',
    examples: ['sallyport sinks retry siem', 'sallyport sinks retry siem --event 4711'],
  })
    .option('--event <number>', 'only this event', parseCountOption(EVENT_MAX))
    .action(async (name: string, options: LettersOption) => {
      const { event: sequence } = options;
      printOne(context, options, {
        answer: await context.api.post(`${pathOf(name)}/retry`, SINK_WITH_COUNT, { sequence }),
        describe: ({ letters }) => `Sink ${name} is tried again at once; ${letters} refused events with it.`,
      });
    });
};

/** `sallyport sinks discard`: takes refused events off the list. */
export const registerSinksDiscard: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'discard <name>',
    summary: 'Take refused events off the list; they stay in the log',
    examples: ['sallyport sinks discard siem --event 4711', 'sallyport sinks discard siem'],
  })
    .option('--event <number>', 'only this event', parseCountOption(EVENT_MAX))
    .action(async (name: string, options: LettersOption) => {
      const { event: sequence } = options;
      printOne(context, options, {
        answer: await context.api.post(`${pathOf(name)}/discard`, SINK_WITH_COUNT, { sequence }),
        describe: ({ letters }) => `${letters} refused events of sink ${name} are off the list.`,
      });
    });
};

/** `sallyport sinks pause`: nothing is sent until it is resumed. */
export const registerSinksPause: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'pause <name>',
    summary: 'Send nothing to a sink until it is resumed',
    examples: ['sallyport sinks pause siem --because "the receiver moves"'],
  })
    .requiredOption('--because <text>', 'why')
    .action(async (name: string, options: JsonOption & { because: string }) => {
      const { because } = options;
      printOne(context, options, {
        answer: await context.api.post(`${pathOf(name)}/pause`, SINK, { because }),
        describe: () => `Sink ${name} is paused. What happens meanwhile is sent when it is resumed.`,
      });
    });
};

/** `sallyport sinks resume`: sends again. */
export const registerSinksResume: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'resume <name>',
    summary: 'Send to a paused sink again, also what happened meanwhile',
    examples: ['sallyport sinks resume siem'],
  }).action(async (name: string, options: JsonOption) => {
    printOne(context, options, {
      answer: await context.api.post(`${pathOf(name)}/resume`, SINK),
      describe: ({ lagEvents }) => `Sink ${name} goes on; it is ${lagEvents} events behind.`,
    });
  });
};

/** `sallyport sinks test`: sends one event past the log. Fails when it was not delivered. */
export const registerSinksTest: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'test <name>',
    summary: 'Send one test event now',
    examples: ['sallyport sinks test siem'],
  }).action(async (name: string, options: JsonOption) => {
    const answer = await context.api.post(`${pathOf(name)}/test`, SINK_TEST);
    if (!answer.delivered) context.exit.status = 1;
    printOne(context, options, {
      answer,
      describe: ({ problem, tookMs }) =>
        problem === null
          ? `Sink ${name} took it, in ${tookMs} ms.`
          : `Sink ${name} did not take it: ${problem}`,
    });
  });
};

function pathOf(name: string): string {
  return `/sinks/${encodeURIComponent(name)}`;
}
