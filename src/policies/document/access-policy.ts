/** One entry of `access:`: who may have which roles on what, when, and who must agree. */
import { z } from 'zod';
import { APPROVAL_VOTES, BREAK_GLASS } from './approval.ts';
import { DURATION, GROUP, NAME, SELECTOR, TEXT } from './fields.ts';

/** Monday first, as ISO 8601 counts them. */
export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Day = (typeof DAYS)[number];

const CLOCK_TIME = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'a time of day such as "08:30"');

const WINDOW = z
  .strictObject({
    days: z.array(z.enum(DAYS)).min(1).max(7).optional().meta({ description: 'Every day when left out' }),
    from: CLOCK_TIME,
    to: z
      .string()
      .regex(/^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/, 'a time of day such as "17:30", or "24:00"')
      .meta({ description: 'Before `from`: on the day after' }),
    timezone: z
      .string()
      .max(100)
      .refine(isTimeZone, {
        error: ({ input }) =>
          `there is no time zone ${String(input)}; write one such as Europe/Berlin or UTC`,
      })
      .meta({ description: 'An IANA time zone', examples: ['Europe/Berlin'] }),
  })
  .refine(({ from, to }) => from !== to, {
    path: ['to'],
    message: 'a window of no length; for whole days write from: "00:00", to: "24:00"',
  });
export type Window = z.output<typeof WINDOW>;

const WINDOWS = z.array(WINDOW).min(1).max(20);

const WHO = z.strictObject({
  groups: z.array(GROUP).max(50).optional(),
  workloads: z.array(NAME).max(50).optional(),
  when: z
    .string()
    .min(1)
    .max(2_000)
    .optional()
    .meta({ description: 'A CEL condition over request, user and resource' }),
});

/** What policies of both effects say. */
const CIRCUMSTANCES = {
  name: NAME,
  who: WHO,
  to: SELECTOR,
  hours: WINDOWS.optional().meta({ description: 'The policy holds only for what is asked in one of these' }),
  quietHours: WINDOWS.optional().meta({
    description: 'The policy does not hold for what is asked in one of these',
  }),
};

const TICKET = z
  .strictObject({
    required: z.boolean().default(true),
    pattern: z
      .string()
      .min(1)
      .max(500)
      .optional()
      .meta({
        description: 'RE2; the whole ticket must match',
        examples: ['[A-Z]+-[0-9]+'],
      }),
    lookup: NAME.optional().meta({ description: 'One of `tickets`: it must say that the ticket is good' }),
  })
  .meta({ description: 'What the ticket of a request must be' });
export type TicketTerms = z.output<typeof TICKET>;

const ALLOW_POLICY = z.strictObject({
  ...CIRCUMSTANCES,
  effect: z.literal('allow').default('allow'),
  roles: z.array(NAME).min(1).max(50),
  maxDuration: DURATION.default(3_600_000),
  extendTo: DURATION.optional().meta({
    description: 'The longest a grant may become by extensions; maxDuration when left out',
  }),
  ticket: TICKET.optional(),
  approval: z.union([z.literal('auto'), APPROVAL_VOTES, BREAK_GLASS], {
    error: 'say who must agree: auto, { from: [{ group: sre }] } or { breakGlass: … }',
  }),
});

const DENY_POLICY = z.strictObject({
  ...CIRCUMSTANCES,
  effect: z
    .literal('deny')
    .meta({ description: 'Wins over every policy that would allow it, break-glass included' }),
  roles: z.array(NAME).min(1).max(50).optional().meta({ description: 'Every role when left out' }),
  message: TEXT.optional().meta({ description: 'What whoever asks is told' }),
});

export const ACCESS_POLICY = z.discriminatedUnion('effect', [ALLOW_POLICY, DENY_POLICY], {
  error: (issue) => (issue.code === 'invalid_union' ? 'effect is allow or deny' : undefined),
});
export type AccessPolicy = z.output<typeof ACCESS_POLICY>;
export type AllowPolicy = z.output<typeof ALLOW_POLICY>;
export type DenyPolicy = z.output<typeof DENY_POLICY>;

/** Offsets such as +01:00, which Intl takes too, know nothing of summer time. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
