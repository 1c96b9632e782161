import { randomUUID } from 'node:crypto';
import { REQUEST } from '../../web/schemas/requests.ts';
import {
  addLeafCommand,
  type JsonOption,
  parseDurationOption,
  type RegisterCommand,
} from '../leaf-command.ts';
import { printOne } from '../output.ts';
import { timeOf } from '../wording.ts';

/** `sallyport extend`: the holder asks for more time; sessions stay connected. */
export const registerExtend: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'extend <id>',
    summary: 'Ask for more time on a live grant; its sessions stay connected',
    examples: ['sallyport extend g-7wq2m5xa --by 30m --because "the backfill is not through"'],
  })
    .requiredOption('--by <duration>', 'how much longer, such as 30m', parseDurationOption)
    .requiredOption('--because <text>', 'why; the approvers read this')
    .action(async (id: string, options: JsonOption & { by: string; because: string }) => {
      const path = `/grants/${encodeURIComponent(id)}/extend`;
      const body = { by: options.by, reason: options.because };
      printOne(context, options, {
        answer: await context.api.post(path, REQUEST, body, { 'idempotency-key': randomUUID() }),
        describe: (request) =>
          request.state === 'approved' && request.grant !== null
            ? `Grant ${id} lasts until ${timeOf(request.grant.expiresAt)} now.`
            : `Request ${request.id} waits for approval. Follow it with: sallyport show ${request.id}`,
      });
    });
};
