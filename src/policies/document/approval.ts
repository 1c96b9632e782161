/** Who must agree, as `sallyport.yaml` says it. */
import { z } from 'zod';
import { DURATION, GROUP, NAME } from './fields.ts';

const COUNT = z.int().min(1).max(20).default(1);

const SEAT = z
  .union([
    z.strictObject({ group: GROUP, count: COUNT }),
    z.strictObject({ person: z.email().max(200) }),
    z.strictObject({ owner: z.literal('resource') }),
    z.strictObject({
      onCall: NAME,
      level: z
        .int()
        .min(1)
        .max(20)
        .default(1)
        .meta({ description: 'Of the escalation policy; 1 is who is paged first' }),
      count: COUNT,
    }),
  ])
  .meta({
    description:
      'Members of a group, one person by e-mail address, an owner of the resource, or whoever is on call',
  });

const SEATS = z.array(SEAT).min(1).max(20);

export const APPROVAL_VOTES = z.strictObject({
  from: SEATS,
  within: DURATION.default(3_600_000),
  remindAfter: DURATION.optional(),
  escalateTo: z.strictObject({ group: GROUP, after: DURATION }).optional(),
  notFromGroups: z
    .array(GROUP)
    .min(1)
    .max(50)
    .optional()
    .meta({
      description:
        'Whoever shares such a group with the requester or the beneficiary does not decide; * stands for any characters',
      examples: [['team-*']],
    }),
  stepUp: z
    .strictObject({ maxAge: DURATION })
    .optional()
    .meta({ description: 'A vote needs a sign-in that is at most so old' }),
});
export type ApprovalVotes = z.output<typeof APPROVAL_VOTES>;
export type SeatSource = ApprovalVotes['from'][number];

export const BREAK_GLASS = z
  .strictObject({
    breakGlass: z.strictObject({
      review: z.strictObject({
        from: SEATS,
        within: DURATION.default(86_400_000),
        remindEvery: DURATION.default(14_400_000),
        openMax: z.int().min(1).max(1_000).default(3).meta({
          description: 'With so many reviews of theirs open, nobody breaks the glass again',
        }),
      }),
    }),
  })
  .meta({ description: 'Granted at once, to a break-glass request only; people look at it afterwards' });
