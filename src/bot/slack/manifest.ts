/**
 * What Slack must know of the app, from which an operator makes it: one source for the file in `docs/`, for
 * `sallyport slack manifest`, and for what `sallyport slack check` looks for.
 */
import { stringify } from 'yaml';

/** Each with what goes without it. */
export const BOT_SCOPES = [
  { scope: 'commands', for: '/access and the shortcuts' },
  { scope: 'chat:write', for: 'cards and answers' },
  { scope: 'chat:write.public', for: 'cards in public channels that the app was not invited to' },
  { scope: 'channels:read', for: 'finding public channels by their names' },
  { scope: 'channels:history', for: 'finding a card again whose posting Slack did not confirm' },
  { scope: 'channels:manage', for: 'incident channels: opening, inviting, closing' },
  { scope: 'groups:read', for: 'finding private channels that the app is in' },
  { scope: 'groups:history', for: 'the same as channels:history in private channels' },
  { scope: 'im:write', for: 'private messages: connection strings, questions of consent' },
  { scope: 'im:history', for: 'the same as channels:history in private messages' },
  { scope: 'users:read', for: 'refusing guests, bots and people of other workspaces' },
  { scope: 'files:write', for: 'timelines, transcripts and recordings' },
  { scope: 'files:read', for: 'finding a file again whose upload Slack did not confirm' },
] as const;

/** What Slack calls in HTTP mode, for everything. */
export const EVENTS_PATH = '/slack/events';

export const APP_TOKEN_SCOPE = 'connections:write';

/** Callback ids of the shortcuts; `shortcuts.ts` answers to them. */
export const SHORTCUTS = [
  {
    name: 'Ask for access',
    type: 'global',
    callback_id: 'request-access',
    description: 'Ask for access to a database or host',
  },
  {
    name: 'Ask because of this',
    type: 'message',
    callback_id: 'request-access-from-message',
    description: 'Ask for access, with this message as the reason',
  },
] as const;

export interface ManifestOptions {
  /** `null` for Socket Mode: Slack is called and does not call. */
  readonly eventsUrl: string | null;
  /** Whether its tokens expire after twelve hours. Slack does not let it be switched off again. */
  readonly rotation: boolean;
}

/** The manifest as YAML, as https://api.slack.com/apps takes it. */
export function manifestYaml({ eventsUrl, rotation }: ManifestOptions): string {
  const url = eventsUrl === null ? {} : { url: eventsUrl };
  const requestUrl = eventsUrl === null ? {} : { request_url: eventsUrl };
  const manifest = {
    _metadata: { major_version: 1, minor_version: 1 },
    display_information: {
      name: 'Sallyport',
      description: 'Ask for access, approve it and see what was done, where you talk about it',
      background_color: '#1f2a37',
    },
    features: {
      app_home: { home_tab_enabled: true, messages_tab_enabled: true, messages_tab_read_only_enabled: false },
      bot_user: { display_name: 'sallyport', always_online: true },
      shortcuts: SHORTCUTS,
      slash_commands: [
        {
          command: '/access',
          ...url,
          description: 'Ask for access, approve it, end it',
          usage_hint: 'request orders-db for 1h because … | pending | mine | help',
          should_escape: true,
        },
      ],
    },
    oauth_config: { scopes: { bot: BOT_SCOPES.map(({ scope }) => scope) } },
    settings: {
      event_subscriptions: { ...requestUrl, bot_events: ['app_home_opened'] },
      interactivity: {
        is_enabled: true,
        ...requestUrl,
        ...(eventsUrl === null ? {} : { message_menu_options_url: eventsUrl }),
      },
      org_deploy_enabled: true,
      socket_mode_enabled: eventsUrl === null,
      token_rotation_enabled: rotation,
    },
  };
  return stringify(manifest, { lineWidth: 0 });
}
