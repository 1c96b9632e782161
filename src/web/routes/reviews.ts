import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { decideReview } from '../../access/decide-review.ts';
import { listReviews, readReview } from '../../access/reviews.ts';
import type { ApiDependencies } from '../api-dependencies.ts';
import { ID_PATH, listOf } from '../schemas/fields.ts';
import { REVIEW, REVIEW_VOTE_BODY, REVIEWS_QUERY } from '../schemas/reviews.ts';
import { withoutUndefined } from '../without-undefined.ts';
import { API_PLATFORM } from './requests.ts';

const TAGS = ['reviews'];

/** /reviews: what is said afterwards about access that was taken in an emergency. */
export function reviewRoutes({ access, callerOf }: ApiDependencies): FastifyPluginAsyncZod {
  return async (server) => {
    server.get(
      '/reviews',
      {
        schema: {
          summary: 'Reviews of emergency access that you may see',
          description: 'Open ones first, the most urgent before the others.',
          tags: TAGS,
          querystring: REVIEWS_QUERY,
          response: { 200: listOf(REVIEW) },
        },
      },
      async (request) => {
        const { state, limit } = request.query;
        const viewer = await callerOf(request);
        return { items: await listReviews(access, { viewer, ...withoutUndefined({ state }), limit }) };
      },
    );

    server.get(
      '/reviews/:id',
      { schema: { summary: 'One review', tags: TAGS, params: ID_PATH, response: { 200: REVIEW } } },
      async (request) => readReview(access, { id: request.params.id, viewer: await callerOf(request) }),
    );

    server.post(
      '/reviews/:id/votes',
      {
        schema: {
          summary: 'Say whether emergency access was justified',
          tags: TAGS,
          params: ID_PATH,
          body: REVIEW_VOTE_BODY,
          response: { 200: REVIEW },
        },
      },
      async (request) =>
        decideReview(access, {
          reviewId: request.params.id,
          by: await callerOf(request),
          verdict: request.body.verdict,
          note: request.body.note ?? null,
          platform: API_PLATFORM,
        }),
    );
  };
}
