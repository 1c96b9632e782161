/** Teams, as the policy configures it: what cards are posted with, and how what people do there reaches us. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AccessContext } from '../../access/context.ts';
import { AppError, messageOf } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import type { BotLogger } from '../bot-context.ts';
import type { OpenPlatform } from '../open-platform.ts';
import type { TeamsActivity } from './activity.ts';
import { createTeamsActors } from './actors.ts';
import { createAppToken } from './app-token.ts';
import { createTeamsClient } from './client.ts';
import { createTeamsConversations, type TeamsConversations } from './conversations.ts';
import { createTeamsConnector } from './create-connector.ts';
import { endpointsOf, type TeamsSettings } from './endpoints.ts';
import { createTeamsIdentities } from './identity.ts';
import { takeInstallation, takeUpdate } from './installs.ts';
import { createIntake, type Handler } from './intake.ts';
import { createInvokes } from './invokes.ts';
import { isForUs, takeMessage } from './messages-in.ts';
import { messagesRoute } from './messages-route.ts';
import { createPacing } from './pacing.ts';
import { createResponder } from './responder.ts';
import { ANSWER_WITHIN_MS } from './teams-parts.ts';
import { createTeamsPlatform } from './teams-platform.ts';
import { teamsSettings } from './tenants.ts';

/**
 * Opens it without calling Teams, which may be out of reach: cards wait then.
 * @param options.sleep for milliseconds; real time when left out
 * @param options.answerWithinMs `ANSWER_WITHIN_MS` when left out
 * @throws AppError `config_invalid` or `unavailable` when Teams is not configured, or its password is not there
 */
export function openTeams(
  access: AccessContext,
  options: {
    readonly logger: BotLogger;
    readonly sleep?: (durationMs: number) => Promise<void>;
    readonly random?: () => number;
    readonly answerWithinMs?: number;
  },
): OpenPlatform {
  const { logger, answerWithinMs = ANSWER_WITHIN_MS, random = Math.random } = options;
  const settings = teamsSettings(access);
  const wait = options.sleep ?? sleep;
  const token = createAppToken(access.clock, {
    endpoints: endpointsOf(settings),
    appId: settings.appId,
    tenantId: settings.tenantId,
    appPassword: readPassword(access, settings),
  });
  const connector = createTeamsConnector({
    client: createTeamsClient({ token }),
    pacing: createPacing(access, wait),
    appId: settings.appId,
    sleep: wait,
    random,
    onBlocked: (conversation) => conversations.markBlocked(conversation),
  });
  const conversations: TeamsConversations = createTeamsConversations({ access, connector, logger });
  const bot = { access, logger };
  const identities = createTeamsIdentities({ access, connector });
  const actors = createTeamsActors({ bot, identities, conversations });
  const responder = createResponder({ connector, conversations, logger });
  const parts = { bot, identities, actors, conversations, responder };
  const installs = { access, connector, conversations, logger };
  const handlers: ReadonlyMap<string, Handler> = new Map<string, Handler>([
    ['message', (activity) => takeMessage(parts, activity)],
    ['conversationUpdate', (activity) => takeUpdate(installs, activity)],
    ['installationUpdate', (activity) => takeInstallation(installs, activity)],
  ]);
  const intake = createIntake({
    access,
    invokes: createInvokes(parts, { answerWithinMs }),
    handlerOf: (activity: TeamsActivity) =>
      activity.type === 'message' && !isForUs(activity) ? null : (handlers.get(activity.type) ?? null),
    logger,
  });
  return {
    platform: createTeamsPlatform({ access, logger, connector, conversations }),
    // botbuilder is loaded where Teams calls, and not where cards are only posted.
    plugin: async (server) => {
      const { createTeamsAdapter } = await import('./adapter.ts');
      await server.register(messagesRoute(createTeamsAdapter(settings, logger), intake));
    },
    start: () => undefined,
    stop: () => intake.drain(),
  };
}

function readPassword(
  { settings: { readSecret } }: AccessContext,
  { appPassword }: TeamsSettings,
): Secret<string> {
  try {
    return readSecret(appPassword);
  } catch (error) {
    throw new AppError('unavailable', `chat.teams.appPassword: ${messageOf(error)}`, { cause: error });
  }
}
