import { Readable } from 'node:stream';
import type { FastifyBaseLogger, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { makeReport, type ReportProgress } from '../../access/incidents/report/make-report.ts';
import type { IncidentReport } from '../../access/incidents/report/report.ts';
import { REPORT_CONTENT_SECURITY_POLICY } from '../../access/incidents/report/report-html.ts';
import { writeReport } from '../../access/incidents/report/write-report.ts';
import { AppError, isAppError, messageOf } from '../../core/errors.ts';
import type { ReportFormat } from '../../core/incident.ts';
import { openExaminer } from '../../recording/evidence/examine.ts';
import type { ApiDependencies } from '../api-dependencies.ts';
import { INCIDENT_PATH, REPORT_BODY, REPORT_QUERY, type ReportLine } from '../schemas/incidents.ts';

const TAGS = ['incidents'];
const JSON_LINES_TYPE = 'application/x-ndjson';
/** A report gives up by itself before that. */
const REPORT_TIMEOUT_MS = 180_000;
/** At a time, in this process: each reads recordings. */
const RUNNING_MAX = 2;
const RETRY_AFTER_SECONDS = 10;

type Steps = AsyncGenerator<ReportProgress, IncidentReport>;

/** /incidents/:name/report: what its reader may see, checked now, as a document. */
export function incidentReportRoutes({
  access,
  recording,
  callerOf,
}: ApiDependencies): FastifyPluginAsyncZod {
  const examiner = openExaminer(recording);
  let running = 0;

  function begin(): () => void {
    if (running >= RUNNING_MAX) {
      throw new AppError(
        'rate_limited',
        'Other reports are being made on this server. Try again in a moment.',
        {
          context: { retryAfterSeconds: RETRY_AFTER_SECONDS },
        },
      );
    }
    running += 1;
    let released = false;
    return () => {
      if (!released) running -= 1;
      released = true;
    };
  }

  async function stepsFor(request: FastifyRequest, name: string, signal: AbortSignal): Promise<Steps> {
    return makeReport(access, { name, by: await callerOf(request), audience: 'person', examiner, signal });
  }

  return async (server) => {
    server.get(
      '/incidents/:name/report',
      {
        handlerTimeout: REPORT_TIMEOUT_MS,
        schema: {
          summary: 'The report of an incident: HTML without script, Markdown or JSON',
          tags: TAGS,
          params: INCIDENT_PATH,
          querystring: REPORT_QUERY,
          response: { 200: z.string() },
        },
      },
      async (request, reply) => {
        const release = begin();
        const gone = new AbortController();
        reply.raw.once('close', () => {
          if (!reply.raw.writableEnded) gone.abort(new AppError('unavailable', 'Nobody waits for it.'));
        });
        try {
          const steps = await stepsFor(request, request.params.name, gone.signal);
          const { name, mediaType, text } = writeReport(await toTheEnd(steps), request.query.format);
          return await reply
            .type(mediaType)
            .header('content-disposition', `attachment; filename="${name}"`)
            .header('content-security-policy', REPORT_CONTENT_SECURITY_POLICY)
            .serializer((body: string) => body)
            .send(text);
        } finally {
          release();
        }
      },
    );

    server.post(
      '/incidents/:name/report',
      {
        handlerTimeout: REPORT_TIMEOUT_MS,
        schema: {
          summary: 'The same, told as it is made',
          description:
            'Answers JSON lines: progress as recordings are checked, and at the end the document, or a problem.',
          tags: TAGS,
          params: INCIDENT_PATH,
          body: REPORT_BODY,
          response: {
            200: { description: 'JSON lines', content: { [JSON_LINES_TYPE]: { schema: z.any() } } },
          },
        },
      },
      async (request, reply) => {
        const release = begin();
        const gone = new AbortController();
        try {
          const steps = await stepsFor(request, request.params.name, gone.signal);
          // That there is no such incident shows before the first step, while the status can still say so.
          const first = await steps.next();
          const lines = Readable.from(
            linesOf({ first, steps, format: request.body.format, log: request.log }),
          );
          lines.once('close', () => {
            gone.abort(new AppError('unavailable', 'Nobody waits for it.'));
            release();
          });
          return await reply.type(JSON_LINES_TYPE).send(lines);
        } catch (error) {
          release();
          throw error;
        }
      },
    );
  };
}

async function toTheEnd(steps: Steps): Promise<IncidentReport> {
  for (;;) {
    const step = await steps.next();
    if (step.done === true) return step.value;
  }
}

async function* linesOf(input: {
  readonly first: Awaited<ReturnType<Steps['next']>>;
  readonly steps: Steps;
  readonly format: ReportFormat;
  readonly log: FastifyBaseLogger;
}): AsyncGenerator<string> {
  const { steps, format, log } = input;
  try {
    for (let step = input.first; ; step = await steps.next()) {
      yield lineOf(
        step.done === true ? { document: writeReport(step.value, format) } : { progress: step.value },
      );
      if (step.done === true) return;
    }
  } catch (error) {
    log.error({ problem: messageOf(error) }, 'a report stopped');
    const detail = isAppError(error)
      ? error.message
      : 'It stopped before the end. The log of the server says why.';
    yield lineOf({ problem: { code: isAppError(error) ? error.code : 'internal', detail } });
  }
}

function lineOf(line: ReportLine): string {
  return `${JSON.stringify(line)}\n`;
}
