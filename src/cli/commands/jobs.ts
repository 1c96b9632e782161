import { DEAD_LETTER_STATES } from '../../core/dead-letter.ts';
import { LIST_ITEMS_MAX, listOf } from '../../web/schemas/fields.ts';
import { DEAD_LETTER } from '../../web/schemas/jobs.ts';
import { describeJob, JOB_COLUMNS } from '../jobs-wording.ts';
import { addLeafCommand, type JsonOption, parseCountOption, type RegisterCommand } from '../leaf-command.ts';
import { printList, printOne } from '../output.ts';

interface ListOptions extends JsonOption {
  readonly state?: string;
  readonly job?: string;
  readonly limit?: number;
}

/** `sallyport jobs list`: jobs that gave up; the command is for overseers. */
export const registerJobsList: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'list',
    summary: 'List jobs that gave up and wait for somebody',
    examples: ['sallyport jobs list', 'sallyport jobs list --state all --job issue-grant --json'],
  })
    .option('--state <state>', `${DEAD_LETTER_STATES.join(', ')} or all (waiting)`)
    .option('--job <kind>', 'only this kind, such as issue-grant')
    .option('--limit <count>', 'how many', parseCountOption(LIST_ITEMS_MAX))
    .action(async (options: ListOptions) => {
      const { state, job, limit } = options;
      const { items } = await context.api.get('/jobs', listOf(DEAD_LETTER), { state, job, limit });
      printList(context, options, { items, columns: JOB_COLUMNS, none: 'No job has given up.' });
    });
};

/** `sallyport jobs show`: one of them, with its reason in full. */
export const registerJobsShow: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'show <id>',
    summary: 'Show one job that gave up',
    examples: ['sallyport jobs show j-4711', 'sallyport jobs show j-4711 --json'],
  }).action(async (id: string, options: JsonOption) => {
    printOne(context, options, {
      answer: await context.api.get(`/jobs/${encodeURIComponent(id)}`, DEAD_LETTER),
      describe: (job) => describeJob(context.terminal, job),
    });
  });
};

/** `sallyport jobs retry`: has it done again. */
export const registerJobsRetry: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'retry <id>',
    summary: 'Have a job done again; what was done meanwhile is not done twice',
    examples: ['sallyport jobs retry j-4711'],
  }).action(async (id: string, options: JsonOption) => {
    printOne(context, options, {
      answer: await context.api.post(`/jobs/${encodeURIComponent(id)}/retry`, DEAD_LETTER),
      describe: (job) => `Job ${job.id} (${job.job}) is asked for again.`,
    });
  });
};

/** `sallyport jobs discard`: takes it off the list. */
export const registerJobsDiscard: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'discard <id>',
    summary: 'Take a job off the list; nobody needs to look at it any more',
    examples: ['sallyport jobs discard j-4711'],
  }).action(async (id: string, options: JsonOption) => {
    printOne(context, options, {
      answer: await context.api.post(`/jobs/${encodeURIComponent(id)}/discard`, DEAD_LETTER),
      describe: (job) => `Job ${job.id} (${job.job}) is discarded.`,
    });
  });
};
