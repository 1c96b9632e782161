/** Watching a real terminal on a host while somebody works in it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import { listSessions } from '../../../../src/access/read-access.ts';
import type { LivePart } from '../../../../src/recording/live/part.ts';
import { openLiveFeeds } from '../../../../src/web/live/live-recordings.ts';
import { useSshBroker } from '../../../support/ssh/ssh-broker.ts';
import { useSshd } from '../../../support/ssh/sshd.ts';
import { KEY, sshTerminal } from '../../../support/ssh/terminal.ts';

const PATIENCE = { timeout: 20_000, interval: 5 };
const DELAY_MS_MAX = 1_000;

const sshd = useSshd();
const broker = useSshBroker({
  sshd,
  masks: '  - { name: secrets, detect: [credit-card, aws-key], with: redact }',
});

beforeAll(async () => {
  await writeFile(join(sshd.current.home, '.bash_profile'), "PS1='prompt$ '\n");
});

test('a terminal is told of as it prints, masked, with its size, up to its end', async () => {
  const { context, directory, keys } = broker.current;
  const client = await broker.current.client('breakglass');
  const terminal = sshTerminal(client);
  await terminal.waitFor('prompt$');
  const [session] = await listSessions(context, { viewer: null, live: true });
  const feeds = openLiveFeeds(context, { directory, keys });
  const { feed, release } = await feeds.open(session?.id ?? '');
  const parts = (): LivePart[] => {
    const told: LivePart[] = [];
    for (let part = feed.part(0); part !== null; part = feed.part(part.serial + 1))
      told.push(JSON.parse(/^data: (.*)$/m.exec(part.bytes.toString())?.[1] ?? ''));
    return told;
  };
  const shown = (): string =>
    parts()
      .flatMap(({ screen }) => screen)
      .flatMap(([code, data]) => (code === 'o' ? [data] : []))
      .join('');
  const delays: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    terminal.type(`echo "said-$((40 + ${round}))"${KEY.enter}`);
    await terminal.waitFor(`said-4${round}`);
    const printedAtMs = performance.now();
    await vi.waitFor(() => expect(shown()).toContain(`said-4${round}`), PATIENCE);
    delays.push(Math.round(performance.now() - printedAtMs));
  }
  process.stdout.write(`what a terminal printed was told of after ${delays.join(', ')} ms\n`);
  // Lines that have ended are not held back by the prompt behind them, which waits for the end of its own.
  expect(delays.toSorted((a, b) => a - b)[1]).toBeLessThan(DELAY_MS_MAX);
  expect(parts().flatMap(({ screen }) => screen)[0]?.[0]).toBe('r');
  terminal.type(`echo 4111''1111''1111''1111${KEY.enter}`);
  terminal.type(`exit${KEY.enter}`);
  await terminal.exited;
  await vi.waitFor(() => expect(feed.state.kind).toBe('ended'), PATIENCE);
  expect(shown()).not.toContain('4111111111111111');
  expect(parts().at(-1)?.ended).toBe(true);
  release();
  await feeds.close();
});
