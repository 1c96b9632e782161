/** Whether there is a way to the target that does not lead through the broker. */
import { connect } from 'node:net';
import { messageOf } from '../../../core/errors.ts';
import type { DrillStep } from '../drill.ts';
import type { Check } from '../model.ts';

const TIMEOUT_MS = 3_000;

export const GO_AROUND: DrillStep = {
  name: 'around',
  title: 'Around the broker',
  expected: 'from here the target cannot be reached',
  needsAccess: false,
  run: async ({ deployment }) => ({ checks: [await reach(deployment.address)], sessions: [] }),
};

/** Only whether it answers: there is nothing to log in with. */
function reach(address: string): Promise<Check> {
  const split = address.lastIndexOf(':');
  const host = address.slice(0, split).replace(/^\[|\]$/g, '');
  const begun = performance.now();
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(address.slice(split + 1)) });
    const done = (verdict: Check['verdict'], text: string): void => {
      socket.destroy();
      resolve({ what: 'tried', verdict, text, afterMs: Math.round(performance.now() - begun) });
    };
    socket.setTimeout(TIMEOUT_MS, () => done('passed', `${address} does not answer`));
    socket.once('error', (error) => done('passed', `${address} cannot be reached: ${messageOf(error)}`));
    socket.once('connect', () =>
      done('noted', `${address} answers here: only the broker should reach it, close it in the firewall`),
    );
  });
}
