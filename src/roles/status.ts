import { deploymentMetrics } from '../web/deployment-metrics.ts';
import { createStatusServer } from '../web/status-server.ts';
import { listen } from './addresses.ts';
import type { Foundation } from './foundation.ts';
import { keyringMetrics } from './keyring.ts';
import { storageMetrics } from './recording-storage.ts';

/** Health, readiness and metrics on an address of their own: for processes that serve no pages. */
export async function startStatus(foundation: Foundation, address: string): Promise<void> {
  const { access, keyring, lifecycle, whatIsWrong } = foundation;
  const server = createStatusServer({
    ready: whatIsWrong,
    metrics: async () => [
      ...(await deploymentMetrics(access)),
      ...storageMetrics(foundation.storage),
      ...keyringMetrics(keyring),
    ],
  });
  lifecycle.add('status', () => server.close());
  await listen(server, { address, what: 'questions about its health', setting: 'SALLYPORT_STATUS_ADDRESS' });
}
