/** What the policy says to a request that is still being written. */
import { previewRequest, type RequestPreview } from '../../access/preview-request.ts';
import { usualWait } from '../../access/usual-wait.ts';
import { formatDuration, parseDuration } from '../../core/duration.ts';
import type { BotContext } from '../bot-context.ts';
import { approvalInWords } from '../cards/wording.ts';
import type { RequestFormValues } from '../forms/request-form.ts';
import type { ActInput } from './act.ts';

const MINUTE_MS = 60_000;

/** One sentence: who would have to agree, how long that usually takes, and for how long at most it may be. */
export async function previewInWords(
  bot: BotContext,
  values: RequestFormValues,
  { by: requester }: Pick<ActInput, 'by'>,
): Promise<string> {
  const { resource, role } = values;
  if (resource === '') return 'Choose a resource and a role; the policy decides who has to agree.';
  const durationMs = durationIn(values);
  const draft = { requester, resource, role: role === '' ? null : role, durationMs };
  const preview = previewRequest(bot.access, draft);
  if (!preview.allowed) return preview.explanation;
  const longest = preview.durationMaxMs === null ? '' : `; at most ${formatDuration(preview.durationMaxMs)}`;
  const as = preview.role === null ? '' : ` as ${preview.role}`;
  const usually = await usuallyInWords(bot, resource, preview);
  return `${resource}${as}: ${approvalInWords(preview)}${usually}${longest}.`;
}

async function usuallyInWords(bot: BotContext, resource: string, preview: RequestPreview): Promise<string> {
  if (preview.automatic || preview.role === null) return '';
  const waitMs = await usualWait(bot.access, { resource, role: preview.role });
  if (waitMs === null) return '';
  const minutes = Math.ceil(waitMs / MINUTE_MS);
  return minutes <= 1 ? '; usually within a minute' : `; usually ${formatDuration(minutes * MINUTE_MS)}`;
}

/** Null for what is no duration (yet). */
function durationIn({ duration }: RequestFormValues): number | null {
  try {
    return parseDuration(duration);
  } catch {
    return null;
  }
}
