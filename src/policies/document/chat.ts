/** Where people chat with Sallyport, and where its cards go. */
import { z } from 'zod';
import { LANGUAGES } from '../../core/language.ts';
import { NAME, SECRET_REFERENCE } from './fields.ts';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** A token goes there with every call, or what is believed comes from there. */
const API_URL = z.url().refine((text) => {
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.includes(hostname));
}, 'https://… (http:// only on this machine)');

/** Names of channels in Teams have blanks, and one may need its team's before it: `Platform / Access`. */
export const CHANNEL = z
  .string()
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._/:;@&()+'-]{0,199}$/u,
    'the name or id of a channel, without a mark before it; at most 200 characters',
  );

const NOBODY = '00000000-0000-0000-0000-000000000000';

/** In lower case, as Microsoft writes them. */
const UUID = z
  .string()
  .regex(/^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/, 'an id such as 1f0e8a52-7c1b-4d0e-9a53-…')
  .refine((text) => text !== NOBODY, 'the id of somebody: this one is all zeros')
  .transform((text) => text.toLowerCase());

const SLACK = z.strictObject({
  mode: z.enum(['socket', 'http']).meta({
    description: 'socket: Sallyport connects to Slack; http: Slack calls POST /slack/events of Sallyport',
  }),
  botToken: SECRET_REFERENCE.default({ env: 'SLACK_BOT_TOKEN' }).meta({ description: 'xoxb-…' }),
  appToken: SECRET_REFERENCE.default({ env: 'SLACK_APP_TOKEN' }).meta({
    description: 'xapp-… with the scope connections:write; for mode socket only',
  }),
  signingSecret: SECRET_REFERENCE.default({ env: 'SLACK_SIGNING_SECRET' }).meta({
    description: 'What Slack signs its calls with; for mode http only',
  }),
  rotation: z
    .strictObject({
      clientId: z
        .string()
        .regex(/^\d{1,30}\.\d{1,30}$/, 'the client id of the app, such as 123456789.987654321'),
      clientSecret: SECRET_REFERENCE.default({ env: 'SLACK_CLIENT_SECRET' }),
      refreshToken: SECRET_REFERENCE.default({ env: 'SLACK_REFRESH_TOKEN' }).meta({
        description:
          'xoxe-…, the one that the app was installed with; those that follow are kept in the database',
      }),
    })
    .optional()
    .meta({ description: 'For an app with token rotation; botToken is not used then' }),
  workspaces: z
    .array(z.string().regex(/^[TE][A-Z0-9]{2,30}$/, 'the id of a workspace (T…) or of an organisation (E…)'))
    .min(1)
    .max(50)
    .optional()
    .meta({ description: "Whose members may act; the bot token's own workspace when left out" }),
  apiUrl: API_URL.default('https://slack.com/api/').meta({
    description: "Slack's Web API; another one for GovSlack: https://slack-gov.com/api/",
  }),
});

const TEAMS = z.strictObject({
  // An empty one would turn off the checks of who calls.
  appId: UUID.meta({ description: 'Application (client) id of the bot' }),
  appPassword: SECRET_REFERENCE.default({ env: 'TEAMS_APP_PASSWORD' }).meta({
    description: 'A client secret of the same application',
  }),
  tenantId: UUID.meta({ description: 'Directory (tenant) id of the bot, which is a single-tenant one' }),
  tenants: z.array(UUID).min(1).max(50).optional().meta({
    description: "Whose members may act; the bot's own tenant when left out",
  }),
  cloud: z.enum(['public', 'us-government', 'china']).default('public').meta({
    description: "Whose endpoints are used: Microsoft's public cloud, GCC High and DoD, or 21Vianet",
  }),
  endpoints: z
    .strictObject({
      login: API_URL.optional().meta({ description: 'Where tokens are asked for, without the tenant' }),
      scope: API_URL.optional().meta({ description: 'Whom the tokens that we send are for' }),
      tokenIssuer: API_URL.optional().meta({ description: 'Who issues the tokens that we are sent' }),
      openIdMetadata: API_URL.optional().meta({ description: 'Where the keys of that issuer are listed' }),
    })
    .optional()
    .meta({ description: "Instead of the cloud's own, one by one" }),
});

export const CHAT = z.strictObject({
  approvals: CHANNEL.default('access').meta({
    description: 'Channel for requests that were not made in a channel',
  }),
  audit: CHANNEL.default('access-audit').meta({
    description: 'Channel for sessions that belong to no incident',
  }),
  language: z.enum(LANGUAGES).default('en').meta({ description: 'What Sallyport speaks in chat' }),
  web: z
    .strictObject({ channels: z.array(NAME).min(1).max(200).default(['access', 'access-audit']) })
    .optional(),
  slack: SLACK.optional(),
  teams: TEAMS.optional(),
});
