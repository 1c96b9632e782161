import { z } from 'zod';
import { INCIDENT_ROLES, REPORT_FORMATS, TIMELINE_KINDS, WORK_MARKS } from '../../core/incident.ts';
import { FLAG, IDENTIFIER_CHARACTERS_MAX, INSTANT, LIMIT } from './fields.ts';
import { PARTY } from './parties.ts';

const CURSOR_CHARACTERS_MAX = 300;

export const INCIDENT_PATH = z.object({ name: z.string().min(1).max(100) });

export const INCIDENTS_QUERY = z.object({
  open: FLAG.optional().describe('Only those that were opened and not closed'),
  search: z.string().max(100).default('').describe('A part of the name or the title'),
  cursor: z.string().max(CURSOR_CHARACTERS_MAX).optional().describe('`next` of the page before'),
  limit: LIMIT,
});

export const INCIDENT_PAGE = z.object({
  items: z
    .array(
      z.object({
        name: z.string(),
        id: z.string().nullable(),
        title: z.string().nullable(),
        state: z
          .enum(['open', 'closed'])
          .nullable()
          .describe('Null for a channel that is an incident by its name alone'),
        openedBy: PARTY.nullable(),
        openedAt: INSTANT.nullable(),
        closedAt: INSTANT.nullable(),
        lastAt: INSTANT,
        requests: z.number(),
        pending: z.number(),
        sessions: z.number().describe('Those that the caller may see'),
        live: z.number(),
      }),
    )
    .readonly(),
  next: z.string().nullable(),
});

const MARK = z.enum(WORK_MARKS);
const MARKS = z
  .string()
  .max(100)
  .transform((text, context) => {
    const parsed = z.array(MARK).safeParse(text.split(',').filter((part) => part !== ''));
    if (parsed.success) return parsed.data;
    context.addIssue({ code: 'custom', message: `It is some of ${WORK_MARKS.join(', ')}, with commas.` });
    return z.NEVER;
  })
  .meta({
    description: `Statements with one of these and nothing else: ${WORK_MARKS.join(', ')}`,
    examples: ['denied,held'],
  });

export const TIMELINE_QUERY = z.object({
  format: z.enum(['json', 'markdown']).default('json'),
  show: MARKS.optional(),
  who: z.string().max(IDENTIFIER_CHARACTERS_MAX).optional().describe('Id of whoever did it'),
  resource: z.string().max(IDENTIFIER_CHARACTERS_MAX).optional(),
});

export const INCIDENT_TIMELINE = z.object({
  name: z.string(),
  title: z.string().nullable().describe('Null for a channel that is an incident by its name alone'),
  state: z.enum(['open', 'closed']),
  from: INSTANT.nullable(),
  to: INSTANT,
  entries: z
    .array(
      z.object({
        at: INSTANT,
        kind: z.enum(TIMELINE_KINDS),
        subject: z.string().describe('The id of what it is about'),
        who: PARTY.nullable().describe('Null for the policy, the clock or the system'),
        text: z.string(),
        code: z.string().nullable().describe('A statement or a command in the masked view'),
        resource: z.string().nullable(),
        moment: z
          .object({ sessionId: z.string(), statement: z.number().nullable(), atMs: z.number() })
          .nullable()
          .describe('Where in its session it happened'),
        marks: z.array(MARK).readonly().describe('Why a statement is worth reading'),
      }),
    )
    .readonly(),
  people: z.array(z.object({ person: PARTY, roles: z.array(z.enum(INCIDENT_ROLES)).readonly() })).readonly(),
  resources: z.array(z.string()).readonly(),
  hiddenSessions: z.number().describe('Sessions that the caller may not see'),
  statementsLeftOut: z.number().describe('Statements that matter beyond those that are listed'),
  cut: z.boolean().describe('True when there is more than is listed'),
});

const FORMAT = z.enum(REPORT_FORMATS);
export const REPORT_QUERY = z.object({ format: FORMAT.default('html') });
export const REPORT_BODY = z.object({ format: FORMAT.default('markdown') });

/** A line of the answer while a report is made: how far it is, and at the end the document or a problem. */
export const REPORT_LINE = z.union([
  z.object({ progress: z.object({ done: z.number(), of: z.number() }) }),
  z.object({ document: z.object({ name: z.string(), mediaType: z.string(), text: z.string() }) }),
  z.object({ problem: z.object({ code: z.string(), detail: z.string() }) }),
]);
export type ReportLine = z.output<typeof REPORT_LINE>;
