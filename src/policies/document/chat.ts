/** Where people chat with Sallyport, and where its cards go. */
import { z } from 'zod';
import { NAME, SECRET_REFERENCE } from './fields.ts';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** A token goes there with every call. */
const API_URL = z.url().refine((text) => {
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.includes(hostname));
}, 'https://… (http:// only on this machine)');

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

export const CHAT = z.strictObject({
  approvals: NAME.default('access').meta({
    description: 'Channel for requests that were not made in a channel',
  }),
  audit: NAME.default('access-audit').meta({
    description: 'Channel for sessions that belong to no incident',
  }),
  web: z
    .strictObject({ channels: z.array(NAME).min(1).max(200).default(['access', 'access-audit']) })
    .optional(),
  slack: SLACK.optional(),
  teams: z.looseObject({ appId: z.string(), tenantId: z.string() }).optional(),
});
