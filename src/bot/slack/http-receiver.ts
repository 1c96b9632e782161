/** `POST /slack/events`: what Slack calls in HTTP mode. Nothing is parsed before the signature is checked. */
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import { isAppError } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import { happeningOf } from './dedupe.ts';
import type { Intake, Outcome } from './intake.ts';
import { EVENTS_PATH } from './manifest.ts';
import { problemOfSignature } from './verify.ts';

/** A click inside a modal brings the whole modal along, escaped twice. */
const BODY_BYTES_MAX = 2_097_152;
const FORM = 'application/x-www-form-urlencoded';

const BODY = z.record(z.string(), z.unknown());
type Body = z.output<typeof BODY>;

export interface HttpReceiverOptions {
  readonly intake: Intake;
  readonly signingSecret: Secret<string>;
  readonly clock: Clock;
}

export function httpReceiver(options: HttpReceiverOptions): FastifyPluginAsync {
  // Encapsulated: the raw text is needed for the signature, and other routes keep their parsers.
  return async (server) => {
    takeRawText(server);
    server.post(EVENTS_PATH, { bodyLimit: BODY_BYTES_MAX }, (request, reply) =>
      receive(options, request, reply),
    );
  };
}

function takeRawText(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    ['application/json', FORM],
    { parseAs: 'string' },
    async (_request: FastifyRequest, body: string) => body,
  );
}

async function receive(
  { intake, signingSecret, clock }: HttpReceiverOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const raw = typeof request.body === 'string' ? request.body : '';
  const signature = headerOf(request, 'x-slack-signature');
  const call = {
    timestamp: headerOf(request, 'x-slack-request-timestamp'),
    signature,
    body: Buffer.from(raw),
  };
  const problem = problemOfSignature(call, { secret: signingSecret, now: clock.now() });
  if (problem !== null) {
    request.log.warn({ problem }, 'a call that claims to be from Slack was refused');
    return reply.code(401).send();
  }
  const body = readBody(raw, headerOf(request, 'content-type') ?? '');
  if (body === null) return reply.code(400).send();
  if (body['type'] === 'url_verification') return reply.send({ challenge: String(body['challenge']) });
  if (body['ssl_check'] !== undefined) return reply.code(200).send();

  const retryNum = numberOf(headerOf(request, 'x-slack-retry-num'));
  try {
    const outcome = await intake.take({
      body,
      keys: { call: `signature:${signature}`, happening: happeningOf(body) },
      retryNum,
      retryReason: headerOf(request, 'x-slack-retry-reason') ?? null,
      acknowledge: async (response) => {
        await reply.code(200).send(response ?? '');
      },
    });
    return outcome === 'acknowledged' ? reply : answerOther(outcome, { request, reply, retryNum });
  } catch (error) {
    const stopping = isAppError(error, 'unavailable');
    if (!stopping) request.log.error({ err: error }, 'a call of Slack could not be taken');
    return reply.code(stopping ? 503 : 500).send();
  }
}

function answerOther(
  outcome: Exclude<Outcome, 'acknowledged'>,
  { request, reply, retryNum }: { request: FastifyRequest; reply: FastifyReply; retryNum: number | null },
): FastifyReply {
  if (outcome === 'unanswered') {
    request.log.warn('a call of Slack was not answered');
    return reply.code(503).send();
  }
  // Done already, or being done: Slack need not try again.
  if (outcome === 'repeated' || retryNum !== null) {
    return reply.code(200).header('x-slack-no-retry', '1').send();
  }
  request.log.warn('a call of Slack was replayed and refused');
  return reply.code(401).send();
}

/** @returns null for what is neither JSON nor a form of Slack's */
function readBody(raw: string, contentType: string): Body | null {
  try {
    if (!contentType.startsWith(FORM)) return BODY.parse(JSON.parse(raw));
    const form = Object.fromEntries(new URLSearchParams(raw));
    return form['payload'] === undefined ? form : BODY.parse(JSON.parse(form['payload']));
  } catch {
    return null;
  }
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

function numberOf(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,3}$/.test(text) ? Number(text) : null;
}
