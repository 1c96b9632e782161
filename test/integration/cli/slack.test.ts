/** `sallyport slack`: the manifest that is documented, and what is missing in a workspace. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { runCli } from '../../support/command-line.ts';
import { ROTATION, startRotatingSlack } from '../../support/slack/rotating-slack.ts';
import { APP_TOKEN, BOT_TOKEN, useSlackWorkspace } from '../../support/slack/workspace.ts';
import { PROCESS_TEST_TIMEOUT_MS, runJson, runProcess } from './harness.ts';

vi.setConfig({ testTimeout: PROCESS_TEST_TIMEOUT_MS });

const workspace = useSlackWorkspace();
const MANIFEST_FILE = new URL('../../../docs/slack-app-manifest.yaml', import.meta.url);

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sallyport-slack-'));
  await writeFile(join(directory, 'bot'), BOT_TOKEN);
  await writeFile(join(directory, 'app'), APP_TOKEN);
  await writeFile(join(directory, 'wrong'), 'xoxb-of-another-app');
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function check(settings: { bot?: string; channels?: string; more?: string; apiUrl?: string } = {}) {
  const { bot = 'bot', channels = 'approvals: access, audit: access-audit', more = '' } = settings;
  const { apiUrl = workspace.current.apiUrl } = settings;
  await writeFile(
    join(directory, 'sallyport.yaml'),
    `chat: { ${channels}, slack: { mode: socket, apiUrl: "${apiUrl}", botToken: { file: ${bot} }, appToken: { file: app }${more} } }\n`,
  );
  return runCli(['slack', 'check'], { workingDirectory: directory });
}

describe('sallyport slack manifest', () => {
  test('prints the manifest of the documentation', async () => {
    const { status, stdout } = await runProcess(['slack', 'manifest']);
    expect(status).toBe(0);
    expect(stdout).toBe(await readFile(MANIFEST_FILE, 'utf8'));
  });

  test('names one request URL for everything when Slack calls us', async () => {
    const args = ['slack', 'manifest', '--mode', 'http', '--url', 'https://sallyport.example.com'];
    const { manifest } = z.object({ manifest: z.string() }).parse(await runJson(args));
    const url = 'https://sallyport.example.com/slack/events';
    expect(parse(manifest)).toMatchObject({
      features: { slash_commands: [{ command: '/access', url, should_escape: true }] },
      settings: {
        event_subscriptions: { request_url: url },
        interactivity: { is_enabled: true, request_url: url, message_menu_options_url: url },
        socket_mode_enabled: false,
      },
    });
    const rotated = z.object({ manifest: z.string() }).parse(await runJson([...args, '--rotate-tokens']));
    expect(parse(rotated.manifest)).toMatchObject({ settings: { token_rotation_enabled: true } });
    const insecure = await runCli(['slack', 'manifest', '--mode', 'http', '--url', 'http://example.com']);
    expect(insecure).toMatchObject({ status: 1, stdout: '' });
  });
});

describe('sallyport slack check', () => {
  test('finds nothing wrong where nothing is, and posts nothing', async () => {
    workspace.current.proxy.answer('apps.connections.open', () => ({ ok: true, url: 'wss://example.com/' }));
    const { status, stdout, stderr } = await check();
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('bot token: @sallyport in Acme (T000000001)');
    expect(stdout).toContain('#access: C');
    expect(stdout).not.toContain('PROBLEM');
    expect(workspace.current.calls('chat.postMessage')).toEqual([]);
  });

  test('says what is missing, and never a token', async () => {
    workspace.current.proxy.answer('apps.connections.open', () => ({
      ok: false,
      error: 'not_allowed_token_type',
    }));
    workspace.current.proxy.setScopes(['commands', 'chat:write']);
    const { status, stdout, stderr } = await check({
      channels: 'approvals: nowhere, audit: access-audit',
      more: ', workspaces: [T0ELSEWHERE]',
    });
    expect({ status, stderr }).toEqual({ status: 1, stderr: 'sallyport: There are 4 problems.\n' });
    expect(stdout).toContain('PROBLEM  scopes: missing: chat:write.public (');
    expect(stdout).toContain('PROBLEM  workspaces: chat.slack.workspaces does not name');
    expect(stdout).toContain('PROBLEM  app token: Slack did not open Socket Mode: not_allowed_token_type');
    expect(stdout).toContain('PROBLEM  #nowhere: There is no such channel');
    expect(stdout).not.toMatch(/xoxb-|xapp-/);

    const wrong = await check({ bot: 'wrong' });
    expect(wrong.stdout).toContain('PROBLEM  bot token: Slack did not take the bot token: invalid_auth.');
    const rotates = `, rotation: { clientId: "1.2", clientSecret: { file: client }, refreshToken: { file: app } }`;
    const slack = await startRotatingSlack({ now: () => new Date() });
    await writeFile(join(directory, 'client'), ROTATION.clientSecret);
    const rotating = await check({ apiUrl: slack.apiUrl, more: rotates });
    await writeFile(join(directory, 'client'), 'f'.repeat(32));
    const wrongClient = await check({ apiUrl: slack.apiUrl, more: rotates });
    await slack.close();
    expect(rotating.stdout).toContain('ok       token rotation: Slack knows the app 1.2');
    expect(slack.exchanges()).toBe(0);
    expect(wrongClient.stdout).toContain(
      'PROBLEM  token rotation: Slack did not exchange a token: bad_client_secret.',
    );

    const missing = await check({ bot: 'nothing' });
    expect(missing.stdout).toContain('PROBLEM  bot token: cannot read the secret file');
  });
});
