import { randomUUID } from 'node:crypto';
import { REQUEST } from '../../web/schemas/requests.ts';
import {
  addLeafCommand,
  type JsonOption,
  parseDurationOption,
  type RegisterCommand,
} from '../leaf-command.ts';
import { printOne } from '../output.ts';
import { describeRequest } from '../wording.ts';

interface Options extends JsonOption {
  readonly role?: string;
  readonly for?: string;
  readonly because: string;
  readonly ticket?: string;
  readonly incident?: string;
}

/** `sallyport breakglass`: access at once, where the policy allows it; everybody is told. */
export const registerBreakglass: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'breakglass <resource>',
    summary: 'Take access in an emergency: at once, announced to everybody, reviewed afterwards',
    examples: ['sallyport breakglass orders-db --because "inc-12: checkout is down, nobody answers"'],
  })
    .option('--role <role>', 'the role you need; the first one you may have when left out')
    .option('--for <duration>', 'how long, such as 30m', parseDurationOption)
    .requiredOption('--because <text>', 'why; everybody reads this, and reviewers judge it')
    .option('--ticket <id>', 'the ticket this belongs to')
    .option('--incident <channel>', "the incident's channel")
    .action(async (resource: string, options: Options) => {
      const { role, for: duration, because: reason, ticket, incident } = options;
      const body = { resource, role, duration, reason, ticket, incident };
      const { api, terminal } = context;
      printOne(context, options, {
        answer: await api.post('/break-glass', REQUEST, body, { 'idempotency-key': randomUUID() }),
        describe: (request) => describeRequest(terminal, request, new Date()),
      });
      terminal.say(`\nEverybody has been told. Connect with: sallyport connect ${resource}`);
    });
};
