/** Takes down both sides of a session. What runs on the target is cancelled, not just left behind. */
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeTerminate } from './codec/frontend-simple.ts';
import { encodeProblem, type Problem } from './codec/report.ts';
import type { Upstream } from './upstream-login.ts';

const CLIENT_LINGER_MS = 2_000;
const CANCEL_EVERY_MS = 200;
const CANCELS_MAX = 25;

/** Tells the client why, and closes; a client that does not read is not waited for. */
export function closeClient(socket: Socket, problem: Problem | null): void {
  if (socket.destroyed) return;
  const linger = setTimeout(() => socket.destroy(), CLIENT_LINGER_MS);
  linger.unref();
  socket.once('close', () => clearTimeout(linger));
  // Unread input would turn the close into a reset, which can overtake the message.
  socket.resume();
  if (problem !== null) socket.write(encodeProblem(problem));
  socket.end();
}

/**
 * Ends the target's backend. Closing the socket alone would let a running statement finish and commit, so
 * it is cancelled first; again and again, because a cancel that arrives between two statements hits nothing.
 */
export async function closeUpstream(upstream: Upstream, options: { readonly busy: boolean }): Promise<void> {
  const { socket } = upstream;
  if (socket.destroyed) return;
  const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()));
  socket.resume();
  if (options.busy) await upstream.cancel();
  socket.end(encodeTerminate());
  for (let cancels = 0; cancels < CANCELS_MAX && !socket.destroyed; cancels += 1) {
    await Promise.race([closed, sleep(CANCEL_EVERY_MS)]);
    if (!socket.destroyed && options.busy) await upstream.cancel();
  }
  socket.destroy();
}
