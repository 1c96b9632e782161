/** The policy of one server: what its file proposes when it starts or is told to read it again, and what is in force. */
import { messageOf } from '../core/errors.ts';
import type { KnownPolicy } from './apply-policy.ts';
import type { AccessContext } from './context.ts';
import { type FollowedPolicy, followPolicy } from './follow-policy.ts';
import { adoptPolicyFile } from './propose-policy.ts';

export interface ServerPolicy extends FollowedPolicy {
  /** Reads the file again. One with problems is logged, and so is what became of it. */
  reload(): Promise<void>;
}

type Facts = Readonly<Record<string, string | null>>;

export interface ServerPolicyOptions {
  /** Names the machine and the file. */
  readonly server: string;
  /** As it was when the server started. */
  readonly first: Pick<KnownPolicy, 'version' | 'text'>;
  /** The file as it is now. @throws with its problems */
  readonly readFile: () => Pick<KnownPolicy, 'version' | 'text'>;
  /** Puts what this server says for itself into a document that all share. */
  readonly adapt: (policy: KnownPolicy) => KnownPolicy;
  readonly log: Readonly<Record<'info' | 'warn' | 'error', (facts: Facts, message: string) => void>>;
}

/** @throws AppError `unavailable` when the policy in force is not understood by this program */
export async function openServerPolicy(
  context: Pick<AccessContext, 'store' | 'clock' | 'random'>,
  options: ServerPolicyOptions,
): Promise<ServerPolicy> {
  const { log } = options;
  await adopt(context, options, options.first);
  const followed = await followPolicy(context, {
    adapt: options.adapt,
    onChange: ({ version }) => log.info({ version }, 'another policy is in force'),
    onProblem: (problem) =>
      log.error({ problem }, 'the policy in force cannot be read; the one before stays'),
  });
  return {
    ...followed,
    reload: async () => {
      try {
        await adopt(context, options, options.readFile());
        await followed.refresh();
        log.info({ version: followed.current().version }, 'the policy was reloaded');
      } catch (error) {
        const { version } = followed.current();
        log.error(
          { problem: messageOf(error), version },
          'the policy was not reloaded; the one before stays in force',
        );
      }
    },
  };
}

async function adopt(
  context: Pick<AccessContext, 'store' | 'clock' | 'random'>,
  { server, log }: ServerPolicyOptions,
  { version, text }: Pick<KnownPolicy, 'version' | 'text'>,
): Promise<void> {
  const outcome = await adoptPolicyFile(context, { server, file: { version, text } });
  switch (outcome.kind) {
    case 'applied':
      return log.info({ version, change: outcome.changeId }, 'the policy of the file is in force');
    case 'proposed':
      return log.warn(
        { version, change: outcome.changeId },
        'the policy of the file waits for approval; the one before stays in force',
      );
    case 'outdated':
      return log.warn(
        { version, inForce: outcome.version },
        'the file has a policy of before and changes nothing; to put it into force: sallyport policy apply',
      );
    case 'unchanged':
      return log.info({ version }, 'the file asks for no other policy');
  }
}
