import { AppError } from '../../core/errors.ts';
import { listOf } from '../../web/schemas/fields.ts';
import { GRANT } from '../../web/schemas/grants.ts';
import type { CliContext } from '../context.ts';
import { addLeafCommand, type JsonOption, type RegisterCommand } from '../leaf-command.ts';
import { printOne } from '../output.ts';

/** `sallyport done`: the holder gives a grant back before it expires. */
export const registerDone: RegisterCommand = (parent, context) => {
  addLeafCommand(parent, {
    usage: 'done [id]',
    summary: 'Give a grant back; its sessions end',
    examples: ['sallyport done', 'sallyport done g-7wq2m5xa'],
  }).action(async (id: string | undefined, options: JsonOption) => {
    const handle = id ?? (await onlyLiveGrant(context));
    printOne(context, options, {
      answer: await context.api.post(`/grants/${encodeURIComponent(handle)}/done`, GRANT),
      describe: (grant) => `Grant ${grant.id} on ${grant.resource} is ${grant.state}.`,
    });
  });
};

/** Without an ID it must be clear which one is meant. */
async function onlyLiveGrant(context: CliContext): Promise<string> {
  const { items } = await context.api.get('/grants', listOf(GRANT), { mine: true, live: true });
  const [first, ...others] = items;
  if (first === undefined) throw new AppError('not_found', 'You hold no live grant.');
  if (others.length > 0) {
    const handles = items.map((grant) => `${grant.id} (${grant.resource})`).join(', ');
    throw new AppError('conflict', `You hold several grants: ${handles}. Name one.`);
  }
  return first.id;
}
