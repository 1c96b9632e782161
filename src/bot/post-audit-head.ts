import { headToPost, noteHeadPosted } from '../access/audit-log.ts';
import { AppError, messageOf } from '../core/errors.ts';
import type { BotContext } from './bot-context.ts';
import { inAudit } from './card-places.ts';
import { auditHeadCard } from './cards/audit-head-card.ts';
import type { ChatPlatform } from './platform.ts';

/**
 * Posts the day's head of the audit log as a new message on every platform, where sessions of no channel are told of.
 * A platform that is away keeps no other from having it.
 * @throws AppError `unavailable` with the reasons when it is not everywhere yet
 */
export async function postAuditHead(
  errand: BotContext & { readonly platforms: readonly ChatPlatform[] },
): Promise<void> {
  const { access, platforms } = errand;
  const head = await headToPost(access);
  if (head === null || platforms.length === 0) return;
  const posted = await Promise.allSettled(
    platforms.map(async (platform) => {
      for (const { channel, threadRef } of await inAudit(access, platform)) {
        await platform.post({
          channel,
          threadRef,
          key: `audit-head:${head.id}`,
          card: auditHeadCard(head),
        });
      }
    }),
  );
  const failures = posted.flatMap((outcome, index) =>
    outcome.status === 'rejected' ? [`${platforms[index]?.name}: ${messageOf(outcome.reason)}`] : [],
  );
  if (failures.length > 0) {
    throw new AppError('unavailable', `The audit log's head could not be posted: ${failures.join('; ')}`);
  }
  await noteHeadPosted(access, { head, platforms: platforms.map(({ name }) => name) });
}
