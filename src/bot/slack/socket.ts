/**
 * Socket Mode: the connection through which Slack delivers when it cannot call us. The library gives up for good
 * on some failures, so connecting again is done here, for as long as the process runs.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { SocketModeClient } from '@slack/socket-mode';
import { z } from 'zod';
import { messageOf } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import type { BotLogger } from '../bot-context.ts';
import { happeningOf } from './dedupe.ts';
import type { Intake } from './intake.ts';
import { libraryLogger } from './library-logger.ts';

/** For the call that asks where to connect. */
const CALL_TIMEOUT_MS = 10_000;
/** From there to Slack's greeting. */
const GREETING_TIMEOUT_MS = 20_000;
const PAUSE_FIRST_MS = 500;
const PAUSE_MAX_MS = 30_000;
/** A connection that lasted this long has worked: the next pause is the shortest again. */
const LASTED_MS = 60_000;
const CLOSING_MS = 2_000;

export interface SlackSocket {
  /** Connects, and connects again whenever the connection ends. Returns at once: Slack may be out of reach. */
  start(): void;
  isConnected(): boolean;
  /** Closes the connection. Acts under way are the intake's to wait for. */
  stop(): Promise<void>;
}

const ENVELOPE = z.object({
  envelope_id: z.string().min(1).max(200),
  body: z.record(z.string(), z.unknown()),
  retry_num: z.number().nullish(),
  retry_reason: z.string().nullish(),
  ack: z.custom<(response?: unknown) => Promise<void>>((value) => typeof value === 'function'),
});

/** Resolves after so many milliseconds, or when it is not waited for any more. Never rejects. */
type Wait = (durationMs: number, given: { readonly up: AbortSignal }) => Promise<void>;

const REAL_TIME: Wait = (durationMs, { up }) =>
  sleep(durationMs, undefined, { ref: false, signal: up }).catch(() => undefined);

/**
 * @param options.apiUrl with a slash at the end
 * @param options.wait in real time when left out; what keeps it waiting for a greeting, and between connections
 */
export function openSlackSocket(options: {
  readonly appToken: Secret<string>;
  readonly apiUrl: string;
  readonly intake: Intake;
  readonly logger: BotLogger;
  readonly wait?: Wait;
}): SlackSocket {
  const { logger, intake, wait = REAL_TIME } = options;
  const stopping = new AbortController();
  const aborted = new Promise<void>((resolve) => {
    stopping.signal.addEventListener('abort', () => resolve());
  });
  let connected = false;
  let running: Promise<void> = Promise.resolve();

  const connect = async (): Promise<void> => {
    const next = createClient(options);
    next.on('slack_event', (envelope: unknown) => void deliver({ intake, logger }, envelope));
    const ended = new Promise<void>((resolve) => next.once('disconnected', resolve));
    const starting = next.start();
    try {
      await Promise.race([within(GREETING_TIMEOUT_MS, starting, wait), aborted]);
      connected = !stopping.signal.aborted;
      await Promise.race([ended, aborted]);
    } finally {
      connected = false;
      await close(next);
      // One that was given up on may still get there.
      starting.then(() => close(next)).catch(() => undefined);
    }
  };

  const keepConnected = async (): Promise<void> => {
    let pauseMs = PAUSE_FIRST_MS;
    while (!stopping.signal.aborted) {
      const startedAt = performance.now();
      try {
        await connect();
      } catch (error) {
        if (!stopping.signal.aborted) logger.warn({ reason: reasonOf(error) }, 'Slack cannot be reached');
      }
      pauseMs = performance.now() - startedAt > LASTED_MS ? PAUSE_FIRST_MS : pauseMs;
      await wait(pauseMs, { up: stopping.signal });
      pauseMs = Math.min(pauseMs * 2, PAUSE_MAX_MS);
    }
  };

  return {
    start: () => {
      running = keepConnected();
    },
    isConnected: () => connected,
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

function createClient({ appToken, apiUrl, logger }: Parameters<typeof openSlackSocket>[0]): SocketModeClient {
  return new SocketModeClient({
    appToken: appToken.reveal(),
    autoReconnectEnabled: false,
    logger: libraryLogger(logger, '@slack/socket-mode'),
    clientOptions: {
      slackApiUrl: apiUrl,
      timeout: CALL_TIMEOUT_MS,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
    },
  });
}

async function deliver(
  { intake, logger }: { readonly intake: Intake; readonly logger: BotLogger },
  envelope: unknown,
): Promise<void> {
  const parsed = ENVELOPE.safeParse(envelope);
  if (!parsed.success) {
    logger.warn({}, 'Slack sent an envelope that cannot be read');
    return;
  }
  const { envelope_id: id, body, retry_num: retryNum, retry_reason: retryReason, ack } = parsed.data;
  try {
    const outcome = await intake.take({
      body,
      keys: { call: `envelope:${id}`, happening: happeningOf(body) },
      retryNum: retryNum ?? null,
      retryReason: retryReason ?? null,
      acknowledge: (response) => ack(response),
    });
    // Done already: acknowledged again, so that Slack stops sending it. What nobody answered is sent again.
    if (outcome === 'repeated' || outcome === 'replayed') await ack();
    if (outcome === 'unanswered') logger.warn({ type: body['type'] }, 'a delivery of Slack was not answered');
  } catch (error) {
    logger.error({ err: error }, 'a delivery of Slack could not be taken');
  }
}

/** The library waits for as long as it takes. */
async function within<T>(durationMs: number, work: Promise<T>, wait = REAL_TIME): Promise<T> {
  const done = new AbortController();
  const timeUp = wait(durationMs, { up: done.signal }).then((): never => {
    throw new Error(`no answer within ${durationMs} ms`);
  });
  timeUp.catch(() => undefined);
  try {
    return await Promise.race([work, timeUp]);
  } finally {
    done.abort();
  }
}

async function close(client: SocketModeClient): Promise<void> {
  await within(CLOSING_MS, client.disconnect()).catch(() => undefined);
}

/** The library rejects with nothing when a connection ends before it began. */
function reasonOf(error: unknown): string {
  return error === undefined ? 'the connection ended' : messageOf(error);
}
