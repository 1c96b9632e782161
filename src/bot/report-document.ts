/** The report of an incident as it is posted in its channel: no more than everybody there may read. */
import { makeReport } from '../access/incidents/report/make-report.ts';
import type { RecordingExaminer } from '../access/incidents/report/ports.ts';
import { writeReport } from '../access/incidents/report/write-report.ts';
import { isAppError } from '../core/errors.ts';
import type { BotContext } from './bot-context.ts';

/** @returns null when nothing carries the incident's name */
export async function reportBytes(
  access: BotContext['access'],
  of: {
    readonly incident: string;
    readonly askedById: string;
    readonly examiner: RecordingExaminer | null;
  },
): Promise<{ readonly name: string; readonly bytes: Uint8Array } | null> {
  const steps = makeReport(access, {
    name: of.incident,
    byId: of.askedById,
    audience: 'channel',
    examiner: of.examiner,
  });
  try {
    for (;;) {
      const step = await steps.next();
      if (step.done !== true) continue;
      const { name, text } = writeReport(step.value, 'markdown');
      return { name, bytes: Buffer.from(text) };
    }
  } catch (error) {
    if (isAppError(error, 'not_found')) return null;
    throw error;
  }
}
