/** `sallyport slack check`: what keeps Sallyport from working in a workspace, and what to do about it. */
import { messageOf } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import { listChannels } from './channels.ts';
import { createSlackClient, type SlackClient } from './client.ts';
import { APP_TOKEN_SCOPE, BOT_SCOPES } from './manifest.ts';

export interface SlackCheckSettings {
  /** With a slash at the end. */
  readonly apiUrl: string;
  readonly mode: 'socket' | 'http';
  /** Null where it is not set; `why` says what is missing then. */
  readonly botToken: GivenSecret;
  /** For `socket`. */
  readonly appToken: GivenSecret;
  /** For `http`. */
  readonly signingSecret: GivenSecret;
  /** `POST` of Slack; for `http`. */
  readonly eventsUrl: string;
  /** Where cards go, by name or id. */
  readonly channels: readonly string[];
  /** Whose members may act; null for the token's own workspace. */
  readonly workspaces: readonly string[] | null;
}

export type GivenSecret = { readonly value: Secret<string> } | { readonly value: null; readonly why: string };

export interface Finding {
  readonly what: string;
  readonly ok: boolean;
  /** What was found, and when it is not good what to do. */
  readonly detail: string;
}

interface Workspace {
  readonly findings: readonly Finding[];
  readonly client: SlackClient | null;
}

const EVENTS_TIMEOUT_MS = 10_000;

/** @returns every finding, the good ones too; never throws for what is wrong at Slack */
export async function checkSlack(settings: SlackCheckSettings): Promise<readonly Finding[]> {
  const { findings, client } = await checkBotToken(settings);
  const entrance = settings.mode === 'socket' ? await checkAppToken(settings) : await checkEvents(settings);
  const channels = client === null ? [] : await checkChannels(client, settings.channels);
  return [...findings, ...entrance, ...channels];
}

async function checkBotToken(settings: SlackCheckSettings): Promise<Workspace> {
  const { botToken, apiUrl } = settings;
  if (botToken.value === null) return { findings: [bad('bot token', botToken.why)], client: null };
  const client = createSlackClient({ token: botToken.value, apiUrl });
  try {
    const answer = await client.read('take the bot token', (web) => web.auth.test());
    const { team = '?', team_id: teamId = '', enterprise_id: enterprise, user = '?' } = answer;
    const token = good('bot token', `@${user} in ${team} (${teamId})`);
    const admitted = checkAdmitted(settings.workspaces, [teamId, ...(enterprise ? [enterprise] : [])]);
    return { findings: [token, checkScopes(answer.response_metadata?.scopes ?? []), ...admitted], client };
  } catch (error) {
    return { findings: [bad('bot token', messageOf(error))], client: null };
  }
}

function checkScopes(granted: readonly string[]): Finding {
  const missing = BOT_SCOPES.filter(({ scope }) => !granted.includes(scope));
  if (missing.length === 0) return good('scopes', `all ${BOT_SCOPES.length}`);
  const list = missing.map(({ scope, for: use }) => `${scope} (${use})`).join(', ');
  return bad(
    'scopes',
    `missing: ${list}. Paste the manifest (sallyport slack manifest) under App Manifest, then reinstall the app.`,
  );
}

function checkAdmitted(workspaces: readonly string[] | null, own: readonly string[]): Finding[] {
  if (workspaces === null) return [];
  if (workspaces.some((id) => own.includes(id))) return [good('workspaces', workspaces.join(', '))];
  return [
    bad(
      'workspaces',
      `chat.slack.workspaces does not name the workspace of the token: nobody of ${own.join(' or ')} may act.`,
    ),
  ];
}

async function checkAppToken({ appToken, apiUrl }: SlackCheckSettings): Promise<Finding[]> {
  if (appToken.value === null) return [bad('app token', appToken.why)];
  try {
    const client = createSlackClient({ token: appToken.value, apiUrl });
    await client.read('open Socket Mode', (web) => web.apps.connections.open());
    return [good('app token', 'Socket Mode can be opened')];
  } catch (error) {
    const advice = `Make one under Basic Information, App-Level Tokens, with the scope ${APP_TOKEN_SCOPE}; switch Socket Mode on.`;
    return [bad('app token', `${messageOf(error)} ${advice}`)];
  }
}

/** Whoever calls without a signature is refused: that is how our own server is recognised. */
async function checkEvents({ signingSecret, eventsUrl }: SlackCheckSettings): Promise<Finding[]> {
  const secret =
    signingSecret.value === null
      ? bad('signing secret', signingSecret.why)
      : good('signing secret', 'it is set; whether it is the right one shows the first request');
  return [secret, await checkReached(eventsUrl)];
}

async function checkReached(eventsUrl: string): Promise<Finding> {
  try {
    const { status } = await fetch(eventsUrl, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
      redirect: 'manual',
      signal: AbortSignal.timeout(EVENTS_TIMEOUT_MS),
    });
    if (status === 401) return good('request URL', `${eventsUrl} is Sallyport`);
    return bad(
      'request URL',
      `${eventsUrl} answered with HTTP status ${status}, not with Sallyport's refusal of what is not signed (401).`,
    );
  } catch (error) {
    return bad(
      'request URL',
      `${eventsUrl} cannot be reached from here: ${messageOf(error)}. Is the server running?`,
    );
  }
}

async function checkChannels(client: SlackClient, names: readonly string[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  try {
    const channels = await listChannels(client);
    for (const name of new Set(names)) {
      const found = channels.find((channel) => channel.name === name || channel.id === name);
      findings.push(
        found === undefined
          ? bad(
              `#${name}`,
              'There is no such channel, or it is private and the app is not in it. Make it, or type /invite @sallyport there.',
            )
          : good(`#${found.name}`, found.id),
      );
    }
  } catch (error) {
    findings.push(bad('channels', messageOf(error)));
  }
  return findings;
}

function good(what: string, detail: string): Finding {
  return { what, ok: true, detail };
}

function bad(what: string, detail: string): Finding {
  return { what, ok: false, detail };
}
