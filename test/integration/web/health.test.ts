import { expect, test } from 'vitest';
import { deploymentMetrics } from '../../../src/web/deployment-metrics.ts';
import { useWebHarness } from './harness.ts';

let ready: () => Promise<readonly string[]> = async () => [];
const web = useWebHarness({
  server: { ready: () => ready(), metrics: () => deploymentMetrics(web.current.access) },
});

async function look(path: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${web.current.url}${path}`);
  return { status: response.status, body: await response.json() };
}

test('the process says that it runs', async () => {
  expect(await look('/healthz')).toEqual({ status: 200, body: { status: 'ok' } });
});

test.each([
  ['can do its work', async () => [], 200, []],
  ['lacks its database', async () => ['the database does not answer'], 503, ['the database does not answer']],
  ['cannot even check', () => Promise.reject(new Error('no store')), 503, ['no store']],
  ['hangs', () => new Promise<never>(() => undefined), 503, ['no answer within 2000 ms']],
] as const)('a process that %s says so', async (_what, check, status, reasons) => {
  ready = check;
  expect(await look('/readyz')).toEqual({ status, body: { ready: status === 200, reasons } });
});

test('the metrics count what is stored', async () => {
  const gauge = async (name: string): Promise<number> => {
    const response = await fetch(`${web.current.url}/metrics`);
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    return Number(new RegExp(`^sallyport_${name} (\\d+)$`, 'm').exec(await response.text())?.[1]);
  };
  const before = await gauge('requests_pending');
  await web.current.call('alice', { path: '/requests', json: { resource: 'orders-db', reason: 'counted' } });
  expect(await gauge('requests_pending')).toBe(before + 1);
  expect(await gauge('outbox_waiting')).toBeGreaterThan(0);
});
