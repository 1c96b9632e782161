import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { incidentTimeline } from '../../access/incidents/timeline.ts';
import { timelineMarkdown } from '../../access/incidents/timeline-markdown.ts';
import type { ApiDependencies } from '../api-dependencies.ts';
import { INCIDENT_PATH, INCIDENT_TIMELINE, TIMELINE_QUERY } from '../schemas/incidents.ts';

const MARKDOWN_TYPE = 'text/markdown; charset=utf-8';

/** /incidents/:name/timeline: what was done in an incident, as far as the caller may see it. */
export function incidentRoutes({ access, callerOf }: ApiDependencies): FastifyPluginAsyncZod {
  return async (server) => {
    server.get(
      '/incidents/:name/timeline',
      {
        schema: {
          summary: 'What was asked, decided and done in an incident, as JSON or as a Markdown document',
          tags: ['incidents'],
          params: INCIDENT_PATH,
          querystring: TIMELINE_QUERY,
          response: { 200: z.union([INCIDENT_TIMELINE, z.string()]) },
        },
      },
      async (request, reply) => {
        const { name } = request.params;
        const timeline = await incidentTimeline(access, { name, viewer: await callerOf(request) });
        if (request.query.format === 'json') return timeline;
        return reply
          .type(MARKDOWN_TYPE)
          .header('content-disposition', `inline; filename="timeline-${fileNameOf(name)}.md"`)
          .serializer((text: string) => text)
          .send(timelineMarkdown(timeline));
      },
    );
  };
}

function fileNameOf(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9._-]+/g, '-');
}
