import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyBaseLogger } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { cancelPolicyChange, voteOnPolicyChange } from '../../access/decide-policy-change.ts';
import { proposePolicy } from '../../access/propose-policy.ts';
import { listPolicyChanges, readPolicyChange, readPolicyText } from '../../access/read-policy-changes.ts';
import { type SimulationStep, simulatePolicy } from '../../access/simulate-policy.ts';
import { AppError, messageOf } from '../../core/errors.ts';
import type { PolicyImpact } from '../../core/policy-impact.ts';
import { openStatementArchive } from '../../recording/recorded-statements.ts';
import type { ApiDependencies } from '../api-dependencies.ts';
import { problemOf } from '../problems.ts';
import { ID_PATH, listOf } from '../schemas/fields.ts';
import {
  POLICY_BODY_BYTES_MAX,
  POLICY_CHANGE,
  POLICY_CHANGES_QUERY,
  POLICY_PROPOSAL_BODY,
  POLICY_TEXT,
  POLICY_TEXT_QUERY,
  POLICY_VOTE_BODY,
  SIMULATION_BODY,
  type SimulationLine,
} from '../schemas/policy.ts';
import { REQUEST_HEADERS } from '../schemas/requests.ts';
import { withoutUndefined } from '../without-undefined.ts';
import { API_PLATFORM } from './requests.ts';

const TAGS = ['policy'];
const JSON_LINES_TYPE = 'application/x-ndjson';
/** A simulation gives up by itself before that. */
const SIMULATION_TIMEOUT_MS = 660_000;

/** /policy: the text in force, proposing another, deciding about it, and what it would change. */
export function policyRoutes(dependencies: ApiDependencies): FastifyPluginAsyncZod {
  const { access, callerOf } = dependencies;
  return async (server) => {
    server.get(
      '/policy',
      {
        schema: {
          summary: 'The policy in force, or another version',
          tags: TAGS,
          querystring: POLICY_TEXT_QUERY,
          response: { 200: POLICY_TEXT },
        },
      },
      async (request) =>
        readPolicyText(access, { version: request.query.version ?? null, viewer: await callerOf(request) }),
    );

    server.post(
      '/policy/changes',
      {
        bodyLimit: POLICY_BODY_BYTES_MAX,
        schema: {
          summary: 'Propose another policy; it applies at once unless the one in force asks for votes',
          tags: TAGS,
          headers: REQUEST_HEADERS,
          body: POLICY_PROPOSAL_BODY,
          response: { 201: POLICY_CHANGE },
        },
      },
      async (request, reply) => {
        const { text, comment, expectedVersion } = request.body;
        const key = request.headers['idempotency-key'] ?? randomUUID();
        const made = await proposePolicy(access, {
          by: await callerOf(request),
          text,
          comment: comment ?? null,
          expectedVersion: expectedVersion ?? null,
          idempotencyKey: `${API_PLATFORM}:${key}`,
        });
        return reply.code(201).send(made);
      },
    );

    server.get(
      '/policy/changes',
      {
        schema: {
          summary: 'Changes of the policy, newest first',
          tags: TAGS,
          querystring: POLICY_CHANGES_QUERY,
          response: { 200: listOf(POLICY_CHANGE) },
        },
      },
      async (request) => {
        const { state, limit } = request.query;
        const viewer = await callerOf(request);
        return { items: await listPolicyChanges(access, { viewer, limit, ...withoutUndefined({ state }) }) };
      },
    );

    server.get(
      '/policy/changes/:id',
      {
        schema: {
          summary: 'One change of the policy',
          tags: TAGS,
          params: ID_PATH,
          response: { 200: POLICY_CHANGE },
        },
      },
      async (request) => readPolicyChange(access, { id: request.params.id, viewer: await callerOf(request) }),
    );

    server.post(
      '/policy/changes/:id/votes',
      {
        schema: {
          summary: 'Approve or deny a change of the policy',
          tags: TAGS,
          params: ID_PATH,
          body: POLICY_VOTE_BODY,
          response: { 200: POLICY_CHANGE },
        },
      },
      async (request) => {
        const { verdict, version, note } = request.body;
        return voteOnPolicyChange(access, {
          changeId: request.params.id,
          voter: await callerOf(request),
          verdict,
          version,
          note: note ?? null,
          platform: API_PLATFORM,
        });
      },
    );

    server.post(
      '/policy/changes/:id/cancel',
      {
        schema: {
          summary: 'Withdraw a change of the policy',
          tags: TAGS,
          params: ID_PATH,
          response: { 200: POLICY_CHANGE },
        },
      },
      async (request) =>
        cancelPolicyChange(access, { changeId: request.params.id, by: await callerOf(request) }),
    );

    await server.register(simulationRoute(dependencies));
  };
}

function simulationRoute({ access, recording, callerOf }: ApiDependencies): FastifyPluginAsyncZod {
  const archive = openStatementArchive(recording);
  let running = false;
  return async (server) => {
    server.post(
      '/policy/simulate',
      {
        bodyLimit: POLICY_BODY_BYTES_MAX,
        handlerTimeout: SIMULATION_TIMEOUT_MS,
        schema: {
          summary: 'What another policy would have decided differently',
          description:
            'Answers JSON lines as it goes: progress, each decision that would change, and at the end the counts, or a problem.',
          tags: TAGS,
          body: SIMULATION_BODY,
          response: {
            200: { description: 'JSON lines', content: { [JSON_LINES_TYPE]: { schema: z.any() } } },
          },
        },
      },
      async (request, reply) => {
        if (running) {
          throw new AppError(
            'rate_limited',
            'A simulation runs on this server already. Try again when it is done.',
            {
              context: { retryAfterSeconds: 10 },
            },
          );
        }
        running = true;
        const release = (): void => {
          running = false;
        };
        try {
          const { text, since: sinceMs } = request.body;
          const viewer = await callerOf(request);
          const steps = simulatePolicy(access, { text, sinceMs, viewer, archive });
          // What is wrong with the question shows before the first step, while the status can still say so.
          const first = await steps.next();
          const lines = Readable.from(linesOf({ first, steps, log: request.log }));
          lines.once('close', release);
          return await reply.type(JSON_LINES_TYPE).send(lines);
        } catch (error) {
          release();
          throw error;
        }
      },
    );
  };
}

type Steps = AsyncGenerator<SimulationStep, PolicyImpact>;

async function* linesOf(input: {
  first: Awaited<ReturnType<Steps['next']>>;
  steps: Steps;
  log: FastifyBaseLogger;
}): AsyncGenerator<string> {
  const { steps, log } = input;
  try {
    for (let step = input.first; ; step = await steps.next()) {
      yield lineOf(step.done === true ? { impact: step.value } : shown(step.value));
      if (step.done === true) return;
    }
  } catch (error) {
    log.error({ problem: messageOf(error) }, 'a simulation stopped');
    yield lineOf({
      problem: problemOf('internal', 'It stopped before the end. The log of the server says why.'),
    });
  }
}

function shown(step: SimulationStep): SimulationLine {
  return step.kind === 'change'
    ? { change: step.change }
    : { progress: { done: step.done, total: step.total } };
}

function lineOf(line: SimulationLine): string {
  return `${JSON.stringify(line)}\n`;
}
