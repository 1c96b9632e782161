/** `sallyport slack check`: what keeps Sallyport from working in a workspace, and what to do about it. */
import { isAppError, messageOf } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import { bad, type Finding, good, problemOfOwnRoute } from '../findings.ts';
import { listChannels } from './channels.ts';
import { createSlackClient, lastingToken, type SlackClient } from './client.ts';
import { APP_TOKEN_SCOPE, BOT_SCOPES } from './manifest.ts';

export interface SlackCheckSettings {
  /** With a slash at the end. */
  readonly apiUrl: string;
  readonly mode: 'socket' | 'http';
  /** Null where it is not set; `why` says what is missing then. */
  readonly botToken: GivenSecret;
  /** Null for a token that does not expire. */
  readonly rotation: {
    readonly clientId: string;
    readonly clientSecret: GivenSecret;
    readonly refreshToken: GivenSecret;
  } | null;
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

interface Workspace {
  readonly findings: readonly Finding[];
  readonly client: SlackClient | null;
}

/** @returns every finding, the good ones too; never throws for what is wrong at Slack */
export async function checkSlack(settings: SlackCheckSettings): Promise<readonly Finding[]> {
  const rotation = settings.rotation === null ? [] : await checkRotation(settings, settings.rotation);
  const { findings, client } = await checkBotToken(settings);
  const entrance = settings.mode === 'socket' ? await checkAppToken(settings) : await checkEvents(settings);
  const channels = client === null ? [] : await checkChannels(client, settings.channels);
  return [...rotation, ...findings, ...entrance, ...channels];
}

async function checkBotToken(settings: SlackCheckSettings): Promise<Workspace> {
  const { botToken, apiUrl, rotation } = settings;
  if (botToken.value === null) {
    const finding = rotation === null ? bad('bot token', botToken.why) : good('bot token', ROTATED_ELSEWHERE);
    return { findings: [finding], client: null };
  }
  const client = createSlackClient({ token: lastingToken(botToken.value), apiUrl });
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

const ROTATED_ELSEWHERE =
  'it is in the database of the server, so scopes and channels were not checked. To check them, set the current token of the page Install App (botToken).';
/** Slack looks at who asks first: an answer about this token says that the app is right. */
const NO_REFRESH_TOKEN = 'xoxe-1-none';

/** Uses no refresh token up: the server needs it. */
async function checkRotation(
  { apiUrl }: SlackCheckSettings,
  { clientId, clientSecret, refreshToken }: NonNullable<SlackCheckSettings['rotation']>,
): Promise<Finding[]> {
  const refresh =
    refreshToken.value === null
      ? bad('refresh token', refreshToken.why)
      : good('refresh token', 'it is set; whether it works shows when the server exchanges it, in its log');
  if (clientSecret.value === null) return [bad('token rotation', clientSecret.why), refresh];
  const secret = clientSecret.value.reveal();
  try {
    await createSlackClient({ token: null, apiUrl }).read('exchange a token', (web) =>
      web.oauth.v2.access({
        ...{ client_id: clientId, client_secret: secret },
        ...{ grant_type: 'refresh_token', refresh_token: NO_REFRESH_TOKEN },
      }),
    );
  } catch (error) {
    if (!isAppError(error) || error.context['slackError'] !== 'invalid_refresh_token') {
      return [bad('token rotation', messageOf(error)), refresh];
    }
  }
  return [good('token rotation', `Slack knows the app ${clientId} by its client secret`), refresh];
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
    const client = createSlackClient({ token: lastingToken(appToken.value), apiUrl });
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
  const problem = await problemOfOwnRoute(eventsUrl, 'what is not signed');
  return problem === null ? good('request URL', `${eventsUrl} is Sallyport`) : bad('request URL', problem);
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
          : found.isExternal
            ? bad(`#${found.name}`, 'It is shared with another organisation: Sallyport posts nothing there.')
            : good(`#${found.name}`, found.id),
      );
    }
  } catch (error) {
    findings.push(bad('channels', messageOf(error)));
  }
  return findings;
}
