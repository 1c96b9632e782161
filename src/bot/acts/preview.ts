/** What the policy says to a request that is still being written. */
import { findAccount } from '../../access/find-account.ts';
import { previewRequest, type RequestPreview } from '../../access/preview-request.ts';
import { usualWait } from '../../access/usual-wait.ts';
import { formatDuration, parseDuration } from '../../core/duration.ts';
import { isAppError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import type { BotContext } from '../bot-context.ts';
import { approvalInWords, resourceAsRole } from '../cards/wording.ts';
import type { RequestFormValues } from '../forms/request-form.ts';
import { texts } from '../texts/texts.ts';
import type { ActInput } from './act.ts';

const MINUTE_MS = 60_000;

/** One sentence: who would have to agree, how long that usually takes, and for how long at most it may be. */
export async function previewInWords(
  bot: BotContext,
  values: RequestFormValues,
  { by: requester }: Pick<ActInput, 'by'>,
): Promise<string> {
  const { resource, role } = values;
  if (resource === '') return texts().forms.request.choose;
  const holder = await holderIn(bot, values);
  if ('problem' in holder) return holder.problem;
  const preview = previewRequest(bot.access, {
    requester,
    beneficiary: holder.beneficiary,
    resource,
    role: role === '' ? null : role,
    durationMs: durationIn(values),
    incident: values.incident === '' ? null : values.incident,
  });
  if (!preview.allowed) return preview.explanation;
  return texts().forms.request.preview({
    what: preview.role === null ? resource : resourceAsRole({ resource, role: preview.role }),
    approval: approvalInWords(preview),
    usually: await usuallyInWords(bot, resource, preview),
    longest: preview.durationMaxMs === null ? null : formatDuration(preview.durationMaxMs),
  });
}

async function usuallyInWords(
  bot: BotContext,
  resource: string,
  preview: RequestPreview,
): Promise<string | null> {
  if (preview.automatic || preview.role === null) return null;
  const waitMs = await usualWait(bot.access, { resource, role: preview.role });
  if (waitMs === null) return null;
  const words = texts().forms.request;
  const minutes = Math.ceil(waitMs / MINUTE_MS);
  return minutes <= 1 ? words.usuallySoon : words.usually(formatDuration(minutes * MINUTE_MS));
}

/** Whom the policy is asked about. */
async function holderIn(
  { access }: BotContext,
  { beneficiary, workload }: RequestFormValues,
): Promise<{ readonly beneficiary: Identity | null } | { readonly problem: string }> {
  const account = beneficiary || workload;
  if (account === '') return { beneficiary: null };
  try {
    return { beneficiary: await findAccount(access, { account, workloads: true }) };
  } catch (error) {
    if (isAppError(error)) return { problem: error.message };
    throw error;
  }
}

/** Null for what is no duration (yet). */
function durationIn({ duration }: RequestFormValues): number | null {
  try {
    return parseDuration(duration);
  } catch {
    return null;
  }
}
