/** The examples of docs/sinks.md: each is a valid policy, and each kind sends what its receiver takes. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSettings } from '../../../src/access/sinks/open-settings.ts';
import { testSink } from '../../../src/access/sinks/test-sink.ts';
import { EVENT_LINES } from '../../../src/audit/ocsf/event-lines.ts';
import { openSink } from '../../../src/audit/sinks/table.ts';
import { ALERT_KINDS } from '../../../src/core/alert.ts';
import { Secret } from '../../../src/core/secret.ts';
import { TEST_POLICY, testPolicy, useTestAccess } from '../../support/access.ts';
import { sendAskedTests } from '../../support/sinks/asked-tests.ts';
import { type HttpReceiver, type Reply, startHttpReceiver } from '../../support/sinks/http-receiver.ts';
import {
  elasticsearchStore,
  otlpStore,
  type Store,
  splunkStore,
  webhookStore,
} from '../../support/sinks/receivers.ts';

const DOCUMENT = readFileSync(new URL('../../../docs/sinks.md', import.meta.url), 'utf8');
const EXAMPLES = [...DOCUMENT.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);
const KINDS = ['webhook', 'splunk-hec', 'elasticsearch', 'syslog', 'otlp'] as const;

const KEY = Buffer.alloc(32, 9);
const SECRETS: Readonly<Record<string, string>> = {
  SINK_SECRET: `whsec_${KEY.toString('base64')}`,
  NEXT_SINK_SECRET: `whsec_${Buffer.alloc(32, 8).toString('base64')}`,
  SPLUNK_HEC_TOKEN: 'test-token',
  ELASTIC_API_KEY: 'key',
  OTEL_TOKEN: 'token',
};
const access = useTestAccess({ secrets: SECRETS });

const stores: Readonly<Record<string, Store>> = {
  webhook: webhookStore([KEY]),
  'splunk-hec': splunkStore(),
  elasticsearch: elasticsearchStore(),
  otlp: otlpStore(),
};
const lines: string[] = [];
const syslog = createServer((socket) => {
  socket.on('data', (chunk) => lines.push(chunk.toString('ascii')));
  socket.on('error', () => undefined);
});
let receiver: HttpReceiver;
let serving: Store | null = null;
beforeAll(async () => {
  receiver = await startHttpReceiver({
    answer: (call): Reply => serving?.answer(call) ?? { status: 500, body: null },
  });
  await new Promise<void>((resolve) => syslog.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await receiver.stop();
  await new Promise((resolve) => syslog.close(resolve));
});

test.each(EXAMPLES)('example %#: it is a policy, and what it names can be opened', (text) => {
  const { document } = testPolicy(text);
  expect(document.sinks.length + Number(document.alerts !== undefined)).toBe(1);
  for (const sink of document.sinks) {
    const settings = openSettings(
      {
        settings: {
          ...access.current.context.settings,
          readSecret: (reference) => {
            if ('env' in reference) return new Secret(SECRETS[reference.env] ?? '');
            return new Secret(`whsk_${KEY.toString('base64')}`);
          },
        },
      },
      sink,
    );
    openSink(settings, () => new Date()).close();
  }
});

test.each(KINDS)('the first example of %s sends what its receiver takes', async (kind) => {
  const example = EXAMPLES.find((text) => text.includes(`kind: ${kind}`));
  if (example === undefined) throw new Error(`there is no example of ${kind}`);
  const address = syslog.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const here = example
    .replace(/https:\/\/[^/\s]+/, receiver.url)
    .replace(/address: \S+/, `address: 127.0.0.1:${port}`)
    .replace(/tls: \{.*\}/, kind === 'syslog' ? 'tls: { mode: disable }' : '');
  const { context, applyPolicy, person } = access.current;
  applyPolicy(`${TEST_POLICY}\n${here}`);
  serving = stores[kind] ?? null;
  const [sink] = context.policy.current().document.sinks;
  const by = await person('carol', ['responders']);
  const outcome = testSink(context, { name: sink?.name ?? '', by });
  await expect.poll(() => sendAskedTests(context)).toBe(1);
  expect(await outcome).toMatchObject({ delivered: true, problem: null });
  if (kind === 'syslog') expect(lines.join('')).toContain('sink.tested');
  else expect(serving?.events).toMatchObject([{ type: 'sink.tested', subject: sink?.name }]);
});

test('every kind of sink, every alert and every command has its place in it', () => {
  for (const kind of ALERT_KINDS) expect(DOCUMENT).toContain(`\`${kind}\``);
  for (const command of ['show', 'test', 'retry', 'discard', 'pause', 'resume']) {
    expect(DOCUMENT).toContain(`sallyport sinks ${command}`);
  }
  const named = [...DOCUMENT.matchAll(/`([a-z-]+\.[a-z-]+)`/g)].map(([, name = '']) => name);
  for (const name of named.filter((one) => /^(session|connection|grant|break-glass|review)\./.test(one))) {
    expect(EVENT_LINES, name).toHaveProperty([name]);
  }
});
