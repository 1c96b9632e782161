import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { listSinks, readSink } from '../../access/sinks/read-sinks.ts';
import { discardSink, pauseSink, resumeSink, retrySink } from '../../access/sinks/steer-sinks.ts';
import { testSink } from '../../access/sinks/test-sink.ts';
import type { ApiDependencies } from '../api-dependencies.ts';
import { listOf } from '../schemas/fields.ts';
import {
  SINK,
  SINK_IN_FULL,
  SINK_LETTERS,
  SINK_PATH,
  SINK_PAUSE,
  SINK_TEST,
  SINK_WITH_COUNT,
} from '../schemas/sinks.ts';

const TAGS = ['audit'];

const ABOUT_LETTERS = [
  {
    act: 'retry',
    summary: 'Try again at once, and send what it would not take once more',
    run: retrySink,
  },
  {
    act: 'discard',
    summary: 'Nobody needs to look at what it would not take any more',
    run: discardSink,
  },
] as const;

/** /sinks: where the audit log is sent to, for overseers. */
export function sinkRoutes({ access, callerOf }: ApiDependencies): FastifyPluginAsyncZod {
  return async (server) => {
    server.get(
      '/sinks',
      {
        schema: {
          summary: 'Where the audit log is sent to, and how far each sink has come',
          tags: TAGS,
          response: { 200: listOf(SINK) },
        },
      },
      async (request) => ({ items: await listSinks(access, { viewer: await callerOf(request) }) }),
    );

    server.get(
      '/sinks/:name',
      {
        schema: {
          summary: 'One sink, with the first events that it would not take',
          tags: TAGS,
          params: SINK_PATH,
          response: { 200: SINK_IN_FULL },
        },
      },
      async (request) => readSink(access, { name: request.params.name, viewer: await callerOf(request) }),
    );

    for (const { act, summary, run } of ABOUT_LETTERS) {
      server.post(
        `/sinks/:name/${act}`,
        {
          schema: {
            summary,
            tags: TAGS,
            params: SINK_PATH,
            body: SINK_LETTERS,
            response: { 200: SINK_WITH_COUNT },
          },
        },
        async (request) => {
          const { sequence = null } = request.body;
          return run(access, { name: request.params.name, sequence, by: await callerOf(request) });
        },
      );
    }

    server.post(
      '/sinks/:name/pause',
      {
        schema: {
          summary: 'Send nothing until it is resumed',
          tags: TAGS,
          params: SINK_PATH,
          body: SINK_PAUSE,
          response: { 200: SINK },
        },
      },
      async (request) => {
        const { because } = request.body;
        return pauseSink(access, { name: request.params.name, because, by: await callerOf(request) });
      },
    );

    server.post(
      '/sinks/:name/resume',
      {
        schema: {
          summary: 'Send again, also what happened meanwhile',
          tags: TAGS,
          params: SINK_PATH,
          response: { 200: SINK },
        },
      },
      async (request) => resumeSink(access, { name: request.params.name, by: await callerOf(request) }),
    );

    server.post(
      '/sinks/:name/test',
      {
        schema: {
          summary: 'Send one test event, past the log',
          tags: TAGS,
          params: SINK_PATH,
          response: { 200: SINK_TEST },
        },
      },
      async (request) => testSink(access, { name: request.params.name, by: await callerOf(request) }),
    );
  };
}
