/**
 * Sends the audit log to the configured sinks, and the tests that somebody has asked for. Each sink has its own runner,
 * so that one which does not answer keeps none of the others waiting; which process runs it the database decides. No
 * queue is needed for it.
 */
import type { Logger } from 'pino';
import type { AccessContext } from '../access/context.ts';
import { runSink, sinksWithWork } from '../access/sinks/run-sink.ts';
import { sendTest, takeTests } from '../access/sinks/send-tests.ts';
import { messageOf } from '../core/errors.ts';
import type { Repeated } from './repeat.ts';

const LOOK_MS = 500;

/** @param options.replica names this process */
export function sendToSinks(
  access: AccessContext,
  options: { readonly replica: string; readonly logger: Logger },
): Repeated {
  const { replica, logger } = options;
  const stopping = new AbortController();
  const running = new Map<string, Promise<void>>();
  let looking: Promise<void> | null = null;

  const look = async (): Promise<void> => {
    await test();
    for (const settings of await sinksWithWork(access)) {
      const { name } = settings;
      if (running.has(name) || stopping.signal.aborted) continue;
      const run = runSink(access, { settings, replica, signal: stopping.signal })
        .then(({ problem }) => {
          if (problem !== null)
            logger.warn({ sink: name, reason: problem }, 'a sink did not take the audit log');
        })
        .catch((error: unknown) => logger.warn({ sink: name, reason: messageOf(error) }, 'a sink failed'))
        .finally(() => running.delete(name));
      running.set(name, run);
    }
  };
  const test = async (): Promise<void> => {
    if (stopping.signal.aborted) return;
    for (const asked of await takeTests(access)) {
      const key = `test ${asked.id}`;
      const sending = sendTest(access, asked, stopping.signal)
        .catch((error: unknown) =>
          logger.warn({ sink: asked.sink, reason: messageOf(error) }, 'a test of a sink failed'),
        )
        .finally(() => running.delete(key));
      running.set(key, sending);
    }
  };
  const timer = setInterval(() => {
    looking ??= look()
      .catch((error: unknown) => logger.warn({ reason: messageOf(error) }, 'looking after the sinks failed'))
      .finally(() => {
        looking = null;
      });
  }, LOOK_MS);

  return {
    stop: async () => {
      clearInterval(timer);
      stopping.abort();
      await looking;
      await Promise.all(running.values());
    },
  };
}
