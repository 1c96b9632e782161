import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { readSession } from '../../access/read-access.ts';
import { readRecordingStanding } from '../../access/recordings/standing.ts';
import { AppError } from '../../core/errors.ts';
import { ASCIICAST_TYPE, exportAsciicast } from '../../recording/exporters/asciicast.ts';
import { exportJsonLines, JSON_LINES_TYPE } from '../../recording/exporters/json-lines.ts';
import { exportText } from '../../recording/exporters/text.ts';
import { type RecordingEvents, readRecording } from '../../recording/reader.ts';
import { findRecording } from '../../recording/storage/find-recording.ts';
import { buildTimeline } from '../../recording/timeline.ts';
import type { ApiDependencies } from '../api-dependencies.ts';
import { ID_PATH } from '../schemas/fields.ts';
import { EXPORT_QUERY, type ExportFormat, TIMELINE } from '../schemas/sessions.ts';

const TAGS = ['sessions'];
const RECORDING_TYPE = 'application/octet-stream';
/** A long recording to a slow reader. */
const DOWNLOAD_TIMEOUT_MS = 600_000;

interface Exporter {
  readonly mediaType: string;
  readonly extension: string;
  readonly write: (events: RecordingEvents, options: { readonly channel?: number }) => AsyncGenerator<string>;
}

const EXPORTERS: Readonly<Record<ExportFormat, Exporter>> = {
  jsonl: { mediaType: JSON_LINES_TYPE, extension: 'jsonl', write: exportJsonLines },
  text: { mediaType: 'text/plain; charset=utf-8', extension: 'txt', write: exportText },
  asciicast: { mediaType: ASCIICAST_TYPE, extension: 'cast', write: exportAsciicast },
};

/** /sessions/:id/…: what was recorded, for those who may see the session, in the masked view only. */
export function recordingRoutes({ access, recording, callerOf }: ApiDependencies): FastifyPluginAsyncZod {
  const { keys } = recording;

  /** The file of a session that the caller may see; else `not_found`, which tells nothing. */
  async function pathFor(request: FastifyRequest, id: string): Promise<string> {
    const session = await readSession(access, { id, viewer: await callerOf(request) });
    const path = await findRecording(recording, session.id);
    if (path === null) throw await absence(session.id);
    return path;
  }

  async function absence(sessionId: string): Promise<AppError> {
    const { deletedAt, deletedBecause } = await readRecordingStanding(access, { sessionId });
    if (deletedAt === null)
      return new AppError('not_found', `There is no recording of session ${sessionId} here.`);
    const text = `The recording of session ${sessionId} was deleted on ${deletedAt.toISOString()}: ${deletedBecause}.`;
    return new AppError('not_found', text);
  }

  return async (server) => {
    server.get(
      '/sessions/:id/timeline',
      {
        schema: {
          summary: 'The statements or commands of a session',
          tags: TAGS,
          params: ID_PATH,
          response: { 200: TIMELINE },
        },
      },
      async (request) => {
        const path = await pathFor(request, request.params.id);
        return buildTimeline({ events: readRecording({ path, keys }) });
      },
    );

    server.get(
      '/sessions/:id/export',
      {
        handlerTimeout: DOWNLOAD_TIMEOUT_MS,
        schema: {
          summary: 'A session as JSON lines, as text, or as asciicast v3 where it is with a host',
          tags: TAGS,
          params: ID_PATH,
          querystring: EXPORT_QUERY,
          response: { 200: downloadOf([JSON_LINES_TYPE, 'text/plain', ASCIICAST_TYPE]) },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const { format, channel } = request.query;
        const path = await pathFor(request, id);
        const exporter = EXPORTERS[format];
        const options = channel === undefined ? {} : { channel };
        const lines = await streamOf(exporter.write(readRecording({ path, keys }), options));
        return sendFile(reply, {
          name: `${id}.${exporter.extension}`,
          mediaType: exporter.mediaType,
          stream: lines,
        });
      },
    );

    server.get(
      '/sessions/:id/recording',
      {
        handlerTimeout: DOWNLOAD_TIMEOUT_MS,
        schema: {
          summary: 'The recording as it is on disk, for `sallyport verify`',
          tags: TAGS,
          params: ID_PATH,
          response: { 200: downloadOf([RECORDING_TYPE]) },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const stream = createReadStream(await pathFor(request, id));
        return sendFile(reply, { name: `${id}.sprec`, mediaType: RECORDING_TYPE, stream });
      },
    );
  };
}

/** Begins at once: what cannot be exported like this is an answer that says so, not a file that breaks off. */
async function streamOf(parts: AsyncGenerator<string>): Promise<Readable> {
  const first = await parts.next();
  async function* all(): AsyncGenerator<string> {
    if (first.done !== true) yield first.value;
    yield* parts;
  }
  return Readable.from(all());
}

/** The name is a session's id, which the recording's layout has checked to be safe in a header. */
function sendFile(
  reply: FastifyReply,
  file: { name: string; mediaType: string; stream: Readable },
): FastifyReply {
  return reply
    .type(file.mediaType)
    .header('content-disposition', `attachment; filename="${file.name}"`)
    .send(file.stream);
}

function downloadOf(mediaTypes: readonly string[]) {
  const content = Object.fromEntries(mediaTypes.map((type) => [type, { schema: z.any() }]));
  return { description: 'The file, as a stream', content };
}
