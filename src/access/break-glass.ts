/**
 * Access at once, in an emergency: nobody is asked, everybody is told, and somebody else says afterwards whether it
 * was right. The policy says who may, to what, for how long and who reviews it.
 */
import { isAppError } from '../core/errors.ts';
import type { AccessContext } from './context.ts';
import { recordEvent } from './record.ts';
import { type NewAccessRequest, requestAccess } from './request-access.ts';
import type { RequestView } from './views.ts';

/**
 * @throws AppError `frozen`: a freeze stops this, too; `forbidden` when no policy lets the requester break the
 *   glass here; and what `requestAccess` throws
 */
export async function breakGlass(
  context: AccessContext,
  input: Omit<NewAccessRequest, 'kind' | 'beneficiary' | 'againOf'>,
): Promise<RequestView> {
  try {
    return await requestAccess(context, { ...input, kind: 'break-glass' });
  } catch (error) {
    // Who tried and could not is worth knowing in an incident.
    if (isAppError(error, 'frozen') || isAppError(error, 'forbidden')) {
      const { resource, role, reason } = input;
      await context.store.transaction((db) =>
        recordEvent(db, {
          at: context.clock.now(),
          type: 'break-glass.refused',
          actorId: input.requester.id,
          subject: resource.slice(0, 63),
          data: { role, reason, code: error.code },
        }),
      );
    }
    throw error;
  }
}
