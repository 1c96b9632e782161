/** Services that are asked about tickets and about who is on call. */
import { z } from 'zod';
import { DURATION, GROUP, NAME, SECRET_REFERENCE } from './fields.ts';

const TIMEOUT_MS_MAX = 30_000;
const TIMEOUT = DURATION.refine((ms) => ms <= TIMEOUT_MS_MAX, 'at most 30s').default(5_000);

/** A token goes only where nobody on the way can read it. */
export const HTTP_URL = z
  .url({ protocol: /^https?$/, error: 'a URL that begins with https://' })
  .max(2_000)
  .refine((url) => !hasCredentials(url), 'a password in the URL would stand in this file; use token')
  .refine(
    (url) => url.startsWith('https:') || isLoopback(url),
    'https:// is needed, except for this machine itself',
  );

const TICKET_LOOKUP = z.strictObject({
  name: NAME,
  url: HTTP_URL.refine(
    (url) => !originOf(url).includes('{ticket}'),
    'the ticket cannot decide whom the token is sent to',
  )
    .refine((url) => url.includes('{ticket}'), 'say where the ticket goes: {ticket}')
    .meta({
      description: 'GET; {ticket} stands for the ticket, percent-encoded',
      examples: ['https://tickets.example.com/api/{ticket}'],
    }),
  token: SECRET_REFERENCE.optional(),
  authorization: z
    .enum(['bearer', 'basic'])
    .default('bearer')
    .meta({ description: 'How the token is sent; for basic it is user:password' }),
  timeout: TIMEOUT,
  cacheFor: DURATION.default(60_000),
  expect: z
    .strictObject({
      status: z.array(z.int().min(200).max(299)).min(1).max(10).default([200]),
      pointer: z
        .string()
        .regex(/^(?:\/(?:[^~/]|~[01])*)*$/, 'a JSON pointer (RFC 6901) such as /fields/status/name')
        .max(500)
        .optional(),
      equals: z
        .union([
          z.string().max(500),
          z.number(),
          z.boolean(),
          z
            .array(z.union([z.string().max(500), z.number(), z.boolean()]))
            .min(1)
            .max(50),
        ])
        .optional()
        .meta({ description: 'What stands at pointer, or one of these' }),
    })
    .refine(({ pointer, equals }) => (pointer === undefined) === (equals === undefined), {
      message: 'pointer and equals need each other',
    })
    .prefault({}),
});
export type TicketLookup = z.output<typeof TICKET_LOOKUP>;
export const TICKET_LOOKUPS = z.array(TICKET_LOOKUP).max(50).default([]);

const PAGERDUTY_ID = z.string().regex(/^[A-Za-z0-9]{1,40}$/, 'an id of PagerDuty such as PABC123');

const ON_CALL_SCHEDULE = z.strictObject({
  name: NAME,
  pagerDuty: z
    .strictObject({
      schedule: PAGERDUTY_ID.optional().meta({ description: 'Everybody on call in it counts as level 1' }),
      escalationPolicy: PAGERDUTY_ID.optional(),
      url: HTTP_URL.default('https://api.pagerduty.com'),
      token: SECRET_REFERENCE,
      timeout: TIMEOUT,
    })
    .refine(
      ({ schedule, escalationPolicy }) => (schedule === undefined) !== (escalationPolicy === undefined),
      {
        message: 'one of schedule and escalationPolicy',
      },
    ),
  cacheFor: DURATION.default(60_000).meta({ description: 'How long an answer is used without asking again' }),
  staleFor: DURATION.default(900_000).meta({
    description: 'How old an answer may be while PagerDuty does not answer',
  }),
  fallback: z
    .strictObject({ group: GROUP })
    .optional()
    .meta({ description: 'Who stands in when it cannot be known who is on call; nobody when left out' }),
});
export type OnCallSchedule = z.output<typeof ON_CALL_SCHEDULE>;
export const ON_CALL_SCHEDULES = z.array(ON_CALL_SCHEDULE).max(200).default([]);

function isLoopback(url: string): boolean {
  const host = URL.parse(url)?.hostname;
  return host === 'localhost' || host === '127.0.0.1' || host === '[::1]';
}

function hasCredentials(url: string): boolean {
  const parsed = URL.parse(url);
  return parsed !== null && (parsed.username !== '' || parsed.password !== '');
}

/** Scheme, credentials, host and port, as written. */
function originOf(url: string): string {
  return /^[a-z]+:\/\/[^/?#]*/i.exec(url)?.[0] ?? url;
}
