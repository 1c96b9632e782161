/**
 * Who is on call, as PagerDuty's REST API v2 tells it: `GET /oncalls`, page by page.
 * See https://developer.pagerduty.com/api-reference/3a6b910f11050-list-all-of-the-on-calls
 */
import { z } from 'zod';
import type { OnCallPerson } from '../../access/ports.ts';
import { formatDuration } from '../../core/duration.ts';
import { AppError } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import type { OnCallSchedule } from '../../policies/document/schema.ts';
import { getJson, type JsonAnswer } from '../get-json.ts';

export interface OnCallShifts {
  readonly people: readonly OnCallPerson[];
  /** When the first of these shifts ends; null when none does. */
  readonly firstEndsAt: Date | null;
}

const PAGE_ENTRIES = 100;
const PAGES_MAX = 20;
const RETRY_AFTER_S_MAX = 60;
const CHARACTERS_MAX = 200;

const PAGE = z.object({
  more: z.boolean().default(false),
  oncalls: z.array(
    z.object({
      escalation_level: z.int().min(1),
      // Null for whoever is on call always.
      end: z.iso.datetime({ offset: true }).nullable(),
      // A user who was deleted since has neither.
      user: z.object({ email: z.string().optional(), name: z.string().optional() }),
    }),
  ),
});
type Shift = z.output<typeof PAGE>['oncalls'][number];

/** PagerDuty asks to be left alone for so long. */
export class AskedTooOften extends AppError {
  readonly pauseMs: number;

  constructor(pauseMs: number) {
    super('rate_limited', `it was asked too often and wants ${formatDuration(pauseMs)} of quiet`);
    this.pauseMs = pauseMs;
  }
}

/**
 * @throws AskedTooOften
 * @throws AppError `unavailable` when there is no answer or none that is understood; half a sentence
 */
export async function askPagerDuty(
  { pagerDuty }: Pick<OnCallSchedule, 'pagerDuty'>,
  token: Secret<string>,
): Promise<OnCallShifts> {
  const shifts: Shift[] = [];
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const answer = await getJson({
      url: pageUrl(pagerDuty, page * PAGE_ENTRIES),
      headers: {
        accept: 'application/vnd.pagerduty+json;version=2',
        authorization: `Token token=${token.reveal()}`,
      },
      timeoutMs: pagerDuty.timeout,
    });
    const { oncalls, more } = readPage(answer);
    shifts.push(...oncalls);
    if (!more) return { people: peopleOf(shifts, pagerDuty), firstEndsAt: firstEnd(shifts) };
  }
  throw new AppError('unavailable', `it lists more than ${PAGES_MAX * PAGE_ENTRIES} people on call`);
}

function pageUrl({ url, schedule, escalationPolicy }: OnCallSchedule['pagerDuty'], offset: number): URL {
  const page = new URL(`${url.replace(/\/+$/, '')}/oncalls`);
  page.searchParams.append('include[]', 'users');
  page.searchParams.append('time_zone', 'UTC');
  page.searchParams.append('limit', String(PAGE_ENTRIES));
  page.searchParams.append('offset', String(offset));
  if (escalationPolicy !== undefined) page.searchParams.append('escalation_policy_ids[]', escalationPolicy);
  if (schedule !== undefined) page.searchParams.append('schedule_ids[]', schedule);
  return page;
}

function readPage({ status, headers, body }: JsonAnswer): z.output<typeof PAGE> {
  if (status === 429) throw new AskedTooOften(pauseMs(headers));
  if (status === 401 || status === 403) throw new AppError('unavailable', `it refuses the token (${status})`);
  if (status !== 200) throw new AppError('unavailable', `it answered ${status}`);
  const page = PAGE.safeParse(body);
  if (page.success) return page.data;
  throw new AppError('unavailable', 'its answer is not understood');
}

/** Seconds, in either of the headers that PagerDuty has used. */
function pauseMs(headers: Headers): number {
  const seconds = Number(headers.get('ratelimit-reset') ?? headers.get('retry-after') ?? Number.NaN);
  return (
    (Number.isFinite(seconds) ? Math.min(Math.max(seconds, 1), RETRY_AFTER_S_MAX) : RETRY_AFTER_S_MAX) * 1_000
  );
}

/** Each once at each level. A schedule has one level, whatever policies it is part of. */
function peopleOf(
  shifts: readonly Shift[],
  { schedule }: Pick<OnCallSchedule['pagerDuty'], 'schedule'>,
): OnCallPerson[] {
  const people = new Map<string, OnCallPerson>();
  for (const { escalation_level: policyLevel, user } of shifts) {
    if (user.email === undefined || user.email === '') continue;
    const level = schedule === undefined ? policyLevel : 1;
    const email = user.email.slice(0, CHARACTERS_MAX);
    people.set(`${level} ${email.toLowerCase()}`, {
      level,
      email,
      name: (user.name ?? email).slice(0, CHARACTERS_MAX),
    });
  }
  return [...people.values()].sort((a, b) => a.level - b.level || a.email.localeCompare(b.email));
}

function firstEnd(shifts: readonly Shift[]): Date | null {
  const ends = shifts.flatMap(({ end }) => (end === null ? [] : [Date.parse(end)]));
  return ends.length === 0 ? null : new Date(Math.min(...ends));
}
