import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { listIncidents } from '../../access/incidents/list-incidents.ts';
import { incidentTimeline } from '../../access/incidents/timeline.ts';
import { timelineMarkdown } from '../../access/incidents/timeline-markdown.ts';
import type { ApiDependencies } from '../api-dependencies.ts';
import {
  INCIDENT_PAGE,
  INCIDENT_PATH,
  INCIDENT_TIMELINE,
  INCIDENTS_QUERY,
  TIMELINE_QUERY,
} from '../schemas/incidents.ts';

const TAGS = ['incidents'];
const MARKDOWN_TYPE = 'text/markdown; charset=utf-8';

/** /incidents: what there is, and what was done in one, as far as the caller may see it. */
export function incidentRoutes({ access, callerOf }: ApiDependencies): FastifyPluginAsyncZod {
  return async (server) => {
    server.get(
      '/incidents',
      {
        schema: {
          summary: 'Incidents: open ones first, then the one in which something happened last',
          tags: TAGS,
          querystring: INCIDENTS_QUERY,
          response: { 200: INCIDENT_PAGE },
        },
      },
      async (request) => {
        const { open = false, search, cursor = null, limit } = request.query;
        return listIncidents(access, { viewer: await callerOf(request), open, search, cursor, limit });
      },
    );

    server.get(
      '/incidents/:name/timeline',
      {
        schema: {
          summary: 'What was asked, decided and done in an incident, as JSON or as a Markdown document',
          tags: TAGS,
          params: INCIDENT_PATH,
          querystring: TIMELINE_QUERY,
          response: { 200: z.union([INCIDENT_TIMELINE, z.string()]) },
        },
      },
      async (request, reply) => {
        const { format, show, who, resource } = request.query;
        const viewer = await callerOf(request);
        const { name } = request.params;
        const timeline = await incidentTimeline(access, { name, viewer, marks: show, who, resource });
        if (format === 'json') return timeline;
        return reply
          .type(MARKDOWN_TYPE)
          .header('content-disposition', `inline; filename="timeline-${fileNameOf(timeline.name)}.md"`)
          .serializer((text: string) => text)
          .send(timelineMarkdown(timeline, { audience: 'person' }));
      },
    );
  };
}

function fileNameOf(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9._-]+/g, '-');
}
