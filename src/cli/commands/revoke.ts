import { GRANT } from '../../web/schemas/grants.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printOne } from '../output.ts';

/** `sallyport revoke`: an approver or overseer ends somebody's grant. */
export const registerRevoke: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'revoke <id>',
    summary: "Take somebody's grant away; its sessions end",
    examples: ['sallyport revoke g-7wq2m5xa --because "laptop stolen"'],
  })
    .option('--because <text>', 'why; kept in the audit log')
    .action(async (id: string, options: JsonOption & { because?: string }) => {
      const path = `/grants/${encodeURIComponent(id)}/revoke`;
      printOne(context, options, {
        answer: await context.api.post(path, GRANT, { reason: options.because }),
        describe: (grant) => `Grant ${grant.id} on ${grant.resource} is ${grant.state}.`,
      });
    });
};
