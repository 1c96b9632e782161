/** Slack, as the policy configures it: what cards are posted with, and how what people do there reaches us. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AccessContext } from '../../access/context.ts';
import { AppError, messageOf } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import type { BotLogger } from '../bot-context.ts';
import type { OpenPlatform } from '../open-platform.ts';
import { inLanguageOf } from '../texts/texts.ts';
import { createSlackActors } from './actors.ts';
import { createSlackApp } from './app.ts';
import { createSlackClient, lastingToken, type SlackToken } from './client.ts';
import { createDedupe } from './dedupe.ts';
import { httpReceiver } from './http-receiver.ts';
import { createSlackIdentities } from './identity.ts';
import { createIntake, type Intake } from './intake.ts';
import { createResponder } from './responder.ts';
import { rotatingToken } from './rotating-token.ts';
import { PATIENCE, type Patience } from './slack-parts.ts';
import { createSlackPlatform } from './slack-platform.ts';
import { openSlackSocket, type SlackSocket } from './socket.ts';
import { ownWorkspaceOf } from './workspace.ts';

/** Slack's own has 32; a short one could be guessed, and whoever has it is anybody. */
const SIGNING_SECRET_CHARACTERS_MIN = 16;

type SlackSettings = NonNullable<ReturnType<AccessContext['policy']['current']>['document']['chat']['slack']>;

/**
 * Opens it without calling Slack, which may be out of reach: cards wait then, and the socket is tried again.
 * @param options.sleep as for `createSlackPlatform`; real time when left out
 * @param options.patience `PATIENCE` when left out
 * @throws AppError `config_invalid` or `unavailable` when Slack is not configured, or a token is not there
 */
export function openSlack(
  access: AccessContext,
  options: {
    readonly logger: BotLogger;
    readonly sleep?: (durationMs: number) => Promise<void>;
    readonly patience?: Patience;
  },
): OpenPlatform {
  const { logger, patience = PATIENCE } = options;
  const settings = requireSettings(access);
  const apiUrl = withSlash(settings.apiUrl);
  const client = createSlackClient({ token: botTokenOf(access, settings, { apiUrl, logger }), apiUrl });
  const platform = createSlackPlatform({ access, client, sleep: options.sleep ?? sleep });
  const bot = { access, logger };
  const identities = createSlackIdentities({ access, client, ownWorkspace: ownWorkspaceOf(client) });
  const actors = createSlackActors({ bot, identities, platform });
  const responder = createResponder({ client, logger, modalAfterMs: patience.modalAfterMs });
  const app = createSlackApp({ bot, client, identities, actors, responder, patience }, logger);
  const intake = createIntake({
    dedupe: createDedupe(access),
    process: (event) => inLanguageOf(access, () => app.processEvent(event)),
    logger,
  });
  let socket: SlackSocket | null = null;
  return {
    platform,
    plugin: settings.mode === 'http' ? httpPlugin(access, settings, intake) : null,
    start: () => {
      if (settings.mode === 'socket') socket = openSocket(access, { settings, intake, logger });
    },
    stop: async () => {
      await intake.drain();
      await socket?.stop();
    },
  };
}

function httpPlugin(access: AccessContext, settings: SlackSettings, intake: Intake): OpenPlatform['plugin'] {
  // Read when it is registered: a process that only posts cards does without it.
  return async (server) => {
    const signingSecret = readToken(access, settings, 'signingSecret');
    if (signingSecret.reveal().length < SIGNING_SECRET_CHARACTERS_MIN) {
      throw new AppError(
        'config_invalid',
        `chat.slack.signingSecret has fewer than ${SIGNING_SECRET_CHARACTERS_MIN} characters: it cannot be Slack's.`,
      );
    }
    await server.register(httpReceiver({ intake, signingSecret, clock: access.clock }));
  };
}

function openSocket(
  access: AccessContext,
  parts: { readonly settings: SlackSettings; readonly intake: Intake; readonly logger: BotLogger },
): SlackSocket {
  const { settings, intake, logger } = parts;
  const appToken = readToken(access, settings, 'appToken');
  const socket = openSlackSocket({ appToken, apiUrl: withSlash(settings.apiUrl), intake, logger });
  socket.start();
  return socket;
}

function requireSettings(access: AccessContext): SlackSettings {
  const { slack } = access.policy.current().document.chat;
  if (slack === undefined) throw new AppError('config_invalid', 'chat.slack is not configured.');
  return slack;
}

function botTokenOf(
  access: AccessContext,
  settings: SlackSettings,
  options: { readonly apiUrl: string; readonly logger: BotLogger },
): SlackToken {
  const { rotation } = settings;
  if (rotation === undefined) return lastingToken(readToken(access, settings, 'botToken'));
  const { clientId, clientSecret, refreshToken } = rotation;
  return rotatingToken(access, {
    ...options,
    rotation: {
      clientId,
      clientSecret: readGiven(access, clientSecret, 'rotation.clientSecret'),
      refreshToken: readGiven(access, refreshToken, 'rotation.refreshToken'),
    },
  });
}

function readToken(
  access: AccessContext,
  settings: SlackSettings,
  name: 'botToken' | 'appToken' | 'signingSecret',
): Secret<string> {
  return readGiven(access, settings[name], name);
}

function readGiven(
  { settings: { readSecret } }: AccessContext,
  reference: Parameters<AccessContext['settings']['readSecret']>[0],
  name: string,
): Secret<string> {
  try {
    return readSecret(reference);
  } catch (error) {
    throw new AppError('unavailable', `chat.slack.${name}: ${messageOf(error)}`, { cause: error });
  }
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}
