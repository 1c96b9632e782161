/**
 * Takes the README's picture of a session with a host from the running product: `node scripts/take-terminal-picture.ts`.
 * It starts a demo of its own, works at the prompt of the sample host with the real `ssh`, and opens the session's page.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { APP_CONFIG, APP_LOG, RESTART_FILE } from '../src/demo/sample-host/sample-files.ts';
import { INCIDENT_CHANNEL } from '../src/demo/sample-policy.ts';
import { startDemo } from '../src/demo/start-demo.ts';
import { readApi } from '../src/demo/tour/api.ts';
import { Notebook } from '../src/demo/tour/notebook.ts';
import type { Tour } from '../src/demo/tour/step.ts';
import { HOST_REQUEST } from '../src/demo/tour/steps/host-request.ts';
import { SIGN_IN } from '../src/demo/tour/steps/sign-in-everyone.ts';
import { waitFor } from '../src/demo/tour/wait-for.ts';
import type { WireHold } from '../src/web/wire.ts';
import { launchBrowser, signIn } from '../test/e2e/pages/browser.ts';
import { sshClient } from '../test/support/ssh/clients.ts';
import { sshTerminal } from '../test/support/ssh/terminal.ts';

const PICTURE = fileURLToPath(new URL('../docs/images/terminal.png', import.meta.url));
const PROMPT = /\w+@[^\n]*[$#] ?$/;
const KEYS_MS = 45;
const SETTLE_MS = 1_500;

const directory = mkdtempSync(join(tmpdir(), 'sallyport-picture-'));
const demo = await startDemo({ workingDirectory: directory, port: null });
const browser = await launchBrowser();
const tour = { publicUrl: demo.url, notebook: new Notebook() } as unknown as Tour;
try {
  await SIGN_IN.run(tour);
  await HOST_REQUEST.run(tour);
  const { alice, bob } = tour.notebook.recall('players');
  const grantId = tour.notebook.recall('hostGrantId');
  const { reply } = await alice.chat.click(`@${alice.personId}`, { action: 'reveal', subject: grantId });
  const shown = (label: string): string => reply?.copyable.find((line) => line.label === label)?.text ?? '';
  const [, port = '', username = '', host = ''] = /^ssh -p (\d+) (\S+)@(\S+)$/.exec(shown('ssh')) ?? [];
  const [, type = '', key = ''] = shown('known_hosts').split(' ');
  const login = { host, port: Number(port), username, secret: shown('password'), hostKey: `${type} ${key}` };
  const client = await sshClient(login);
  const terminal = sshTerminal(client, { columns: 100, rows: 24 });
  const enter = async (line: string): Promise<void> => {
    for (const letter of `${line}\r`) {
      terminal.type(letter);
      await new Promise((resolve) => setTimeout(resolve, KEYS_MS));
    }
  };
  await terminal.waitFor(PROMPT);
  for (const line of [`grep ERROR ${APP_LOG} | tail -n 3`, `cat ${APP_CONFIG}`, 'rm -r logs']) {
    await enter(line);
    await terminal.waitFor(PROMPT);
  }
  await enter(`touch ${RESTART_FILE}`);
  const held = await waitFor('The held command', async () => {
    const { items } = await readApi<{ items: WireHold[] }>(
      { browser: bob.browser, publicUrl: demo.url },
      'holds?state=held',
    );
    return items[0] ?? null;
  });
  await bob.chat.click(INCIDENT_CHANNEL, {
    action: 'approve-once',
    subject: `${held.id}.${held.textSha256}`,
  });
  await terminal.waitFor(PROMPT);
  await enter('exit');
  await terminal.exited;
  await client.remove();

  const { page } = await signIn(browser, { name: 'Alice', url: `${demo.url}/sessions` });
  await page.setViewportSize({ width: 1_100, height: 1_400 });
  await page
    .getByRole('link', { name: /^Session of Alice Moreau/ })
    .first()
    .click();
  const frame = page.frameLocator('iframe[title="What the terminal showed"]');
  await frame
    .getByRole('button', { name: new RegExp(`approved.*${held.id}|${held.id}.*approved`, 'i') })
    .first()
    .click();
  await page.waitForTimeout(SETTLE_MS);
  await page.screenshot({ path: PICTURE });
} finally {
  await browser.close();
  await demo.stop();
  rmSync(directory, { recursive: true, force: true });
}
